import * as abi from '../../abi/recalls.ts'
import { RECALL_KINDS } from '../../core/recall.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent } from '../transact.ts'
import type { recallDigest } from './recallDigest.ts'

/**
 * Undoes a recall by the authority, as a guardian that did not make it: once a digest, and within 7 days. It then counts as never made.
 *
 * @throws {@link ContractError} such as `RECALLS_UNDO_TIME_PASSED` and `RECALLS_NOT_UNDOABLE`
 */
export async function undoRecall(ledger: Ledger, parameters: recallDigest.Parameters): Promise<Sent> {
  const { kind, digest, reason, ...options } = parameters
  const undo = methodOf(ledger, 'recalls', abi.undoRecall)
  return withoutLogs(await transact(ledger, options, undo, RECALL_KINDS.indexOf(kind), digest, reason))
}
