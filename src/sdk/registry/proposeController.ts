import * as abi from '../../abi/ledger.ts'
import type { Address } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Offers the control of a publisher to another account, which must accept. Only the controller may. */
export async function proposeController(ledger: Ledger, parameters: proposeController.Parameters): Promise<Sent> {
  const { publisher, controller, ...options } = parameters
  const propose = methodOf(ledger, 'ledger', abi.proposeController)
  return withoutLogs(await transact(ledger, options, propose, publisher, controller))
}

export declare namespace proposeController {
  type Parameters = WriteOptions & {
    publisher: Address
    /** The next controller; the zero address withdraws the offer. */
    controller: Address
  }
}
