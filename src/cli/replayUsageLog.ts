import { replayLog, type ReplayedLog, type ReplayLimits, type TimedCheckpoint } from '../audit/replayLog.ts'
import { readLogOwner } from '../audit/readLogOwner.ts'
import { InvalidUsageLogError, UsageLogFileError } from '../audit/usageLog.ts'
import { logIdOf, type LogOwner } from '../core/usage.ts'
import type { CallId } from '../core/callRecord.ts'
import type { LogId } from '../core/hex.ts'
import { mapConcurrent } from '../core/mapConcurrent.ts'
import { callRefusals, type CallRefusals } from '../sdk/audit/callRefusals.ts'
import { listCheckpoints } from '../sdk/audit/listCheckpoints.ts'
import { timeOfBlock } from '../sdk/ledgerAt.ts'
import type { Ledger } from '../sdk/connect.ts'
import type { Context } from '../console/context.ts'
import { pathOf } from '../console/files.ts'
import { isClosed, noteUnfinished } from './usageLogFile.ts'
import { logIdIn } from './usageLogPaths.ts'
import { withProgress } from './withProgress.ts'

/** Most blocks that are asked about at a time. */
const MOST_BLOCKS = 16

/** A usage log as a replay left it. */
export type ReplayedFile = ReplayedLog & {
  path: string
  /** Missing where the file does not say it. */
  id: LogId | undefined
  transactions: Map<bigint, string>
  /** Whether the operator closed it and opened another. */
  closed: boolean
}

/**
 * Checks a usage log against a ledger; undefined where a crash left a file without a record, and nothing was anchored of it.
 *
 * @param parameters `calls`: those of the logs that were checked before
 */
export async function replayUsageLog(
  context: Context,
  ledger: Ledger,
  path: string,
  { limits, calls }: { limits: ReplayLimits; calls: Map<CallId, string> },
): Promise<ReplayedFile | undefined> {
  const file = pathOf(context, path)
  const named = logIdIn(file)
  let owner: LogOwner | undefined
  try {
    owner = await readLogOwner(file)
  } catch (error) {
    if (error instanceof InvalidUsageLogError) return unreadable(path, named, 'damaged', error.message)
    if (!(error instanceof UsageLogFileError && named)) throw error
  }
  if (owner === undefined) {
    const [first] = named ? await listCheckpoints(ledger, { log: named }) : []
    if (!first) return undefined
    const reason = `The log is missing or empty, and ${first.size} records were anchored in block ${first.block}.`
    return unreadable(path, named, 'not-anchored-so', reason)
  }
  const { credential } = owner
  const id = logIdOf(owner.operator, credential, owner.epoch)
  if (named && id !== named) {
    const reason = `By its first line it is log ${id}, and it stands where ${named} was kept.`
    return unreadable(path, named, 'damaged', reason)
  }
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
      refusals ??= await callRefusals(ledger, { credential, last: newest })
      return refusals.refusalAt(...asked)
    },
  }
  const replayed = await withProgress(context, 'Replaying the log', (onProgress) =>
    replayLog(file, { checkpoints, chain, limits, calls, onProgress, signal: context.signal }),
  )
  noteUnfinished(context, replayed.unfinished)
  const transactions = new Map(anchored.map(({ size, transaction }) => [size, transaction]))
  return { ...replayed, path, id, transactions, closed }
}

/** A log of which nothing can be read, which convicts by that. */
function unreadable(
  path: string,
  id: LogId | undefined,
  code: 'damaged' | 'not-anchored-so',
  reason: string,
): ReplayedFile {
  const nothing = { log: undefined, unfinished: 0, checkpoints: [], unanchored: 0, later: 0 }
  const violations = [{ record: 0, code, reason }]
  return { ...nothing, violations, found: 1, path, id, transactions: new Map(), closed: false }
}
