import * as abi from '../../abi/reviewGate.ts'
import type { Subject } from '../../core/review.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Clears a review whose conditions hold. Anybody may. The license is asked when the model is loaded ({@link checkLoad}).
 *
 * @throws {@link ContractError} such as `REVIEW_GATE_CLOCK_RUNNING`, which says what is missing
 */
export async function clearReview(ledger: Ledger, parameters: clearReview.Parameters): Promise<Sent> {
  const { subject, ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'reviewGate', abi.clear), subject))
}

export declare namespace clearReview {
  type Parameters = WriteOptions & { subject: Subject }
}
