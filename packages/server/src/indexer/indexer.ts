import { type Deployment, StemmaError } from 'stemma/core'
import { DatabaseError } from './database.ts'
import { LOADED, type Known } from './reduce/rowBuilder.ts'
import { eventTable, reduceEvents, wantedKeys, wantedRows, type EventTable, type ReadEvent } from './reduce/events.ts'
import { rest, RpcError } from './rpc.ts'
import { TABLES, TABLE_NAMES } from './schema.ts'
import { InconsistentNodeError, type Header, type Segment, type Source } from './source.ts'
import type { Checkpoint, KeyedTable, Rows, Store } from './store.ts'

/**
 * A step of the indexer. `events` counts the batch, `total` everything since the start, and `rate` is events per second.
 * `alive` means that the node answered and had nothing new.
 */
export type IndexerStep =
  | { kind: 'started'; checkpoint: Checkpoint | undefined }
  | { kind: 'batch'; checkpoint: Checkpoint; events: number; total: number; rate: number }
  | { kind: 'caught-up'; checkpoint: Checkpoint; total: number; seconds: number }
  | { kind: 'alive' }
  | { kind: 'reorg'; from: number; depth: number }
  | { kind: 'indexes' }
  | { kind: 'failure'; error: StemmaError; pause: number }

/** How to index. */
export type IndexOptions = {
  deployment: Deployment
  source: Source
  store: Store
  /** Checks that the node is the right one, whenever the work begins, and begins anew after a failure. */
  check?: () => Promise<void>
  /** How many blocks can be undone where the node calls none final, or calls final what is newer. */
  depth?: number
  /** Ends when the head is reached; else goes on until the signal. */
  once?: boolean
  /** Milliseconds between two looks at the head. */
  interval?: number
  /** How often a failure that may pass is waited for in a row before it is thrown; for ever, when left out. */
  maxFailures?: number
  /** Milliseconds that the first failure is waited for. They double to at most 64 times. */
  pause?: number
  signal?: AbortSignal
  onStep?: (step: IndexerStep) => void
  /** The clock, in milliseconds. */
  now?: () => number
}

/** How many blocks can be undone by default. */
export const DEFAULT_DEPTH = 128
/** Most keys of a table that are kept in memory. */
const CACHE = 32_000
const KEYED = TABLE_NAMES.filter((name): name is KeyedTable => 'natural' in TABLES[name])

/**
 * Brings a database up to the head of the chain, and keeps it there. Whatever fails and may pass, of the node or of the
 * database, is waited for: all that is in memory is thrown away then, and the work goes on from what the database says.
 *
 * @returns how far the database is in the end
 * @throws {@link DatabaseLockedError}, {@link ForeignDatabaseError} when this is not ours to write
 * @throws {@link FalseEventError}, {@link MissingEventError}, {@link MalformedLogError} when the node lies or leaves events out
 * @throws {@link DeepReorgError} when more was replaced than can be undone
 */
export async function runIndexer(options: IndexOptions): Promise<Checkpoint | undefined> {
  const { maxFailures = Infinity, pause = 500, once = false, signal, onStep = () => {} } = options
  const run = new Run(options, eventTable(options.deployment))
  let hasWorked = false
  for (let failures = 0; ;) {
    try {
      return await run.work(() => {
        hasWorked = true
        failures = 0
      })
    } catch (error) {
      if (signal?.aborted) return run.checkpoint
      failures += 1
      // Whoever waits for the end wants to hear at once that it cannot begin.
      const isHopeless = once && !hasWorked && run.checkpoint === undefined
      if (!mayPass(error) || failures > maxFailures || isHopeless) throw error
      const wait = pause * 2 ** Math.min(failures - 1, 6)
      onStep({ kind: 'failure', error, pause: wait })
      await rest(wait, signal).catch(() => {})
      if (signal?.aborted) return run.checkpoint
    }
  }
}

function mayPass(error: unknown): error is StemmaError {
  if (error instanceof RpcError) return error.isTransient
  return error instanceof InconsistentNodeError || (error instanceof DatabaseError && error.isTransient)
}

class Run {
  checkpoint: Checkpoint | undefined
  readonly #options: IndexOptions
  readonly #events: EventTable
  #known: Known = nothingKnown()
  /** Newest block that will not be undone. */
  #solid = -1
  #isIndexed = false
  /** What is being written: meanwhile the next logs are read and checked. */
  #writing: { checkpoint: Checkpoint; events: number; isDone: Promise<void> } | undefined
  /** When the work began, by the clock. */
  #began = 0
  /** Events since the work began. */
  #total = 0

  constructor(options: IndexOptions, events: EventTable) {
    this.#options = options
    this.#events = events
  }

