import * as abi from '../../abi/reviewGate.ts'
import type { Subject } from '../../core/review.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Recalls a subject permanently, reviewed or not. Recalled weights shut the gate for every model that has them. Only an
 * authority may.
 *
 * @throws {@link ContractError} `ACCESS_MANAGED_UNAUTHORIZED` when the account is not an authority
 */
export async function recallSubject(ledger: Ledger, parameters: recallSubject.Parameters): Promise<Sent> {
  const { subject, reason = '', ...options } = parameters
  return withoutLogs(
    await transact(ledger, options, methodOf(ledger, 'reviewGate', abi.recallSubject), subject, reason),
  )
}

export declare namespace recallSubject {
  type Parameters = WriteOptions & {
    subject: Subject
    /** Why; stored with the event. At most 2,048 bytes. */
    reason?: string
  }
}
