import * as abi from '../../abi/reviewGate.ts'
import type { Subject } from '../../core/review.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Freezes a cleared review again after a quorum has failed the weights. Anybody may. The gate is shut from the last failed scan on;
 * this lets the review be quarantined, or cleared again once the scanners pass the weights.
 *
 * @throws {@link ContractError} such as `REVIEW_GATE_TOO_FEW_FAILURES`
 */
export async function freezeReview(ledger: Ledger, parameters: freezeReview.Parameters): Promise<Sent> {
  const { subject, ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'reviewGate', abi.freezeAgain), subject))
}

export declare namespace freezeReview {
  type Parameters = WriteOptions & { subject: Subject }
}
