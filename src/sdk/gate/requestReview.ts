import * as abi from '../../abi/reviewGate.ts'
import type { ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { encodeRegistration } from '../registry/registerModel.ts'
import { registrationOf } from '../registry/readRegistrations.ts'
import { reviewClockOf, type RequestedReview } from './requestArtefactReview.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Requests the review of a registered model, which starts its clock, and waits for the receipt. Anybody may.
 *
 * @example
 * const { readyAt } = await requestReview(ledger, { model, uri: 'https://models.example/acme/base' })
 *
 * @throws {@link UnregisteredModelError} when the model is not registered
 * @throws {@link ContractError} `REVIEW_GATE_UNEXPECTED_STATE` when it has a review already
 */
export async function requestReview(
  ledger: Ledger,
  parameters: requestReview.Parameters,
): Promise<Sent & RequestedReview> {
  const { model, uri = '', ...options } = parameters
  const registration = encodeRegistration(await registrationOf(ledger, model))
  const sent = await transact(ledger, options, methodOf(ledger, 'reviewGate', abi.requestReview), registration, uri)
  return { subject: model, ...reviewClockOf(sent.logs), ...withoutLogs(sent) }
}

export declare namespace requestReview {
  type Parameters = WriteOptions & {
    model: ModelId
    /** URI from which scanners fetch the weights, at most 2,048 bytes. */
    uri?: string
  }
}
