import * as abi from '../../abi/usageAudit.ts'
import type { Digest } from '../../core/hex.ts'
import { servingHashOf, type ServingStatement } from '../../core/serving.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * States which model answers at an endpoint, by an event. Only the publisher's controller, or an operator in the scope `deploy`,
 * may. To end a statement early, state it again with an earlier end.
 *
 * @throws {@link ContractError} such as `USAGE_AUDIT_UNAUTHORIZED`
 */
export async function stateServing(
  ledger: Ledger,
  parameters: stateServing.Parameters,
): Promise<Sent & { statement: Digest }> {
  const { statement, ...options } = parameters
  const sent = await transact(ledger, options, methodOf(ledger, 'usageAudit', abi.stateServing), statement)
  return { statement: servingHashOf(statement), ...withoutLogs(sent) }
}

export declare namespace stateServing {
  type Parameters = WriteOptions & { statement: ServingStatement }
}
