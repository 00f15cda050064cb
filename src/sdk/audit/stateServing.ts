import * as abi from '../../abi/usageAudit.ts'
import type { Digest } from '../../core/hex.ts'
import { encodeServing, servingHashOf, type ServingStatement } from '../../core/serving.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * States which model answers at an endpoint, by an event. Only the publisher's controller, or an operator in the scope `deploy`,
 * may. It replaces what the publisher stated about the endpoint before.
 *
 * @throws {@link ContractError} such as `USAGE_AUDIT_UNAUTHORIZED`
 */
export async function stateServing(
  ledger: Ledger,
  parameters: stateServing.Parameters,
): Promise<Sent & { statement: Digest }> {
  const { statement, ...options } = parameters
  const method = methodOf(ledger, 'usageAudit', abi.stateServing)
  const sent = await transact(ledger, options, method, encodeServing(statement))
  return { statement: servingHashOf(statement), ...withoutLogs(sent) }
}

export declare namespace stateServing {
  type Parameters = WriteOptions & { statement: ServingStatement }
}
