import * as abi from '../../abi/ledger.ts'
import { parseModelId, type ModelId } from '../../core/hex.ts'
import type { Parent } from '../../core/registration.ts'
import { relationName } from '../../core/vocabulary.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { ContractError } from '../contractError.ts'
import { NodeAnswerError, reading } from '../nodeErrors.ts'
import { UnregisteredModelError } from './readLineage.ts'

/** Lists the parents of a model and how it was made from each. @throws {@link UnregisteredModelError} */
export async function listParents(ledger: Ledger, parameters: { model: ModelId }): Promise<Parent[]> {
  try {
    const { parents } = await reading(() => methodOf(ledger, 'ledger', abi.modelOf)(parameters.model))
    return parents.map((parent) => {
      const relation = relationName(Number(parent.relation))
      if (relation === undefined) throw new NodeAnswerError(new Error(`relation ${parent.relation}`))
      return { model: parseModelId(parent.model), relation }
    })
  } catch (error) {
    if (error instanceof ContractError && error.errorName === 'ModelRegistryUnknownModel') {
      throw new UnregisteredModelError(parameters.model, ledger.deployment.name, error)
    }
    throw error
  }
}
