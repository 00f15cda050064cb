import * as abi from '../../abi/usageAudit.ts'
import { StemmaError } from '../../core/errors.ts'
import { parseDigest, type LogId } from '../../core/hex.ts'
import type { Checkpoint } from '../../core/usage.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'

/** Reads the latest checkpoint of a usage log. @throws {@link CheckpointNotFoundError} when nothing of the log is anchored */
export async function readCheckpoint(ledger: Ledger, parameters: { log: LogId }): Promise<readCheckpoint.ReturnType> {
  const { log } = parameters
  const { size, calls, tokens, anchoredAt, root } = await reading(() =>
    methodOf(ledger, 'usageAudit', abi.latestOf)(log),
  )
  if (size === 0n) throw new CheckpointNotFoundError(log, ledger.deployment.name)
  return { log, size, calls, tokens, anchoredAt: Number(anchoredAt), root: parseDigest(root) }
}

export declare namespace readCheckpoint {
  type ReturnType = Checkpoint & {
    log: LogId
    /** Unix seconds. */
    anchoredAt: number
  }
}

/** Thrown when a usage log has no checkpoint. */
export class CheckpointNotFoundError extends StemmaError {
  override name = 'CheckpointNotFoundError'
  override readonly kind = 'undecided'
  constructor(log: LogId, deployment: string) {
    super(
      'CHECKPOINT_NOT_FOUND',
      `Nothing of the usage log ${log} is anchored on the ledger "${deployment}". Anchor it first (stemma usage checkpoint), or choose another deployment.`,
    )
  }
}
