import * as abi from '../../abi/reviewGate.ts'
import type { Digest } from '../../core/hex.ts'
import type { Subject } from '../../core/review.ts'
import type { Ledger } from '../connect.ts'
import { interfaceOf, methodOf } from '../contracts.ts'
import type { ReceiptLog } from '../transactionReads.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** A review that was requested. A dry run does not know its times. */
export type RequestedReview = {
  subject: Subject
  /** Earliest time of the decision (Unix seconds). */
  readyAt?: number
  /** Earliest block of the decision. */
  readyBlock?: number
}

/**
 * Requests the review of unregistered weights. Anybody may.
 *
 * @throws {@link ContractError} `REVIEW_GATE_UNEXPECTED_STATE` when they have a review already
 */
export async function requestArtefactReview(
  ledger: Ledger,
  parameters: requestArtefactReview.Parameters,
): Promise<Sent & RequestedReview> {
  const { weights, uri = '', ...options } = parameters
  const sent = await transact(ledger, options, methodOf(ledger, 'reviewGate', abi.requestArtefactReview), weights, uri)
  return { subject: weights, ...reviewClockOf(sent.logs), ...withoutLogs(sent) }
}

export declare namespace requestArtefactReview {
  type Parameters = WriteOptions & {
    /** SHA-256 model digest. */
    weights: Digest
    /** URI from which scanners fetch the weights, at most 2,048 bytes. */
    uri?: string
  }
}

/** The clock of the review that a transaction requested. */
export function reviewClockOf(logs: readonly ReceiptLog[]): { readyAt?: number; readyBlock?: number } {
  const requested = logs.map((log) => interfaceOf(abi.ReviewRequested).parseLog(log)).find((event) => event !== null)
  if (!requested) return {}
  return { readyAt: Number(requested.args.readyAt), readyBlock: Number(requested.args.readyBlock) }
}
