import * as abi from '../../abi/ledger.ts'
import type { ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Recalls a model for good in its publisher's place; every descendant is affected at the next read. Only accounts with the
 * authority's role may.
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
    /** For whoever asks later; at most 2,048 bytes. */
    reason: string
  }
}
