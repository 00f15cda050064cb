import * as abi from '../../abi/reviewGate.ts'
import type { Subject } from '../../core/review.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * States where scanners can fetch the weights of a review, in place of what the account stated before. Only who requested the
 * review may, and who acts for the model's publisher, whose word readers prefer.
 *
 * @throws {@link ContractError} `REVIEW_GATE_NOT_AUTHOR` for anybody else
 */
export async function setReviewUri(ledger: Ledger, parameters: setReviewUri.Parameters): Promise<Sent> {
  const { subject, uri, ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'reviewGate', abi.setReviewUri), subject, uri))
}

export declare namespace setReviewUri {
  type Parameters = WriteOptions & {
    subject: Subject
    /** URI from which scanners fetch the weights, at most 2,048 bytes. */
    uri: string
  }
}
