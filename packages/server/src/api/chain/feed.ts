import { type Hex, quoted, StemmaError } from 'stemma/core'
import type { EventFilter } from 'stemma/query'
import { DatabaseError, type Database } from '../../indexer/database.ts'
import { hex, number } from '../../indexer/values.ts'
import { queriesOf, withSnapshot, type BlockRow, type LedgerView } from '../ledgerView.ts'
import { createReaders, type Readers } from '../readers.ts'
import type { GraphCache } from '../registry/graphCache.ts'
import { isAmongKeys, keyList } from '../sql.ts'
import type { EventRow, Position } from './events.ts'
import { Turns } from './turns.ts'
import { WATCHER_LIMITS, Watchers, type WatcherLimits } from './watchers.ts'

/** What a watcher receives: an event, or the block from which on the chain replaced what it received before. */
export type FeedItem = { readers: Readers; block: BlockRow } & (
  | { event: EventRow; replaced: null }
  | { event: null; replaced: number }
)

/** Most blocks by which a watcher notices a reorganization. */
const MAX_BLOCKS = 256
/** The first block that can hold an event: the genesis has no transactions. */
const FIRST_BLOCK = 1
/** Most events of one read. */
const MAX_EVENTS = 100
/** How many polls in a row may fail before the watchers learn of it. */
const MAX_FAILURES = 3

/** Where and how a feed looks for events. */
export type FeedSettings = {
  database: Database
  cache: GraphCache
  /** Milliseconds between two polls. */
  interval: number
  limits?: Partial<WatcherLimits>
}

/** Who watches. */
export type Watcher = {
  /** The IP address. */
  address: string
  /** Aborts when the client is gone. */
  signal: AbortSignal
}

/**
 * Sends events to watchers as they are indexed. One query per interval serves all watchers, and none runs without them. So it
 * works the same with every database and any number of processes. Watchers take turns, event by event, so that any number of
 * them holds up no other request.
 */
export class Feed {
  readonly #database: Database
  readonly #cache: GraphCache
  readonly #interval: number
  readonly #watchers: Watchers
  readonly #turns = new Turns()
  /** Called with each change of the newest block, and with a failure. */
  readonly #waiting = new Set<(failure?: unknown) => void>()
  #timer: NodeJS.Timeout | undefined
  #isPolling = false
  #failures = 0
  #head: Hex | undefined

  constructor({ database, cache, interval, limits }: FeedSettings) {
    this.#database = database
    this.#cache = cache
    this.#interval = interval
    this.#watchers = new Watchers({ ...WATCHER_LIMITS, ...limits })
  }

  /** The number of watchers. */
  get watchers(): number {
    return this.#watchers.size
  }

  /**
   * The events that pass a filter, oldest first, without gaps, until the client is gone. It ends by throwing when the database
   * fails.
   *
   * @param after id of an event (`block.log`) or number of a block to continue after; by default only new events come
   * @throws {@link InvalidEventIdError}, {@link WatchersFullError}, {@link TooManyWatchersError}, at once
   */
  watch(
    filter: EventFilter,
    after: string | null | undefined,
    { address, signal }: Watcher,
  ): AsyncGenerator<FeedItem, void> {
    const start = after == null ? undefined : parsePosition(after)
    const leave = this.#watchers.enter(address)
    const gone = new AbortController()
    const stop = (): void => {
      signal.removeEventListener('abort', stop)
      gone.abort()
      leave()
      if (this.#watchers.size === 0) this.#rest()
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    // A generator that was never started does not run its `finally`, so its end is watched from outside.
    const items = this.#follow(filter, start, gone.signal)
    const watched = async (
      result: Promise<IteratorResult<FeedItem, void>>,
    ): Promise<IteratorResult<FeedItem, void>> => {
      try {
        const next = await result
        if (next.done) stop()
        return next
      } catch (error) {
        stop()
        throw error
      }
    }
    return {
      next: () => watched(items.next()),
      return: () => {
        stop()
        return watched(items.return())
      },
      throw: (error) => {
        stop()
        return watched(items.throw(error))
      },
      [Symbol.asyncIterator]() {
        return this
      },
      [Symbol.asyncDispose]: async () => {
        stop()
        await items.return()
      },
    }
  }

  async *#follow(
    filter: EventFilter,
    start: Position | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<FeedItem, void> {
    let position = start
    let identity: Hex | undefined
    const sent = new Map<number, Hex>()
    while (!signal.aborted) {
      await this.#turns.take()
      const next = await withSnapshot(this.#database, this.#cache, async (snapshot) => {
        const view = await snapshot.view()
        const readers = createReaders(view)
        position ??= { block: view.block.number, log: Infinity }
        const isOther = identity !== undefined && identity !== view.progress.identity
        const replaced = await firstReplaced(view, sent, isOther)
        const from: Position = replaced === undefined ? position : { block: replaced - 1, log: Infinity }
        const events = await readers.events.after(filter, from, MAX_EVENTS)
        const blocks = await Promise.all(events.map(({ block }) => readers.blocks.load(block)))
        return { view, replaced, from, events, blocks }
      })
      // A watcher may be slow, so the details of an event are read after the snapshot has ended.
      const { block } = next.view
      identity = next.view.progress.identity
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
        await this.#turns.take()
        if (signal.aborted) return
        position = { block: event.block, log: event.log }
        yield { readers, block, event, replaced: null }
      }
      if (next.events.length === MAX_EVENTS) continue
      if (position.block < block.number) position = { block: block.number, log: Infinity }
      sent.set(block.number, block.hash)
      await this.#changed(block.hash, signal)
    }
  }

