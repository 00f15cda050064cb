import * as abi from '../../abi/ledger.ts'
import type { ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Ends the support of a model. */
export async function retireModel(ledger: Ledger, parameters: retireModel.Parameters): Promise<Sent> {
  const { model, reason = '', ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'ledger', abi.retire), model, reason))
}

export declare namespace retireModel {
  type Parameters = WriteOptions & {
    model: ModelId
    /** Why; stored with the event. At most 2,048 bytes. */
    reason?: string
  }
}
