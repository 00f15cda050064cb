import { readUsageLog, type UsageLog } from '../audit/usageLog.ts'
import type { Checkpoint, LogOwner } from '../core/usage.ts'
import type { CallRecord } from '../core/callRecord.ts'
import type { Ledger } from '../sdk/connect.ts'
import { listCheckpoints, type AnchoredCheckpoint } from '../sdk/audit/listCheckpoints.ts'
import { readLogEpoch } from '../sdk/audit/readLogEpoch.ts'
import { note, type Context } from '../console/context.ts'
import { pathOf } from '../console/files.ts'
import { fields } from './format.ts'
import { withProgress } from './withProgress.ts'

/** A checkpoint of a log on the chain, and whether a file of the log holds it. */
export type ComparedCheckpoint = Omit<AnchoredCheckpoint, 'log' | keyof LogOwner> & { matches: boolean }

/** Reads and checks a usage log. `onRecord` receives each record in order. */
export async function readLog(
  context: Context,
  path: string,
  onRecord?: (record: CallRecord) => void,
): Promise<UsageLog> {
  const { log, unfinished } = await withProgress(context, 'Reading the log', (onProgress) =>
    readUsageLog(pathOf(context, path), { onProgress, signal: context.signal, ...(onRecord && { onRecord }) }),
  )
  noteUnfinished(context, unfinished)
  return log
}

/** Says that a log ends in a part of a record. */
export function noteUnfinished(context: Context, unfinished: number): void {
  if (unfinished === 0) return
  note(context, `The last ${unfinished} bytes are not a whole record, as after a crash, and were left out.`)
}

/** Lists the checkpoints of a log on the chain, each compared with the file. */
export async function compareCheckpoints(ledger: Ledger, log: UsageLog): Promise<ComparedCheckpoint[]> {
  const anchored = await listCheckpoints(ledger, { log: log.id })
  return anchored.map(({ log: _log, operator: _operator, credential: _credential, epoch: _epoch, ...checkpoint }) => ({
    ...checkpoint,
    matches: matches(log, checkpoint),
  }))
}

/** Whether a log was closed: its operator reopened it, and another epoch counts now. */
export async function isClosed(ledger: Ledger, owner: LogOwner): Promise<boolean> {
  return (await readLogEpoch(ledger, owner)) !== owner.epoch
}

function matches(log: UsageLog, { size, root, calls, tokens }: Checkpoint): boolean {
  if (size > BigInt(log.tree.size)) return false
  const state = log.stateAt(Number(size))
  return state.root === root && state.calls === calls && state.tokens === tokens
}

/** A checkpoint of a log for people. */
export function formatCheckpoint({ id, owner }: UsageLog, { size, root, calls, tokens }: Checkpoint): string {
  return fields(`usage log ${id}`, [
    ['operator', owner.operator],
    ['credential', owner.credential],
    ['epoch', String(owner.epoch)],
    ['records', String(size)],
    ['calls', String(calls)],
    ['tokens', String(tokens)],
    ['root', root],
  ])
}
