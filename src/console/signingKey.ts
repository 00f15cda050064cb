import type { Hex } from '../core/hex.ts'
import type { Context } from './context.ts'

/**
 * The private key to sign with: from `STEMMA_PRIVATE_KEY`, else from the keystore `STEMMA_KEYSTORE`. It must not go into any output.
 *
 * @throws `MissingKeyError` when none is set
 */
export async function signingKey(context: Context): Promise<Hex> {
  // What only reads does not load the library of keys.
  const { findKey, MissingKeyError } = await import('./key.ts')
  const { STEMMA_PRIVATE_KEY, STEMMA_KEYSTORE } = context.env
  // Whose key has to be at hand cannot leave the signing to a node.
  if (!STEMMA_PRIVATE_KEY && !STEMMA_KEYSTORE) throw new MissingKeyError('')
  return (await findKey(context)).privateKey as Hex
}