  /** Works until the head is reached, or for ever. Tells when something has succeeded. */
  async work(onSuccess: () => void): Promise<Checkpoint | undefined> {
    const { deployment, store, check, once, interval = 1000, signal, onStep = () => {}, now = Date.now } = this.#options
    await check?.()
    this.checkpoint = await store.start({ chainId: deployment.chainId, ledger: deployment.contracts.ledger })
    await this.#forget()
    onStep({ kind: 'started', checkpoint: this.checkpoint })
    this.#began = now()
    this.#total = 0
    for (let isCaughtUp = false; ;) {
      signal?.throwIfAborted()
      if (!(await this.#step())) continue
      onSuccess()
      const { checkpoint } = this
      if (isCaughtUp || !checkpoint) onStep({ kind: 'alive' })
      else onStep({ kind: 'caught-up', checkpoint, total: this.#total, seconds: (now() - this.#began) / 1000 })
      isCaughtUp = checkpoint !== undefined
      if (!this.#isIndexed && this.checkpoint) {
        await store.makeIndexes()
        this.#isIndexed = true
        onStep({ kind: 'indexes' })
      }
      if (once) return this.checkpoint
      await rest(interval, signal)
    }
  }

  /** Reads up to the head as it is now; returns whether the database is there. */
  async #step(): Promise<boolean> {
    const { source, depth = DEFAULT_DEPTH, deployment } = this.#options
    const { latest, finalized = latest.number } = await source.head()
    const last = this.checkpoint
    this.#solid = Math.max(this.#solid, last?.finalized ?? -1, Math.min(finalized, latest.number - depth))
    if (last && latest.number <= last.block) return this.#compare(latest)

    const from = last ? last.block + 1 : deployment.firstBlock
    try {
      for await (const segment of source.segments(from, latest.number, this.#solid)) {
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

  /** The head is not newer than the database: the node lags behind, or the chain has another head. */
  async #compare(latest: Header): Promise<boolean> {
    const known = (await this.#options.store.heads()).find(({ number }) => number === latest.number)
    if (!known || known.hash === latest.hash) return true
    await this.#undo()
    return false
  }

  /** Begins to write a segment, when the one before is written. */
  async #write(segment: Segment, head: number): Promise<void> {
    const events: ReadEvent[] = []
    for (const log of segment.logs) {
      const event = this.#events.read(log)
      if (event) events.push(event)
    }
    await this.#settle()
    await this.#load(events)
    const rows: Rows = reduceEvents(this.#known, events)
    const blocks = new Set(events.map(({ block }) => block))
    const last = segment.headers.at(-1)!
    const finalized = Math.min(this.#solid, last.number)
    rows.blocks = segment.headers
      .filter(({ number }) => blocks.has(number))
      .map(({ number, hash, parentHash, time }) => [number, hash, parentHash, time])
    rows.heads = segment.headers.filter(({ number }) => number >= finalized).map(({ number, hash }) => [number, hash])
    const checkpoint = { block: last.number, hash: last.hash, time: last.time, finalized, head }
    const isDone = this.#options.store.append({ rows, checkpoint })
    // Whoever settles it sees the failure; until then nobody waits for it.
    isDone.catch(() => {})
    this.#writing = { checkpoint, events: events.length, isDone }
    this.#trim()
  }

  /** Waits until what is being written is in the database. */
  async #settle(): Promise<void> {
    if (!this.#writing) return
    const { onStep = () => {}, now = Date.now } = this.#options
    const { checkpoint, events, isDone } = this.#writing
    this.#writing = undefined
    await isDone
    this.checkpoint = checkpoint
    this.#total += events
    const rate = Math.round((this.#total * 1000) / Math.max(1, now() - this.#began))
    onStep({ kind: 'batch', checkpoint, events, total: this.#total, rate })
  }

  /** Gets what the events build on into memory. */
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

  /** Goes back to the newest block that the node still has. */
  async #undo(): Promise<void> {
    const { source, store, onStep = () => {} } = this.#options
    const last = this.checkpoint!
    const heads = await store.heads()
    let isMissing = false
    for (let at = 0, size = 8; at < heads.length; at += size, size *= 2) {
      const some = heads.slice(at, at + size)
      const headers = await source.headers(some.map(({ number }) => number))
      const same = some.findIndex(({ hash }, index) => headers[index]?.hash === hash)
      isMissing ||= headers.includes(undefined)
      if (same < 0) continue
      const { number, hash, time } = headers[same]!
      const checkpoint = { ...last, block: number, hash, time, finalized: Math.min(last.finalized, number) }
      await store.undo(checkpoint)
      onStep({ kind: 'reorg', from: number + 1, depth: last.block - number })
      this.checkpoint = checkpoint
      await this.#forget()
      return
    }
    // A node that lags behind, or has lost blocks, proves nothing.
    if (isMissing) throw new InconsistentNodeError('its head is of another chain, and it lacks blocks before')
    throw new DeepReorgError(last.finalized)
  }

  /** Throws away what is in memory: the database says how things are. */
  async #forget(): Promise<void> {
    this.#known = nothingKnown()
    for (const table of KEYED) this.#known.last[table] = await this.#options.store.lastKey(table)
  }

  #trim(): void {
    this.#known.rows = {}
    for (const keys of Object.values(this.#known.keys)) {
      if (keys.size <= CACHE) continue
      // Oldest first: what was used lately is likelier to be used again, and the database has them all.
      let excess = keys.size - CACHE / 2
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

/** Thrown when the chain has replaced blocks that cannot be undone any more, or is another chain. */
export class DeepReorgError extends StemmaError {
  override name = 'DeepReorgError'
  constructor(finalized: number) {
    super(
      'DEEP_REORG',
      `The node's chain has another block ${finalized} than the database, which cannot undo it: the chain was started anew, or was reorganised deeper than --depth. Delete the database, or name another by --database: it is built anew from the chain.`,
    )
  }
}
