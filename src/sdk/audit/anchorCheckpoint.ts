import * as abi from '../../abi/usageAudit.ts'
import type { Address, CredentialId, LogId } from '../../core/hex.ts'
import { logIdOf, type Checkpoint } from '../../core/usage.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Anchors a checkpoint of an operator's usage log for a credential. It cannot be withdrawn, and the next one must be larger.
 *
 * @example
 * const { log } = await anchorCheckpoint(ledger, { operator, credential, checkpoint: usageLog.stateAt() })
 *
 * @throws {@link ContractError} such as `USAGE_AUDIT_NOT_LARGER`
 */
export async function anchorCheckpoint(
  ledger: Ledger,
  parameters: anchorCheckpoint.Parameters,
): Promise<Sent & { log: LogId }> {
  const { operator, credential, checkpoint, ...options } = parameters
  const { size, root, calls, tokens } = checkpoint
  const anchor = methodOf(ledger, 'usageAudit', abi.anchor)
  const sent = await transact(ledger, options, anchor, operator, BigInt(credential), size, root, calls, tokens)
  return { log: logIdOf(operator, credential), ...withoutLogs(sent) }
}

export declare namespace anchorCheckpoint {
  type Parameters = WriteOptions & { operator: Address; credential: CredentialId; checkpoint: Checkpoint }
}
