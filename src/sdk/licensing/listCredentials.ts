import * as abi from '../../abi/licenseCredential.ts'
import type { Address, ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { readEvents } from '../logs.ts'
import { issuedCredentials, type IssuedCredential } from './readCredential.ts'

/** Lists the credentials that were issued for a model, to a holder, or both, with their present state, oldest first. */
export async function listCredentials(
  ledger: Ledger,
  parameters: { model?: ModelId; holder?: Address },
): Promise<IssuedCredential[]> {
  const { model, holder } = parameters
  const topics = { ...(model && { model }), ...(holder && { holder }) }
  return issuedCredentials(ledger, await readEvents(ledger, 'licenseCredential', abi.CredentialIssued, topics))
}
