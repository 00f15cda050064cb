import * as abi from '../../abi/recalls.ts'
import { parseAddress, type Address, type Hex } from '../../core/hex.ts'
import { RECALL_KINDS, RECALL_STATES, type RecallKind, type RecallState } from '../../core/recall.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { NodeAnswerError, reading } from '../nodeErrors.ts'

/** Reads where the recall of a digest by the authority stands. The state is `none`, and all else zero, when there was none. */
export async function readRecall(
  ledger: Ledger,
  parameters: { kind: RecallKind; digest: Hex },
): Promise<readRecall.ReturnType> {
  const { kind, digest } = parameters
  const recall = await reading(() => methodOf(ledger, 'recalls', abi.recallOf)(RECALL_KINDS.indexOf(kind), digest))
  const state = RECALL_STATES[Number(recall.state)]
  if (state === undefined) throw new NodeAnswerError(new Error(`recall of state ${recall.state}`))
  const [recalledAt, undoUntil] = [Number(recall.recalledAt), Number(recall.undoUntil)]
  return { state, recalledAt, undoUntil, by: parseAddress(recall.by) }
}

export declare namespace readRecall {
  type ReturnType = {
    state: RecallState
    /** When it was made, the last time, in Unix seconds. */
    recalledAt: number
    /** The last second at which it may be undone, in Unix seconds; 0 for a final one. */
    undoUntil: number
    /** The account that made it. */
    by: Address
  }
}
