import * as abi from '../../abi/usageAudit.ts'
import type { Address } from '../../core/hex.ts'
import { endpointOf } from '../../core/serving.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Takes back what a publisher stated about an endpoint, and voids what was signed about it and not anchored. Only the publisher's
 * controller, or an operator in the scope `deploy`, may.
 *
 * @throws {@link ContractError} such as `USAGE_AUDIT_UNAUTHORIZED`
 */
export async function revokeServing(ledger: Ledger, parameters: revokeServing.Parameters): Promise<Sent> {
  const { publisher, origin, name, ...options } = parameters
  const method = methodOf(ledger, 'usageAudit', abi.revokeServing)
  return withoutLogs(await transact(ledger, options, method, publisher, endpointOf(origin, name)))
}

export declare namespace revokeServing {
  type Parameters = WriteOptions & {
    publisher: Address
    /** Scheme, host and port, as stated. */
    origin: string
    /** The model name in requests. */
    name: string
  }
}
