import * as abi from '../../abi/ledger.ts'
import type { Address } from '../../core/hex.ts'
import { scopesMask, type Scope } from '../../core/vocabulary.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Lets an operator, such as the key of a CI, act for a publisher in some scopes until a time, in place of what it may do now. A
 * removed operator, or a scope that is left out, comes back only after control of the publisher was handed over. Only the
 * controller may.
 *
 * @throws {@link ContractError} such as `PUBLISHER_REGISTRY_WITHDRAWN_SCOPES`
 */
export async function setOperator(ledger: Ledger, parameters: setOperator.Parameters): Promise<Sent> {
  const { publisher, operator, scopes, until, ...options } = parameters
  const method = methodOf(ledger, 'ledger', abi.setOperator)
  return withoutLogs(await transact(ledger, options, method, publisher, operator, scopesMask(scopes), until))
}

export declare namespace setOperator {
  type Parameters = WriteOptions & {
    publisher: Address
    operator: Address
    /** What it may do; nothing removes the operator at once. */
    scopes: readonly Scope[]
    /** Unix seconds; 0 removes the operator at once. */
    until: number
  }
}
