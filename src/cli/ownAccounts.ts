import type { Context } from '../console/context.ts'
import { parseAddress, type Address } from '../core/hex.ts'

/** The accounts of the user's own keys. A keystore states its address, so that no password is asked for. */
export async function ownAccounts(context: Context, from?: string): Promise<Address[]> {
  const { STEMMA_PRIVATE_KEY: key, STEMMA_KEYSTORE: keystore } = context.env
  if (from !== undefined) return [parseAddress(from.toLowerCase())]
  if (!key && !keystore) return []
  const { walletOf, readKeystore } = await import('../console/key.ts')
  if (key) return [parseAddress(walletOf(key).address.toLowerCase())]
  const { address } = JSON.parse(await readKeystore(context, keystore!)) as { address?: unknown }
  return typeof address === 'string' ? [parseAddress(`0x${address.toLowerCase().replace(/^0x/, '')}`)] : []
}
