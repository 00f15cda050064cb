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
 * const { log } = await anchorCheckpoint(ledger, { ...usageLog.owner, checkpoint: usageLog.stateAt() })
 *
 * @throws {@link ContractError} such as `USAGE_AUDIT_NOT_LARGER`
 */
export async function anchorCheckpoint(
  ledger: Ledger,
  parameters: anchorCheckpoint.Parameters,
): Promise<Sent & { log: LogId }> {
  const { operator, credential, epoch, checkpoint, ...options } = parameters
  const { size, root, calls, tokens } = checkpoint
  const anchor = methodOf(ledger, 'usageAudit', abi.anchor)
  const log = [operator, BigInt(credential), BigInt(epoch)] as const
  const sent = await transact(ledger, options, anchor, ...log, size, root, calls, tokens)
  return { log: logIdOf(operator, credential, epoch), ...withoutLogs(sent) }
}

export declare namespace anchorCheckpoint {
  type Parameters = WriteOptions & {
    operator: Address
    credential: CredentialId
    /** Of the log, which must be the open one: see `readLogEpoch`. */
    epoch: number
    checkpoint: Checkpoint
  }
}
