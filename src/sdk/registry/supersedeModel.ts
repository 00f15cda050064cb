import * as abi from '../../abi/ledger.ts'
import type { ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Marks a model as superseded by a successor. */
export async function supersedeModel(ledger: Ledger, parameters: supersedeModel.Parameters): Promise<Sent> {
  const { model, successor, ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'ledger', abi.supersede), model, successor))
}

export declare namespace supersedeModel {
  type Parameters = WriteOptions & { model: ModelId; successor: ModelId }
}
