import { setTimeout as sleep } from 'node:timers/promises'

import { type Deployment, StemmaError } from 'stemma/core'
import { ChainIdentity, type CheckedNode } from './chainIdentity.ts'
import { DEFAULT_DEPTH } from './depth.ts'
import type { ChainSource, Segment } from './chainSource.ts'
import { DatabaseError } from './database.ts'
import { LOADED, type Known } from './reduce/rowBuilder.ts'
import { eventTable, reduceEvents, wantedKeys, wantedRows, type EventTable, type ReadEvent } from './reduce/events.ts'
import { RpcError } from './rpc.ts'
import type { NodeHealth } from './rpcPool.ts'
import { TABLES, TABLE_NAMES } from './schema.ts'
import { InconsistentNodeError, type Header } from './nodeAnswers.ts'
import type { IndexCheckpoint, KeyedTable, Rows, Store } from './store.ts'

/**
 * A step of the indexer. `events` counts the batch, `total` everything since the start, and `rate` is events per second.
 * `alive` means that the node answered and had nothing new. `retry` means that a request failed and is sent again, and `node`, of
 * several nodes, that one failed or answers again.
 */
export type IndexerStep =
  | { kind: 'started'; checkpoint: IndexCheckpoint | undefined }
  | { kind: 'batch'; checkpoint: IndexCheckpoint; events: number; total: number; rate: number }
  | { kind: 'caught-up'; checkpoint: IndexCheckpoint; total: number; seconds: number }
  | { kind: 'alive' }
  | { kind: 'reorg'; from: number; depth: number }
  | { kind: 'indexes' }
  | { kind: 'failure'; error: StemmaError; pause: number }
  | { kind: 'retry'; error: StemmaError; attempt: number }
  | { kind: 'node'; node: NodeHealth }

/** What to index, from where, and how. */
export type IndexOptions = {
  deployment: Deployment
  source: ChainSource
  store: Store
  /** Checks that the node is the right one: at the start, after every failure, and when its chain goes back. */
  check?: () => Promise<CheckedNode>
  /** Drops what the database holds of this ledger first, and begins again. */
  rebuild?: boolean
  /** Blocks that can be undone even if the node calls them final, or does not call any block final. */
  depth?: number
  /** Stops at the head of the chain; otherwise follows the chain until the signal. */
  once?: boolean
  /** Milliseconds between two looks at the head. */
  interval?: number
  /** Most consecutive transient failures before the error is thrown; without a limit by default. */
  maxFailures?: number
  /** Milliseconds to wait after the first failure, about. The wait doubles with each, to at most 64 times, or 1024 times where only a person can mend it. */
  pause?: number
  signal?: AbortSignal
  onStep?: (step: IndexerStep) => void
  /** The clock, in milliseconds. */
  now?: () => number
}

/** Most keys of one table in memory. */
const MAX_KEYS = 32_000
const KEYED = TABLE_NAMES.filter((name): name is KeyedTable => 'natural' in TABLES[name])

/**
 * Brings a database up to the head of the chain, and keeps it there. After a failure of the node, or a transient one of the
 * database, it waits, drops everything in memory, and continues from what the database holds. What would end the work is believed
 * when it comes three times in a row.
 *
 * @returns how far the database is at the end
 * @throws {@link DatabaseLockedError}, {@link ForeignDatabaseError} when another indexer or another ledger owns the database
 * @throws {@link FalseEventError}, {@link MissingEventError}, {@link MalformedLogError} when the node gives false or incomplete events
 * @throws {@link ForeignIndexError} when the node has another chain than the database
 * @throws {@link DeepReorgError} when the chain replaced more blocks than can be undone
 */
