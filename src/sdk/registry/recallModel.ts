import * as abi from '../../abi/ledger.ts'
import type { ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Recalls a model permanently; every descendant is affected at the next read. */
export async function recallModel(ledger: Ledger, parameters: recallModel.Parameters): Promise<Sent> {
  const { model, reason = '', ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'ledger', abi.recall), model, reason))
}

export declare namespace recallModel {
  type Parameters = WriteOptions & {
    model: ModelId
    /** Why; stored with the event. At most 2,048 bytes. */
    reason?: string
  }
}
