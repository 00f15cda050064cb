import { StemmaError } from '../core/errors.ts'
import { ZERO_DIGEST } from '../core/hex.ts'
import type { Checkpoint } from '../core/usage.ts'
import type { Right } from '../core/vocabulary.ts'
import type { CallId, CallRecord } from '../core/callRecord.ts'
import { timesWithin, type BlockSpan } from './blockSpans.ts'
import { InvalidUsageLogError, readUsageLog, type UsageLog } from './usageLog.ts'

/** What a replay can find in a usage log. Each convicts the operator, who anchored the log or handed it over as its own. */
export const VIOLATION_CODES = [
  'damaged',
  'not-anchored-so',
  'call-twice',
  'time-of-call',
  'before-anchor',
  'after-anchor',
  'block-unknown',
  'block-too-old',
  'block-too-new',
  'not-permitted',
] as const
/** A word of {@link VIOLATION_CODES}. */
export type ViolationCode = (typeof VIOLATION_CODES)[number]

/** What a record, or several from one place on, shows against the operator of a log. */
export type Violation = {
  /** The place of the record, or of the first one of those that it is about. */
  record: number
  code: ViolationCode
  /** What is wrong, with the values. */
  reason: string
}

/** A checkpoint of a log as it was anchored. */
export type TimedCheckpoint = Checkpoint & {
  /** Number of the block. */
  block: number
  /** Time of the block, in Unix seconds. */
  time: number
}

/** The newest block of a chain, with its time in Unix seconds. */
export type ChainHead = { block: number; time: number }

/** What a replay asks of the chain. */
export type ReplayChain = {
  /** The newest block. Asked after the log was read, which may have grown until then. */
  head(): Promise<ChainHead>
  /** The time of a block up to the head, in Unix seconds. */
  timeOf(block: number): Promise<number>
  /**
   * Why a call was not permitted as the ledger stood after a block; null when it was. Blocks are asked about in ascending order.
   *
   * @param span within which the time of the block lies
   */
  refusalAt(block: number, span: BlockSpan, use: Right): Promise<string | null>
}

/** How far clocks and work may be apart, in seconds. */
export type ReplayLimits = {
  /** Oldest that the block of a call may be when the call comes. */
  maxHeadAge: number
  /** Longest time from the beginning of a call to its record, and from the making of a checkpoint to its block. */
  maxDelay: number
  /** How far the operator's clock may be from the chain's. */
  clockSkew: number
}

/** What is used unless somebody says otherwise. */
export const REPLAY_LIMITS: ReplayLimits = { maxHeadAge: 60, maxDelay: 900, clockSkew: 15 }

/** What a replay found. */
export type ReplayedLog = {
  /** Undefined where the file is damaged. */
  log: UsageLog | undefined
  /** Bytes behind the last whole line. */
  unfinished: number
  /** In the order of the records, at most {@link MOST_VIOLATIONS}. */
  violations: Violation[]
  /** How many there are. */
  found: number
  /** The checkpoints, each with whether the file holds it. */
  checkpoints: (TimedCheckpoint & { matches: boolean })[]
  /** Records after the last checkpoint. */
  unanchored: number
  /** Records whose blocks the node does not have yet: nothing is decided about these. */
  later: number
}

/** Most violations of a log that are listed. */
export const MOST_VIOLATIONS = 100

/** Within which times a call came, in Unix seconds. */
type Coming = { from: number; to: number }

/**
 * The records of admitted calls that name one block: the earliest that one came at the latest, and the latest that one came at the
 * earliest. A call may well be refused at an old block: because it is old.
 */
type BlockUse = { earliest: number; latest: number; uses: Set<Right> }

/**
 * Checks a whole usage log against the chain: its form, its tree and counts against each checkpoint, and for records that name call and
 * block that the call is recorded once, that its block is neither older than `maxHeadAge` nor of the future, that its time lies between
 * the anchors around it, and that the call was permitted at its block. The file is read twice where blocks convict: memory grows with the
 * number of blocks, not with that of records.
 *
 * @throws `UsageLogFileError` when the file cannot be read; what the chain throws
 */
