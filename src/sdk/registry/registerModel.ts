import * as abi from '../../abi/ledger.ts'
import { encodeRelation, modelIdOf, type Registration } from '../../core/registration.ts'
import type { ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Registers a model and waits for the receipt. The id is known before anything is sent.
 *
 * @example
 * const { model } = await registerModel(ledger, { registration })
 *
 * @throws {@link ContractError} such as `MODEL_REGISTRY_UNKNOWN_PARENT`, with the offending values
 */
export async function registerModel(
  ledger: Ledger,
  parameters: registerModel.Parameters,
): Promise<Sent & { model: ModelId }> {
  const { registration, ...options } = parameters
  const sent = await transact(
    ledger,
    options,
    methodOf(ledger, 'ledger', abi.register),
    encodeRegistration(registration),
  )
  return { model: modelIdOf(registration), ...withoutLogs(sent) }
}

export declare namespace registerModel {
  type Parameters = WriteOptions & { registration: Registration }
}

/** A registration as the contract takes it. */
export function encodeRegistration(registration: Registration) {
  return {
    ...registration,
    parents: registration.parents.map((parent) => ({ model: parent.model, relation: encodeRelation(parent) })),
  }
}
