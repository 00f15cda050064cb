import * as abi from '../../abi/lineageClaims.ts'
import type { ClaimId } from '../../core/claim.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** States where the disclosed evidence of the signer's claim is, in place of the earlier URI. At most 2,048 bytes. */
export async function setEvidenceUri(
  ledger: Ledger,
  parameters: WriteOptions & { claim: ClaimId; uri: string },
): Promise<Sent> {
  const { claim, uri, ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'lineageClaims', abi.setEvidenceUri), claim, uri))
}
