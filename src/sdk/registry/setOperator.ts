import * as abi from '../../abi/ledger.ts'
import type { Address } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Lets an operator, such as the key of a CI, act for a publisher until a time. Only the controller may. */
export async function setOperator(ledger: Ledger, parameters: setOperator.Parameters): Promise<Sent> {
  const { publisher, operator, until, ...options } = parameters
  return withoutLogs(
    await transact(ledger, options, methodOf(ledger, 'ledger', abi.setOperator), publisher, operator, until),
  )
}

export declare namespace setOperator {
  type Parameters = WriteOptions & {
    publisher: Address
    operator: Address
    /** Unix seconds; 0 removes the operator at once. */
    until: number
  }
}
