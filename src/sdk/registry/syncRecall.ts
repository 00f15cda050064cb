import * as abi from '../../abi/ledger.ts'
import type { ModelId } from '../../core/hex.ts'
import { RELATIONS } from '../../core/vocabulary.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'
import { readModel } from './readModel.ts'

/**
 * Marks a model on chain as recalled by the authority, or takes the mark back, by what holds of its id, weights and tensors now.
 * Anybody may. The lens and new registrations read the mark; `verify` and the indexer know of a recall without it.
 *
 * @throws {@link UnregisteredModelError} when the model is not registered
 */
export async function syncRecall(ledger: Ledger, parameters: WriteOptions & { model: ModelId }): Promise<Sent> {
  const { model, ...options } = parameters
  const { registration } = await readModel(ledger, { model })
  const parents = registration.parents.map((parent) => ({ ...parent, relation: RELATIONS[parent.relation] }))
  const sync = methodOf(ledger, 'ledger', abi.syncRecall)
  return withoutLogs(await transact(ledger, options, sync, { ...registration, parents }))
}
