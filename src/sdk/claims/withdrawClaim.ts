import type { ClaimId } from '../../core/claim.ts'
import type { Ledger } from '../connect.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Takes a claim back before it is ruled on. The deposit is credited to the claimant. */
export async function withdrawClaim(ledger: Ledger, parameters: WriteOptions & { claim: ClaimId }): Promise<Sent> {
  const { claim, ...options } = parameters
  return withoutLogs(await transact(ledger, options, ledger.contracts.lineageClaims.withdraw, claim))
}
