import * as abi from '../../abi/reviewGate.ts'
import type { Subject } from '../../core/review.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Quarantines a subject permanently, with its weights, once the clock of its review has run out and a quorum has failed the
 * weights. Anybody may.
 *
 * @throws {@link ContractError} such as `REVIEW_GATE_TOO_FEW_FAILURES`
 */
export async function quarantineSubject(ledger: Ledger, parameters: quarantineSubject.Parameters): Promise<Sent> {
  const { subject, ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'reviewGate', abi.quarantine), subject))
}

export declare namespace quarantineSubject {
  type Parameters = WriteOptions & { subject: Subject }
}
