import * as abi from '../../abi/usageAudit.ts'
import type { Digest } from '../../core/hex.ts'
import { encodeServing, servingHashOf, type SignedServing } from '../../core/serving.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Anchors a statement about an endpoint that its publisher has signed. The sender only pays the gas.
 *
 * @throws {@link ContractError} such as `USAGE_AUDIT_OTHER_REVISION` when the publisher has spoken of the endpoint since it signed
 */
export async function anchorServing(
  ledger: Ledger,
  parameters: anchorServing.Parameters,
): Promise<Sent & { statement: Digest }> {
  const { statement, signer, epoch, revision, deadline, signature, ...options } = parameters
  const method = methodOf(ledger, 'usageAudit', abi.stateServingBySignature)
  const signed = [signer, epoch, revision, deadline, signature] as const
  const sent = await transact(ledger, options, method, encodeServing(statement), ...signed)
  return { statement: servingHashOf(statement), ...withoutLogs(sent) }
}

export declare namespace anchorServing {
  type Parameters = WriteOptions & SignedServing
}
