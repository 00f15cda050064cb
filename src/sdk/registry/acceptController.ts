import * as abi from '../../abi/ledger.ts'
import type { Address } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Accepts the control of a publisher that was offered to the sender. All operators of the publisher are removed. */
export async function acceptController(ledger: Ledger, parameters: acceptController.Parameters): Promise<Sent> {
  const { publisher, ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'ledger', abi.acceptController), publisher))
}

export declare namespace acceptController {
  type Parameters = WriteOptions & { publisher: Address }
}
