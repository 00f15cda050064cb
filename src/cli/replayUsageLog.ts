import { replayLog, type ReplayedLog, type ReplayLimits, type TimedCheckpoint } from '../audit/replayLog.ts'
import { readLogOwner } from '../audit/readLogOwner.ts'
import type { LogOwner } from '../audit/usageLog.ts'
import type { CallId } from '../audit/usageStore.ts'
import type { LogId } from '../core/hex.ts'
import { mapConcurrent } from '../core/mapConcurrent.ts'
import { logIdOf } from '../core/usage.ts'
import { callRefusals, type CallRefusals } from '../sdk/audit/callRefusals.ts'
import { listCheckpoints } from '../sdk/audit/listCheckpoints.ts'
import { timeOfBlock } from '../sdk/ledgerAt.ts'
import type { Ledger } from '../sdk/connect.ts'
import type { Context } from '../console/context.ts'
import { pathOf } from '../console/files.ts'
import { isClosed, noteUnfinished } from './usageLogFile.ts'
import { withProgress } from './withProgress.ts'

/** Most blocks that are asked about at a time. */
const MOST_BLOCKS = 16

/** A usage log as a replay left it. */
export type ReplayedFile = ReplayedLog & {
  path: string
  id: LogId
  owner: LogOwner
  transactions: Map<bigint, string>
  /** Whether the operator closed it and opened another. */
  closed: boolean
}

/** Checks a usage log against a ledger. `calls` are those of the logs that were checked before. */
export async function replayUsageLog(
  context: Context,
  ledger: Ledger,
  path: string,
  { limits, calls }: { limits: ReplayLimits; calls: Map<CallId, string> },
): Promise<ReplayedFile> {
  const file = pathOf(context, path)
  const owner = await readLogOwner(file)
  const id = logIdOf(owner.operator, owner.credential, owner.epoch)
  const timeOf = async (block: number): Promise<number> => (await timeOfBlock(ledger, 0, block)).timestamp
  const [anchored, closed] = await Promise.all([listCheckpoints(ledger, { log: id }), isClosed(ledger, owner)])
  const checkpoints = await mapConcurrent(anchored, MOST_BLOCKS, async (each): Promise<TimedCheckpoint> => {
    const { size, root, calls, tokens, block } = each
    return { size, root, calls, tokens, block, time: await timeOf(block) }
  })
  let refusals: CallRefusals | undefined
  let newest = 0
  const chain = {
    async head() {
      const { block, timestamp } = await timeOfBlock(ledger, 0, 'latest')
      newest = block
      return { block, time: timestamp }
    },
    timeOf,
    async refusalAt(...asked: Parameters<CallRefusals['refusalAt']>): Promise<string | null> {
      refusals ??= await callRefusals(ledger, { credential: owner.credential, last: newest })
      return refusals.refusalAt(...asked)
    },
  }
  const replayed = await withProgress(context, 'Replaying the log', (onProgress) =>
    replayLog(file, { checkpoints, chain, limits, calls, onProgress, signal: context.signal }),
  )
  noteUnfinished(context, replayed.unfinished)
  const transactions = new Map(anchored.map(({ size, transaction }) => [size, transaction]))
  return { ...replayed, path, id, owner, transactions, closed }
}
