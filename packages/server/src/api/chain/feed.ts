import { setTimeout as sleep } from 'node:timers/promises'

import { type Hex, quoted, StemmaError } from 'stemma/core'
import type { EventFilter } from 'stemma/query'
import type { Database } from '../../indexer/database.ts'
import { hex, number } from '../../indexer/values.ts'
import { queriesOf, withSnapshot, type BlockRow, type LedgerView } from '../ledgerView.ts'
import { createReaders, type Readers } from '../readers.ts'
import type { GraphCache } from '../registry/graphCache.ts'
import { isAmongKeys, keyList } from '../sql.ts'
import type { EventRow, Position } from './events.ts'

/** What a watcher receives: an event, or the block from which on the chain replaced what it received before. */
export type FeedItem = { readers: Readers; block: BlockRow } & (
  { event: EventRow; replaced: null } | { event: null; replaced: number }
)

/** Most blocks by which a watcher notices a reorganization. */
const MAX_BLOCKS = 256
/** Most events of one read. */
const MAX_EVENTS = 500

/**
 * Sends events to watchers as they are indexed. One query per interval serves all watchers, and none runs without them. So it
 * works the same with every database and any number of processes.
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

  /** The number of watchers. */
  get watchers(): number {
    return this.#watchers
  }

  /**
   * The events that pass a filter, oldest first, without gaps, until the signal aborts.
   *
   * @param after id of an event (`block.log`) or number of a block to continue after; by default only new events come
   * @throws {@link InvalidEventIdError}
   */
  async *watch(
    filter: EventFilter,
    after: string | null | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<FeedItem, void> {
    const start = after == null ? undefined : parsePosition(after)
    this.#watchers += 1
    if (this.#watchers === 1) void this.#poll()
    try {
      yield* this.#follow(filter, start, signal)
    } finally {
      this.#watchers -= 1
    }
  }

  async *#follow(
    filter: EventFilter,
    start: Position | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<FeedItem, void> {
    let position = start
    const sent = new Map<number, Hex>()
    while (!signal.aborted) {
      const next = await withSnapshot(this.#database, this.#cache, async (snapshot) => {
        const view = await snapshot.view()
        const readers = createReaders(view)
        position ??= { block: view.block.number, log: Infinity }
        const replaced = await firstReplaced(view, sent)
        const from: Position = replaced === undefined ? position : { block: replaced - 1, log: Infinity }
        const events = await readers.events.after(filter, from, MAX_EVENTS)
        const blocks = await Promise.all(events.map(({ block }) => readers.blocks.load(block)))
        return { view, replaced, from, events, blocks }
      })
      // A watcher may be slow, so the details of an event are read after the snapshot has ended.
      const { block } = next.view
      const queries = queriesOf(this.#database, next.view.progress.identity)
      const readers = createReaders({ ...next.view, queries }, next.blocks)
      position = next.from
      if (next.replaced !== undefined) {
        for (const number of sent.keys()) if (number >= next.replaced) sent.delete(number)
        yield { readers, block, event: null, replaced: next.replaced }
      }
      for (const { number, hash } of next.blocks) sent.set(number, hash)
      for (const number of sent.keys()) if (sent.size > MAX_BLOCKS) sent.delete(number)
      for (const event of next.events) {
        position = { block: event.block, log: event.log }
        yield { readers, block, event, replaced: null }
        if (signal.aborted) return
      }
      if (next.events.length === MAX_EVENTS) continue
      if (position.block < block.number) position = { block: block.number, log: Infinity }
      sent.set(block.number, block.hash)
      await this.#changed(block.hash, signal)
    }
  }

  /** Waits until the newest indexed block is another one. */
  async #changed(current: Hex, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (this.#head === undefined || this.#head === current)) {
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
        // The database may come back; until then watchers receive nothing.
      }
      for (const wake of this.#wake.splice(0)) wake()
      await sleep(this.#interval)
    }
  }
}

function parsePosition(text: string): Position {
  const match = /^(\d{1,16})(?:\.(\d{1,9}))?$/.exec(text)
  if (!match || !Number.isSafeInteger(Number(match[1]))) throw new InvalidEventIdError(text)
  return { block: Number(match[1]), log: match[2] === undefined ? Infinity : Number(match[2]) }
}

/** The first block that a watcher received and that the chain has replaced. */
async function firstReplaced(view: LedgerView, sent: ReadonlyMap<number, Hex>): Promise<number | undefined> {
  const { dialect } = view.queries
  const rows = await view.queries.all(
    `SELECT number, hash FROM blocks WHERE ${isAmongKeys(dialect, 'number', '$1')}
     UNION SELECT number, hash FROM heads WHERE ${isAmongKeys(dialect, 'number', '$1')}`,
    [keyList(dialect, sent.keys())],
  )
  const now = new Map(rows.map((row) => [number(row.number), hex(row.hash)]))
  let first: number | undefined
  for (const [block, hash] of sent) {
    const canonical = now.get(block)
    // The index drops final blocks without events; they have not changed.
    if (canonical === hash || (canonical === undefined && block <= view.progress.finalized)) continue
    if (first === undefined || block < first) first = block
  }
  return first
}

/** Thrown when a watcher wants to continue after something that is not an event. */
export class InvalidEventIdError extends StemmaError {
  override name = 'InvalidEventIdError'
  constructor(value: string) {
    super(
      'INVALID_EVENT_ID',
      `Invalid event id ${quoted(value)}: use the id of an event, such as 120.3, or the number of a block.`,
    )
  }
}
