import * as abi from '../../abi/ledger.ts'
import type { ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Recalls a model permanently on behalf of its publisher; every descendant is affected at the next read. Only an authority
 * may.
 *
 * @throws {@link ContractError} such as `ACCESS_MANAGED_UNAUTHORIZED`, when the sender does not have the role
 */
export async function recallByAuthority(ledger: Ledger, parameters: recallByAuthority.Parameters): Promise<Sent> {
  const { model, reason, ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'ledger', abi.recallByAuthority), model, reason))
}

export declare namespace recallByAuthority {
  type Parameters = WriteOptions & {
    model: ModelId
    /** Why; stored with the event. At most 2,048 bytes. */
    reason: string
  }
}
