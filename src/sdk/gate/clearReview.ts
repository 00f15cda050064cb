import * as abi from '../../abi/reviewGate.ts'
import type { Subject } from '../../core/review.ts'
import { rightsMask, type Right } from '../../core/vocabulary.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Clears a review whose conditions hold, or clears it for more uses. Anybody may.
 *
 * @throws {@link ContractError} such as `REVIEW_GATE_CLOCK_RUNNING`, which says what is missing
 */
export async function clearReview(ledger: Ledger, parameters: clearReview.Parameters): Promise<Sent> {
  const { subject, uses = [], ...options } = parameters
  return withoutLogs(
    await transact(ledger, options, methodOf(ledger, 'reviewGate', abi.clear), subject, rightsMask(uses)),
  )
}

export declare namespace clearReview {
  type Parameters = WriteOptions & {
    subject: Subject
    /** The uses for which a model is cleared; none for an artefact. */
    uses?: readonly Right[]
  }
}