export async function replayLog(path: string, parameters: replayLog.Parameters): Promise<ReplayedLog> {
  const { checkpoints, chain, limits, calls = new Map<CallId, string>(), onProgress, signal } = parameters
  const violations = new Violations()
  const blocks = new Map<number, BlockUse>()
  const reading = { ...(onProgress && { onProgress }), ...(signal && { signal }) }
  let [anchor, whole] = [0, 0]
  const onRecord = (record: CallRecord): void => {
    const { call, block, index, outcome } = record
    whole = index + 1
    if (call === undefined || block === undefined) return
    while (anchor < checkpoints.length && checkpoints[anchor]!.size <= BigInt(index)) anchor += 1
    checkAnchors(record, checkpoints[anchor - 1], checkpoints[anchor], limits, violations)
    const other = calls.get(call)
    if (other !== undefined) violations.add(index, 'call-twice', `The call ${call} is also ${other}.`)
    calls.set(call, `record ${index} of ${path}`)
    checkCall(record, limits, violations)
    const named = blocks.get(block) ?? { earliest: Infinity, latest: -Infinity, uses: new Set<Right>() }
    blocks.set(block, named)
    if (outcome === 'refused') return
    const came = comingOf(record, limits)
    named.earliest = Math.min(named.earliest, came.to)
    named.latest = Math.max(named.latest, came.from)
    named.uses.add(record.use)
  }

  let read: Awaited<ReturnType<typeof readUsageLog>>
  try {
    read = await readUsageLog(path, { ...reading, onRecord })
  } catch (error) {
    if (!isDamage(error)) throw error
    violations.add(whole, 'damaged', error.message)
    return { log: undefined, unfinished: 0, ...violations.all(), checkpoints: [], unanchored: 0, later: 0 }
  }
  const { log, unfinished } = read
  const compared = compareAnchored(log, checkpoints, violations)
  const anchored = Number(checkpoints.at(-1)?.size ?? 0n)
  const head = await chain.head()
  const bad = await badBlocks(blocks, { ...chain, head }, limits)
  let later = 0
  if (bad.size > 0 || [...blocks.keys()].some((block) => block > head.block)) {
    await readUsageLog(path, {
      ...reading,
      onRecord: (record) => {
        const { index, block } = record
        // What was appended meanwhile is for the next replay.
        if (block === undefined || index >= log.tree.size) return
        if (block > head.block) {
          // A node that lags does not have the newest blocks. What came before its head or was anchored by then needs none of them.
          if (index < anchored || comingOf(record, limits).from + limits.clockSkew <= head.time) {
            const reason = `Its block ${block} is not on the chain, whose newest is ${head.block}.`
            violations.add(index, 'block-unknown', reason)
          } else later += 1
        }
        for (const fault of bad.get(block) ?? []) {
          if (fault.applies(record, comingOf(record, limits))) violations.add(index, fault.code, fault.reason)
        }
      },
    })
  }
  const unanchored = Math.max(0, log.tree.size - anchored)
  return { log, unfinished, ...violations.all(), checkpoints: compared, unanchored, later }
}

export declare namespace replayLog {
  type Parameters = {
    /** All of the log, oldest first. */
    checkpoints: readonly TimedCheckpoint[]
    chain: ReplayChain
    limits: ReplayLimits
    /** Where each call of other logs is recorded; those of this log are added. */
    calls?: Map<CallId, string>
    onProgress?: (done: number, total: number) => void
    signal?: AbortSignal
  }
}

/** When a call came, in Unix seconds, by its id: a UUID of version 7 begins with its milliseconds. */
export function timeOfCall(call: CallId): number {
  return Math.floor(parseInt(call.replaceAll('-', '').slice(0, 12), 16) / 1000)
}

/**
 * When a call came. A record without request and response counts what came of an older call, such as a batch of requests, whose id it has:
 * it is dated by its own time alone.
 */
function comingOf({ time, call, request, response }: CallRecord, { maxDelay }: ReplayLimits): Coming {
  const came = timeOfCall(call!)
  const isCount = request === ZERO_DIGEST && response === ZERO_DIGEST
  return isCount ? { from: time - maxDelay, to: time } : { from: came, to: came }
}

/** A record was made before the checkpoint that holds it, and not long before the one that does not. */
function checkAnchors(
  { index, time }: CallRecord,
  before: TimedCheckpoint | undefined,
  after: TimedCheckpoint | undefined,
  { maxDelay, clockSkew }: ReplayLimits,
  violations: Violations,
): void {
  if (before && time < before.time - maxDelay - clockSkew) {
    const reason = `Its time ${time} is ${before.time - time} s before the checkpoint of ${before.size} records (block ${before.block}), in which it is missing. At most ${maxDelay} s may pass.`
    violations.add(index, 'before-anchor', reason)
  }
  if (after && time > after.time + clockSkew) {
    const reason = `Its time ${time} is ${time - after.time} s after the checkpoint of ${after.size} records (block ${after.block}), which holds it.`
    violations.add(index, 'after-anchor', reason)
  }
}

