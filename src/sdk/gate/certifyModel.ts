import * as abi from '../../abi/reviewGate.ts'
import type { ModelId } from '../../core/hex.ts'
import { FOREVER } from '../../core/lineage.ts'
import { rightsMask, type Right } from '../../core/vocabulary.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { registrationOf } from '../registry/readRegistrations.ts'
import { encodeRegistration } from '../registry/registerModel.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Certifies a registered model, which may then be loaded at once for some uses. Replaces the signer's earlier certification,
 * and another certifier's that is not valid any more. Only an accredited certifier may.
 *
 * @throws {@link ContractError} `REVIEW_GATE_ALREADY_CERTIFIED` while another certifier's certification is valid
 * @throws {@link UnregisteredModelError} when the model is not registered
 */
export async function certifyModel(ledger: Ledger, parameters: certifyModel.Parameters): Promise<Sent> {
  const { model, uses, until = FOREVER, ...options } = parameters
  const registration = encodeRegistration(await registrationOf(ledger, model))
  const certify = methodOf(ledger, 'reviewGate', abi.certify)
  return withoutLogs(await transact(ledger, options, certify, registration, rightsMask(uses), until))
}

export declare namespace certifyModel {
  type Parameters = WriteOptions & {
    model: ModelId
    /** At least one. */
    uses: readonly Right[]
    /** Unix seconds, exclusive; no end by default. */
    until?: number
  }
}
