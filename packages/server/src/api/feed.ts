import { setTimeout as sleep } from 'node:timers/promises'

import { type Hex, quoted, StemmaError } from 'stemma/core'
import type { Database } from '../indexer/database.ts'
import { loadAll } from './loaders.ts'
import type { GraphCache } from './graphCache.ts'
import { withSnapshot, type LedgerView } from './ledgerView.ts'
import { addEventFilter, type EventFilter } from './lists.ts'
import { asOf } from './paging.ts'
import { eventRecord, type BlockRecord, type EventRecord } from './records.ts'
import { hex, isAmongKeys, keyList, number } from './sql.ts'

/** What a watcher is told: an event, or from which block on what it was told is void. */
export type Told = { view: LedgerView; block: BlockRecord } & (
  { event: EventRecord; replaced: null } | { event: null; replaced: number }
)

/** Blocks with events that a watcher was told of, by which it notices that they were replaced. */
const REMEMBERED = 256
/** Events that are read at once. */
const BATCH = 500

/**
 * Tells watchers of events as they are indexed. The database is asked once in an interval, however many watch, and by nobody
 * when nobody does; so it is the same with every database, and with any number of processes.
 */
export class Feed {
  readonly #database: Database
  readonly #cache: GraphCache
  readonly #interval: number
  #watchers = 0
  #head: Hex | undefined
  #wake: (() => void)[] = []

  constructor(database: Database, cache: GraphCache, interval: number) {
    this.#database = database
    this.#cache = cache
    this.#interval = interval
  }

  /** How many watch. */
  get watchers(): number {
    return this.#watchers
  }

  /**
   * The events that pass a filter, oldest first, without gaps, until the signal aborts.
   *
   * @param after id of an event (`block.log`) or a block's number to go on after; from now on when left out
   * @throws {@link InvalidEventIdError}
   */
  async *watch(filter: EventFilter, after: string | null | undefined, signal: AbortSignal): AsyncGenerator<Told, void> {
    const start = after == null ? undefined : parsePosition(after)
    this.#watchers += 1
    if (this.#watchers === 1) void this.#poll()
    try {
      yield* this.#follow(filter, start, signal)
    } finally {
      this.#watchers -= 1
    }
  }

  async *#follow(filter: EventFilter, start: Position | undefined, signal: AbortSignal): AsyncGenerator<Told, void> {
    let position = start
    let seen: Hex | undefined
    const told = new Map<number, Hex>()
    while (!signal.aborted) {
      const next = await withSnapshot(this.#database, this.#cache, async (snapshot) => {
        const view = await snapshot.view()
        position ??= { block: view.block.number, log: Infinity }
        const replaced = await firstReplaced(view, told)
        const from: Position = replaced === undefined ? position : { block: replaced - 1, log: Infinity }
        const events = await eventsAfter(view, filter, from)
        const blocks = await loadAll(
          view.loaders.block,
          events.map(({ block }) => block),
        )
        return { view, replaced, from, events, blocks }
      })
      // What is shown of an event is read after the snapshot has ended, for the reader may be slow.
      const view = { ...next.view, queries: this.#database }
      position = next.from
      if (next.replaced !== undefined) {
        for (const block of told.keys()) if (block >= next.replaced) told.delete(block)
        yield { view, block: view.block, event: null, replaced: next.replaced }
      }
      for (const { number: block, hash } of next.blocks) told.set(block, hash)
      for (const block of told.keys()) if (told.size > REMEMBERED) told.delete(block)
      for (const event of next.events) {
        position = { block: event.block, log: event.log }
        yield { view, block: view.block, event, replaced: null }
        if (signal.aborted) return
      }
      if (next.events.length === BATCH) continue
      if (position.block < view.block.number) position = { block: view.block.number, log: Infinity }
      told.set(view.block.number, view.block.hash)
      seen = view.block.hash
      await this.#changed(seen, signal)
    }
  }

  /** Waits until the newest indexed block is another one. */
  async #changed(seen: Hex, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (this.#head === undefined || this.#head === seen)) {
      await new Promise<void>((resolve) => {
        this.#wake.push(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  async #poll(): Promise<void> {
    while (this.#watchers > 0) {
      try {
        const [row] = await this.#database.all('SELECT hash FROM checkpoint')
        this.#head = row ? hex(row.hash) : undefined
      } catch {
        // The database may come back; who watches sees nothing until then.
      }
      for (const wake of this.#wake.splice(0)) wake()
      await sleep(this.#interval)
    }
  }
}

type Position = { block: number; log: number }

function parsePosition(text: string): Position {
  const match = /^(\d{1,15})(?:\.(\d{1,9}))?$/.exec(text)
  if (!match) throw new InvalidEventIdError(text)
  return { block: Number(match[1]), log: match[2] === undefined ? Infinity : Number(match[2]) }
}

/** The first block that a watcher was told of and that is not on the chain any more. */
async function firstReplaced(view: LedgerView, told: ReadonlyMap<number, Hex>): Promise<number | undefined> {
  const { dialect } = view.queries
  const rows = await view.queries.all(
    `SELECT number, hash FROM blocks WHERE ${isAmongKeys(dialect, 'number', '$1')}
     UNION SELECT number, hash FROM heads WHERE ${isAmongKeys(dialect, 'number', '$1')}`,
    [keyList(dialect, told.keys())],
  )
  const now = new Map(rows.map((row) => [number(row.number), hex(row.hash)]))
  let first: number | undefined
  for (const [block, hash] of told) {
    const canonical = now.get(block)
    // A block without events that will not be undone any more is not kept; it is the same still.
    if (canonical === hash || (canonical === undefined && block <= view.progress.finalized)) continue
    if (first === undefined || block < first) first = block
  }
  return first
}

async function eventsAfter(view: LedgerView, filter: EventFilter, { block, log }: Position): Promise<EventRecord[]> {
  const { conditions } = asOf(view)
  await addEventFilter(view, filter, conditions)
  const beyond = Number.isFinite(log)
    ? `(block, log) > (${conditions.bind(block)}, ${conditions.bind(log)})`
    : `block > ${conditions.bind(block)}`
  const rows = await view.queries.all(
    `SELECT * FROM events WHERE ${conditions.add(beyond).where} ORDER BY block, log LIMIT ${BATCH}`,
    conditions.parameters,
  )
  return rows.map(eventRecord)
}

/** Thrown when a watcher wants to go on after something that is no event's id. */
export class InvalidEventIdError extends StemmaError {
  override name = 'InvalidEventIdError'
  constructor(value: string) {
    super(
      'INVALID_EVENT_ID',
      `${quoted(value)} is no event's id. Use the id of an event, such as 120.3, or a block's number.`,
    )
  }
}
