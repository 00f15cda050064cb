import * as abi from '../../abi/reviewGate.ts'
import type { Subject } from '../../core/review.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Withdraws a certification; the gate shuts at the next block. Only its certifier or an authority may.
 *
 * @throws {@link ContractError} `REVIEW_GATE_NOT_CERTIFIED` when there is none
 */
export async function withdrawCertification(
  ledger: Ledger,
  parameters: withdrawCertification.Parameters,
): Promise<Sent> {
  const { subject, reason = '', ...options } = parameters
  return withoutLogs(
    await transact(ledger, options, methodOf(ledger, 'reviewGate', abi.withdrawCertification), subject, reason),
  )
}

export declare namespace withdrawCertification {
  type Parameters = WriteOptions & {
    subject: Subject
    /** Why; stored with the event. At most 2,048 bytes. */
    reason?: string
  }
}