export async function runIndexer(options: IndexOptions): Promise<IndexCheckpoint | undefined> {
  const { maxFailures = Infinity, pause = 500, once = false, signal, onStep = () => {} } = options
  const run = new Run(options, eventTable(options.deployment))
  let doubts = 0
  for (let failures = 0; ;) {
    try {
      return await run.work(() => void (failures = doubts = 0))
    } catch (error) {
      if (signal?.aborted) return run.checkpoint
      failures += 1
      doubts = isDoubtful(error) ? doubts + 1 : 0
      // With `once`, fail at once if the node cannot even be reached, which was tried several times, or if only a person can mend it.
      const isHopeless = once && ((!run.hasStarted && error instanceof RpcError) || isForPeople(error))
      const isCertain = isDoubtful(error) ? !run.hasStarted || doubts >= CONFIRMED : !mayPass(error)
      if (!(error instanceof StemmaError) || isCertain || failures > maxFailures || isHopeless) throw error
      const wait = waitAfter(error, failures, pause)
      onStep({ kind: 'failure', error, pause: wait })
      if (error instanceof RpcError) await run.wait()
      await sleep(wait, undefined, { signal }).catch(() => {})
      if (signal?.aborted) return run.checkpoint
    }
  }
}

/** How many times in a row an answer must come that would end the work: behind one address, a node of another chain may be among many. */
const CONFIRMED = 3
const DOUBTFUL = new Set(['FOREIGN_CHAIN', 'DEEP_REORG', 'FALSE_EVENT', 'MISSING_EVENT', 'MALFORMED_LOG'])

/** Whether an answer would end the work if it is from the right node. */
function isDoubtful(error: unknown): boolean {
  return error instanceof StemmaError && DOUBTFUL.has(error.code)
}

/** Whether waiting mends a failure. No error of a node is without hope: keys are renewed, and nodes replaced. */
function mayPass(error: unknown): boolean {
  if (error instanceof RpcError || error instanceof InconsistentNodeError) return true
  return error instanceof DatabaseError && error.isTransient
}

function isForPeople(error: unknown): boolean {
  return error instanceof RpcError && error.isForPeople
}

/** Milliseconds to wait after so many failures in a row: doubled with each, with some chance, and long where a person is needed. */
function waitAfter(error: unknown, failures: number, pause: number): number {
  const doublings = isForPeople(error) ? Math.min(failures + 5, 10) : Math.min(failures - 1, 6)
  const asked = error instanceof RpcError ? (error.retryAfter ?? 0) : 0
  return Math.max(asked, Math.ceil(pause * 2 ** doublings * (0.75 + Math.random() / 2)))
}

class Run {
  checkpoint: IndexCheckpoint | undefined
  /** Whether the node was once the right one. */
  hasStarted = false
  readonly #options: IndexOptions
  readonly #events: EventTable
  #known: Known = nothingKnown()
  /** The newest block that cannot be replaced, by the head that was seen last. */
  #lastFinal = -1
  /** The newest block that was ever in the database: only beyond it is progress. */
  #newest = -1
  #onProgress: () => void = () => {}
  #isIndexed = false
  /** Whether the tables are still to be dropped. */
  #rebuild: boolean
  readonly #identity: ChainIdentity
  /** The batch that is being written while the next logs are read and checked. */
  #writing: { checkpoint: IndexCheckpoint; events: number; written: Promise<void> } | undefined
  /** Time of the start, by the clock. */
  #began = 0
  /** Events since the start. */
  #total = 0

  constructor(options: IndexOptions, events: EventTable) {
    this.#options = options
    this.#events = events
    this.#rebuild = options.rebuild ?? false
    this.#identity = new ChainIdentity(options)
  }

  /** Says in the database that the node does not answer. What it says next takes that back. */
  async wait(): Promise<void> {
    // A database that is away as well cannot say so.
    await this.#identity.wait().catch(() => {})
  }

