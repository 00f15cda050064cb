import * as abi from '../../abi/recalls.ts'
import type { Hex } from '../../core/hex.ts'
import { RECALL_KINDS, type RecallKind } from '../../core/recall.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Recalls a digest, as the authority: the id of a model, or weights or tensors, which reaches every registration of them. A guardian
 * can undo it for 7 days, once; a second recall is final. {@link syncRecall} then marks a model on chain.
 *
 * @throws {@link ContractError} such as `ACCESS_MANAGED_UNAUTHORIZED`, when the sender does not have the role
 */
export async function recallDigest(ledger: Ledger, parameters: recallDigest.Parameters): Promise<Sent> {
  const { kind, digest, reason, ...options } = parameters
  const recall = methodOf(ledger, 'recalls', abi.recall)
  return withoutLogs(await transact(ledger, options, recall, RECALL_KINDS.indexOf(kind), digest, reason))
}

export declare namespace recallDigest {
  type Parameters = WriteOptions & {
    /** What the digest is of. */
    kind: RecallKind
    /** The id of the model, or the digest, that the authority computed itself. */
    digest: Hex
    /** Why; stored with the event. At most 2,048 bytes. */
    reason: string
  }
}