/** A call came before its record's time, and not longer before it than calls take. */
function checkCall(record: CallRecord, limits: ReplayLimits, violations: Violations): void {
  const { index, time } = record
  const { maxDelay, clockSkew } = limits
  const { from: came } = comingOf(record, limits)
  if (came > time + clockSkew || came < time - maxDelay) {
    const reason = `The call came at ${came} by its id, and its record is of ${time}: at most ${maxDelay} s may pass.`
    violations.add(index, 'time-of-call', reason)
  }
}

function compareAnchored(
  log: UsageLog,
  checkpoints: readonly TimedCheckpoint[],
  violations: Violations,
): ReplayedLog['checkpoints'] {
  let good = 0n
  return checkpoints.map((checkpoint) => {
    const { size, block } = checkpoint
    const matches = isHeld(log, checkpoint)
    if (matches) good = size
    else if (size > BigInt(log.tree.size)) {
      const reason = `The log has ${log.tree.size} records, and ${size} were anchored in block ${block}.`
      violations.add(log.tree.size, 'not-anchored-so', reason)
    } else {
      const reason = `The first ${size} records are not those that were anchored in block ${block}: one from here on was altered.`
      violations.add(Number(good), 'not-anchored-so', reason)
    }
    return { ...checkpoint, matches }
  })
}

function isHeld(log: UsageLog, { size, root, calls, tokens }: Checkpoint): boolean {
  if (size > BigInt(log.tree.size)) return false
  const state = log.stateAt(Number(size))
  return state.root === root && state.calls === calls && state.tokens === tokens
}

/** What is wrong with the records of one block. */
type BlockFault = {
  code: ViolationCode
  reason: string
  /** Whether it is about a record of the block, whose call came then. */
  applies: (record: CallRecord, came: Coming) => boolean
}

/** The blocks that convict, each with what is wrong. */
async function badBlocks(
  blocks: ReadonlyMap<number, BlockUse>,
  chain: Pick<ReplayChain, 'timeOf' | 'refusalAt'> & { head: ChainHead },
  { maxHeadAge, clockSkew }: ReplayLimits,
): Promise<Map<number, BlockFault[]>> {
  const bad = new Map<number, BlockFault[]>()
  const known = [...blocks.keys()]
    .filter((block) => block <= chain.head.block && blocks.get(block)!.uses.size > 0)
    .sort((one, other) => one - other)
  const spans = await timesWithin(
    known,
    (block, { from, until }) => {
      const { earliest, latest } = blocks.get(block)!
      return until <= earliest + clockSkew && from >= latest - maxHeadAge
    },
    (block) => chain.timeOf(block),
  )
  for (const block of known) {
    const span = spans.get(block)!
    const faults: BlockFault[] = []
    const { earliest, latest, uses } = blocks.get(block)!
    // A span that is not exact was good enough.
    if (span.from === span.until) {
      const isOld = (from: number): boolean => span.from < from - maxHeadAge
      const isNew = (to: number): boolean => span.until > to + clockSkew
      const reason = `Its block ${block} is of time ${span.from}, and the call came`
      if (isOld(latest)) {
        const words = `${reason} more than ${maxHeadAge} s later.`
        faults.push({
          code: 'block-too-old',
          reason: words,
          applies: (record, { from }) => isAdmitted(record) && isOld(from),
        })
      }
      if (isNew(earliest)) {
        faults.push({
          code: 'block-too-new',
          reason: `${reason} before it.`,
          applies: (record, { to }) => isAdmitted(record) && isNew(to),
        })
      }
    }
    for (const use of uses) {
      const refusal = await chain.refusalAt(block, span, use)
      if (refusal === null) continue
      const reason = `At block ${block}, the use "${use}" was not permitted: ${refusal}`
      faults.push({ code: 'not-permitted', reason, applies: (record) => isAdmitted(record) && record.use === use })
    }
    if (faults.length > 0) bad.set(block, faults)
  }
  return bad
}

function isAdmitted({ outcome }: CallRecord): boolean {
  return outcome !== 'refused'
}

/** Violations, of which the first ones are kept. */
class Violations {
  readonly #kept: Violation[] = []
  #found = 0

  add(record: number, code: ViolationCode, reason: string): void {
    this.#found += 1
    if (this.#kept.length < 2 * MOST_VIOLATIONS) this.#kept.push({ record, code, reason })
  }

  all(): { violations: Violation[]; found: number } {
    const ordered = this.#kept.toSorted((one, other) => one.record - other.record)
    return { violations: ordered.slice(0, MOST_VIOLATIONS), found: this.#found }
  }
}

function isDamage(error: unknown): error is StemmaError {
  return error instanceof InvalidUsageLogError || (error instanceof StemmaError && error.code === 'INVALID_RECORD')
}