  /** Works until the head is reached, or until the signal. Calls `onProgress` for each new block, and whenever the database is caught up. */
  async work(onProgress: () => void): Promise<IndexCheckpoint | undefined> {
    this.#onProgress = onProgress
    const { deployment, store, check, once, interval = 1000, signal, onStep = () => {}, now = Date.now } = this.#options
    const node = await check?.()
    this.hasStarted = true
    const { chainId, contracts, firstBlock } = deployment
    this.checkpoint = await store.start({ chainId, ledger: contracts.ledger, firstBlock }, this.#rebuild)
    this.#rebuild = false
    await this.#identity.load()
    await this.#identity.compare(this.checkpoint, node)
    await this.#forget()
    onStep({ kind: 'started', checkpoint: this.checkpoint })
    this.#began = now()
    this.#total = 0
    for (let isCaughtUp = false; ;) {
      signal?.throwIfAborted()
      if (!(await this.#step())) continue
      onProgress()
      const { checkpoint } = this
      if (checkpoint) await this.#identity.confirm()
      if (isCaughtUp || !checkpoint) onStep({ kind: 'alive' })
      else onStep({ kind: 'caught-up', checkpoint, total: this.#total, seconds: (now() - this.#began) / 1000 })
      isCaughtUp = checkpoint !== undefined
      if (!this.#isIndexed && this.checkpoint) {
        await store.makeIndexes()
        this.#isIndexed = true
        onStep({ kind: 'indexes' })
      }
      if (once) return this.checkpoint
      await sleep(interval, undefined, { signal })
    }
  }

  /** Reads up to the current head; returns whether the database is caught up. */
  async #step(): Promise<boolean> {
    const { source, depth = DEFAULT_DEPTH, deployment } = this.#options
    const { latest, finalized = latest.number } = await source.head()
    const last = this.checkpoint
    this.#lastFinal = Math.max(last?.finalized ?? -1, Math.min(finalized, latest.number - depth))
    if (last && latest.number <= last.block) return this.#compare(last, latest)

    const from = last ? last.block + 1 : deployment.firstBlock
    try {
      for await (const segment of source.segments(from, latest.number, this.#lastFinal)) {
        this.#options.signal?.throwIfAborted()
        const before = this.#writing?.checkpoint ?? this.checkpoint
        if (before && segment.headers[0]!.parentHash !== before.hash) {
          await this.#settle()
          await this.#undo()
          return false
        }
        await this.#write(segment, latest.number)
      }
    } finally {
      await this.#settle()
    }
    return true
  }

  /** Compares a head that is not newer than the database: the node lags, or the chain was reorganized or restarted. */
  async #compare(last: IndexCheckpoint, latest: Header): Promise<boolean> {
    const known =
      latest.number === last.block
        ? last
        : (await this.#options.store.heads()).find(({ number }) => number === latest.number)
    if (known?.hash === latest.hash) {
      await this.#identity.confirm()
      return true
    }
    if (known) await this.#undo()
    else await this.#identity.compare(last, await this.#options.check?.(), latest.number)
    return !known
  }

  /** Starts to write a segment after the one before is written. */
  async #write(segment: Segment, head: number): Promise<void> {
    const events: ReadEvent[] = []
    for (const log of segment.logs) {
      const event = this.#events.read(log)
      if (event) events.push(event)
    }
    await this.#settle()
    const [first] = segment.headers
    await this.#identity.begin(first!.number, first!.hash, this.checkpoint?.finalized ?? -1)
    await this.#load(events)
    const rows: Rows = reduceEvents(this.#known, events)
    const blocks = new Set(events.map(({ block }) => block))
    const last = segment.headers.at(-1)!
    const finalized = Math.min(this.#lastFinal, last.number)
    rows.blocks = segment.headers
      .filter(({ number }) => blocks.has(number))
      .map(({ number, hash, parentHash, time }) => [number, hash, parentHash, time])
    rows.heads = segment.headers.filter(({ number }) => number >= finalized).map(({ number, hash }) => [number, hash])
    const checkpoint = { block: last.number, hash: last.hash, time: last.time, finalized, head }
    const written = this.#options.store.append({ rows, checkpoint })
    // `#settle` awaits this promise later; avoid an unhandled rejection.
    written.catch(() => {})
    this.#writing = { checkpoint, events: events.length, written }
    this.#trim()
  }

  /** Waits until the current batch is in the database. */
  async #settle(): Promise<void> {
    if (!this.#writing) return
    const { onStep = () => {}, now = Date.now } = this.#options
    const { checkpoint, events, written } = this.#writing
    this.#writing = undefined
    await written
    // The blocks link to those that the database had.
    await this.#identity.confirm()
    this.checkpoint = checkpoint
    if (checkpoint.block > this.#newest) this.#onProgress()
    this.#newest = Math.max(this.#newest, checkpoint.block)
    this.#total += events
    const rate = Math.round((this.#total * 1000) / Math.max(1, now() - this.#began))
    onStep({ kind: 'batch', checkpoint, events, total: this.#total, rate })
  }

  /** Loads the keys and rows that the events build on. */
  async #load(events: readonly ReadEvent[]): Promise<void> {
    const { store } = this.#options
    this.#known.rows = {}
    for (const [table, ids] of wantedKeys(this.#known, events)) {
      if (ids.size === 0) continue
      for (const [id, key] of await store.keysOf(table, [...ids])) this.#known.keys[table].set(id, key)
    }
    for (const [table, keys] of wantedRows(this.#known, events)) {
      if (keys.size === 0) continue
      const column = LOADED[table].by
      const byKey = new Map<number, Record<string, number | string | null>[]>()
      for (const row of await store.rowsOf(table, column, [...keys])) {
        const key = row[column] as number
        const list = byKey.get(key) ?? byKey.set(key, []).get(key)!
        list.push(row as Record<string, number | string | null>)
      }
      this.#known.rows[table] = byKey
    }
  }

  /** Goes back to the newest block that the node still has on its chain. */
  async #undo(): Promise<void> {
    const { source, store, check, onStep = () => {} } = this.#options
    const last = this.checkpoint!
    await this.#identity.compare(last, await check?.())
    const heads = await store.heads()
    let isMissing = false
    for (let at = 0, size = 8; at < heads.length; at += size, size *= 2) {
      const some = heads.slice(at, at + size)
      const headers = await source.headers(some.map(({ number }) => number))
      const same = some.findIndex(({ hash }, index) => headers[index]?.hash === hash)
      // The oldest cannot be replaced: it alone shows that the chain is another one.
      isMissing = headers.at(-1) === undefined
      if (same < 0) continue
      const { number, hash, time } = headers[same]!
      // Behind one address, a node of a replaced fork may be among others: nothing is to be undone.
      if (number === last.block) {
        throw new InconsistentNodeError(
          `it gave another chain than that of block ${number}, and then has this block (blocks of hardhat_mine do not link to their parents; those of evm_mine do)`,
        )
      }
      const checkpoint = { ...last, block: number, hash, time, finalized: Math.min(last.finalized, number) }
      await store.undo(checkpoint)
      onStep({ kind: 'reorg', from: number + 1, depth: last.block - number })
      this.checkpoint = checkpoint
      await this.#forget()
      return
    }
    // A node that lags or has lost blocks does not prove a reorganization.
    if (isMissing) throw new InconsistentNodeError('its head is of another chain, and it lacks earlier blocks')
    await this.#identity.disown()
    throw new DeepReorgError(last.finalized)
  }

  /** Drops everything in memory; the database has the truth. */
  async #forget(): Promise<void> {
    this.#known = nothingKnown()
    for (const table of KEYED) this.#known.last[table] = await this.#options.store.lastKey(table)
  }

  #trim(): void {
    this.#known.rows = {}
    for (const keys of Object.values(this.#known.keys)) {
      if (keys.size <= MAX_KEYS) continue
      // Drops the oldest: recent keys are likelier to be used again, and the database has them all.
      let excess = keys.size - MAX_KEYS / 2
      for (const id of keys.keys()) {
        if (excess-- <= 0) break
        keys.delete(id)
      }
    }
  }
}

function nothingKnown(): Known {
  const each = <T>(make: () => T): Record<KeyedTable, T> =>
    Object.fromEntries(KEYED.map((table) => [table, make()])) as Record<KeyedTable, T>
  return { keys: each(() => new Map<string, number>()), last: each(() => 0), rows: {} }
}

/** Thrown when the chain replaced blocks that cannot be undone, or is another chain. */
export class DeepReorgError extends StemmaError {
  override name = 'DeepReorgError'
  override readonly kind = 'unavailable'
  constructor(finalized: number) {
    super(
      'DEEP_REORG',
      `This index is of another chain: rebuild it with --rebuild, or name the node of its chain by --rpc. The node has another block ${finalized}, which the index cannot undo: the chain was restarted, or reorganized deeper than --depth.`,
    )
  }
}
