import * as abi from '../../abi/lineageClaims.ts'
import type { ClaimId } from '../../core/claim.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Withdraws a claim before the ruling. The deposit is credited to the claimant. */
export async function withdrawClaim(ledger: Ledger, parameters: WriteOptions & { claim: ClaimId }): Promise<Sent> {
  const { claim, ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'lineageClaims', abi.withdraw), claim))
}
