import * as abi from '../../abi/ledger.ts'
import { areRecalled } from '../../abi/recalls.ts'
import type { ModelId } from '../../core/hex.ts'
import { MODEL_STATUSES, type ModelStatus } from '../../core/lineage.ts'
import type { Registration } from '../../core/registration.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { ContractError } from '../contractError.ts'
import { reading } from '../nodeErrors.ts'
import { UnregisteredModelError } from './readLineage.ts'
import { readRegistrations } from './readRegistrations.ts'

/**
 * Reads one model: its registration, checked against its id, its status, and whether the authority has recalled it.
 *
 * @throws {@link UnregisteredModelError} when it is not registered, or the node does not show a registration that matches
 * the id
 */
export async function readModel(ledger: Ledger, parameters: { model: ModelId }): Promise<readModel.ReturnType> {
  const { model } = parameters
  try {
    const [state, [found]] = await Promise.all([
      reading(() => methodOf(ledger, 'ledger', abi.modelOf)(model)),
      readRegistrations(ledger, { models: [model] }),
    ])
    if (!found) throw new UnregisteredModelError(model, ledger.deployment.name)
    const { registration } = found
    const { weights, tensors } = registration
    const recalled = await reading(() => methodOf(ledger, 'recalls', areRecalled)(model, weights, tensors))
    return {
      model,
      registration,
      registeredAt: Number(state.registeredAt),
      status: MODEL_STATUSES[Number(state.status)] ?? 'active',
      recalled,
      block: found.block,
      transaction: found.transaction,
    }
  } catch (error) {
    if (error instanceof ContractError && error.errorName === 'ModelRegistryUnknownModel') {
      throw new UnregisteredModelError(model, ledger.deployment.name, { cause: error })
    }
    throw error
  }
}

export declare namespace readModel {
  type ReturnType = {
    model: ModelId
    registration: Registration
    /** Unix seconds. */
    registeredAt: number
    /** The status that its publisher gave it. */
    status: ModelStatus
    /** Whether the authority has recalled it: its id, its weights or its tensors. */
    recalled: boolean
    /** Number of the block that holds the registration. */
    block: number
    transaction: string
  }
}