  /** Waits until the newest indexed block is another one, or the client is gone. @throws what ended the polls */
  async #changed(current: Hex, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    await new Promise<void>((resolve, reject) => {
      const end = (): void => {
        this.#waiting.delete(look)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const look = (failure?: unknown): void => {
        if (failure === undefined && this.#head === current) return
        end()
        if (failure !== undefined) reject(failure)
      }
      this.#waiting.add(look)
      signal.addEventListener('abort', end, { once: true })
      // What was polled before may be older than what the watcher has read.
      this.#timer ??= setTimeout(this.#poll, this.#interval)
    })
  }

  readonly #poll = (): void => void this.#look()

  /** Looks once, and again after the interval while anybody waits. Never rejects. */
  async #look(): Promise<void> {
    if (this.#isPolling) return
    this.#isPolling = true
    let failure: unknown
    try {
      const [row] = await this.#database.all('SELECT hash FROM checkpoint')
      this.#head = row ? hex(row.hash) : undefined
      this.#failures = 0
    } catch (error) {
      this.#failures += 1
      // A database that is busy comes back; watchers of one that does not should know that nothing will come.
      if (!isTransient(error) || this.#failures >= MAX_FAILURES) failure = error
    }
    this.#isPolling = false
    this.#rest()
    for (const look of this.#waiting) look(failure)
    if (this.#waiting.size > 0) this.#timer ??= setTimeout(this.#poll, this.#interval)
  }

  #rest(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

function isTransient(error: unknown): boolean {
  return error instanceof DatabaseError && error.isTransient
}

function parsePosition(text: string): Position {
  const match = /^(\d{1,16})(?:\.(\d{1,9}))?$/.exec(text)
  const block = Number(match?.[1])
  if (!match || !Number.isSafeInteger(block)) throw new InvalidEventIdError(text)
  return { block, log: match[2] === undefined ? Infinity : Number(match[2]) }
}

/**
 * The first block that a watcher received and that the chain has replaced.
 *
 * @param isOther whether the database is another one than it was; if it has none of those blocks, it is of another chain
 */
async function firstReplaced(
  view: LedgerView,
  sent: ReadonlyMap<number, Hex>,
  isOther: boolean,
): Promise<number | undefined> {
  const { dialect } = view.queries
  const rows = await view.queries.all(
    `SELECT number, hash FROM blocks WHERE ${isAmongKeys(dialect, 'number', '$1')}
     UNION SELECT number, hash FROM heads WHERE ${isAmongKeys(dialect, 'number', '$1')}`,
    [keyList(dialect, sent.keys())],
  )
  const now = new Map(rows.map((row) => [number(row.number), hex(row.hash)]))
  if (isOther && ![...sent].some(([block, hash]) => now.get(block) === hash)) return FIRST_BLOCK
  let first: number | undefined
  for (const [block, hash] of sent) {
    const canonical = now.get(block)
    // The index drops final blocks without events; they have not changed.
    if (canonical === hash || (canonical === undefined && block <= view.progress.finalized && !isOther)) continue
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
      `Invalid event id ${quoted(value)} in "after": use the id of an event, such as 120.3, or the number of a block.`,
    )
  }
}
