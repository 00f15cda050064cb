import * as abi from '../../abi/licenseCredential.ts'
import {
  parseAddress,
  parseCredentialId,
  parseModelId,
  parseTierId,
  type Address,
  type ModelId,
} from '../../core/hex.ts'
import { credentialIdOf } from '../../core/tier.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { readEvents } from '../logs.ts'
import { reading } from '../nodeErrors.ts'
import type { IssuedCredential } from './readCredential.ts'
import { credentialOf } from '../registry/readLineage.ts'

/** Lists the credentials that were issued for a model, to a holder, or both, with their present state, oldest first. */
export async function listCredentials(
  ledger: Ledger,
  parameters: { model?: ModelId; holder?: Address },
): Promise<IssuedCredential[]> {
  const { model, holder } = parameters
  const topics = { ...(model && { model }), ...(holder && { holder }) }
  const issued = await readEvents(ledger, 'licenseCredential', abi.CredentialIssued, topics)
  const credentials = issued.map(async ({ args }) => {
    const [model, tier] = [parseModelId(args.model as string), parseTierId(args.tier as string)]
    const holder = parseAddress(args.holder as string)
    const id = parseCredentialId(`0x${(args.credential as bigint).toString(16).padStart(64, '0')}`)
    if (credentialIdOf(model, tier, holder) !== id) return undefined
    const state = await reading(() => methodOf(ledger, 'licenseCredential', abi.credentialOf)(id))
    return { ...credentialOf(state), id, model, tier, holder }
  })
  return (await Promise.all(credentials)).filter((credential) => credential !== undefined)
}
