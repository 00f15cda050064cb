import type { Row } from '../indexer/database.ts'
import type { KeyedTable } from '../indexer/store.ts'
import {
  checkFirst,
  decodeCursor,
  encodeCursor,
  InvalidCursorError,
  StaleCursorError,
  type Page,
  type PageArguments,
} from './cursor.ts'
import { olderView, type LedgerView } from './ledgerView.ts'
import { blockRecord, type BlockRecord, type Origin } from './records.ts'
import { Conditions, number } from './sql.ts'

/** A list that is read page by page, and counted only when somebody asks. */
export type Listing<T> = { page: () => Promise<Page<T>>; count: () => Promise<number> }

/** A table page by page, in the order of its keys, which is that of the chain. */
export function byKey<T extends { n: number; block: number }>(
  view: LedgerView,
  table: KeyedTable,
  conditions: Conditions,
  order: 'ASC' | 'DESC',
  page: PageArguments,
  read: (row: Row) => T,
): Listing<T> {
  const first = checkFirst(page.first)
  // Keys count from 1 without gaps, so without further conditions the last key is the count.
  const isAll = conditions.size === 1
  return {
    count: () => (isAll ? lastKey(view, table) : countOf(view, table, conditions)),
    async page() {
      const after = await readCursor(view, table, page.after, 1)
      const beyond = after ? ` AND n ${order === 'ASC' ? '>' : '<'} $${conditions.parameters.length + 1}` : ''
      const rows = await view.queries.all(
        `SELECT * FROM ${table} WHERE ${conditions.where}${beyond} ORDER BY n ${order} LIMIT ${first + 1}`,
        [...conditions.parameters, ...(after?.place ?? [])],
      )
      return pageOf(rows.map(read), first, ({ n, block }) => makeCursor(view, table, [n], block))
    },
  }
}

/** A table page by page, newest first by the block and the log that its rows come from. */
export function byPlace<T extends Origin>(
  view: LedgerView,
  table: 'events' | 'reviews' | 'batches' | 'usage_checkpoints',
  conditions: Conditions,
  page: PageArguments,
  read: (row: Row) => T,
): Listing<T> {
  const first = checkFirst(page.first)
  return {
    count: () => countOf(view, table, conditions),
    async page() {
      const after = await readCursor(view, table, page.after, 2)
      const count = conditions.parameters.length
      const beyond = after ? ` AND (block, log) < ($${count + 1}, $${count + 2})` : ''
      const rows = await view.queries.all(
        `SELECT * FROM ${table} WHERE ${conditions.where}${beyond} ORDER BY block DESC, log DESC LIMIT ${first + 1}`,
        [...conditions.parameters, ...(after?.place ?? [])],
      )
      return pageOf(rows.map(read), first, ({ block, log }) => makeCursor(view, table, [block, log], block))
    },
  }
}

/** A list that is known whole, of which only what is shown is made. */
export type Lazy<T> = { length: number; at: (place: number) => T | Promise<T> }

/** Such a list page by page: all pages and the count are as of the first page's block and time. */
export function byWhole<T>(
  view: LedgerView,
  kind: string,
  page: PageArguments,
  read: (at: LedgerView) => Promise<Lazy<T>>,
): Listing<T> {
  let found: Promise<{ start: Start; list: Lazy<T> }> | undefined
  const find = async () => {
    const start = await readStart(view, kind, page.after)
    return { start, list: await read(start.at) }
  }
  return {
    count: async () => (await (found ??= find())).list.length,
    async page() {
      const first = checkFirst(page.first)
      const { start, list } = await (found ??= find())
      const end = Math.min(start.place + first, list.length)
      const places = Array.from({ length: Math.max(0, end - start.place) }, (_, index) => start.place + index)
      return pageAt(start, kind, await Promise.all(places.map((place) => list.at(place))), list.length)
    },
  }
}

/** A page out of one item more than it holds. */
export async function pageOf<T>(
  found: readonly T[],
  first: number,
  cursorOf: (item: T) => Promise<string>,
): Promise<Page<T>> {
  const nodes = found.slice(0, first)
  const last = nodes.at(-1)
  return { nodes, endCursor: last === undefined ? null : await cursorOf(last), hasNextPage: found.length > first }
}

/**
 * A cursor of a list: numbers that tell its place, and the block with events by which one can see later whether the chain still has what
 * came before that place.
 */
export async function makeCursor(
  view: LedgerView,
  kind: string,
  place: readonly number[],
  block: number,
): Promise<string> {
  return encodeCursor(kind, [...place, block, tagOf(await view.loaders.block.load(block))])
}

/**
 * The place and the block that a cursor was made of; undefined when there is none.
 *
 * @throws {@link InvalidCursorError} when it is of another list
 * @throws {@link StaleCursorError} when the chain does not have its block any more
 */
export async function readCursor(
  view: LedgerView,
  kind: string,
  cursor: string | null | undefined,
  count: number,
): Promise<{ place: number[]; block: BlockRecord } | undefined> {
  const place = decodeCursor(kind, cursor, count + 2)
  if (!place) return undefined
  const [height, tag] = place.splice(count) as [number, number]
  const block = await newestBlock(view, height)
  if (block?.number !== height || tagOf(block) !== tag) throw new StaleCursorError(cursor!, height)
  return { place, block }
}

/** Where a page of a list that is worked out begins, and the ledger as of which all pages of the list are. */
export type Start = { place: number; at: LedgerView }

/**
 * The start of a page of such a list. All of its pages are as of the block and the time of the first, so that nothing is shown twice or
 * left out while the chain grows.
 *
 * @throws {@link InvalidCursorError}, {@link StaleCursorError}
 */
export async function readStart(view: LedgerView, kind: string, after: string | null | undefined): Promise<Start> {
  const cursor = await readCursor(view, kind, after, 2)
  if (!cursor) return { place: 0, at: view }
  const [place, now] = cursor.place as [number, number]
  // A cursor of a later moment than the view's came from another view.
  if (cursor.block.number > view.block.number || now > view.now) throw new InvalidCursorError(after!)
  return { place, at: olderView(view, cursor.block, now) }
}

/** The page of such a list that begins at a place: some nodes out of so many. */
export async function pageAt<T>({ place, at }: Start, kind: string, nodes: T[], length: number): Promise<Page<T>> {
  const end = place + nodes.length
  const endCursor = async (): Promise<string> => {
    const block = (await newestBlock(at, at.block.number))!
    return encodeCursor(kind, [end, at.now, block.number, tagOf(block)])
  }
  return { nodes, endCursor: nodes.length === 0 ? null : await endCursor(), hasNextPage: end < length }
}

/** The newest block with events up to one; undefined when there is none. */
export async function newestBlock(view: LedgerView, upTo: number): Promise<BlockRecord | undefined> {
  const [row] = await view.queries.all('SELECT * FROM blocks WHERE number <= $1 ORDER BY number DESC LIMIT 1', [upTo])
  return row && blockRecord(row)
}

/** What tells one block from another of the same number. */
function tagOf({ hash }: BlockRecord): number {
  return Number.parseInt(hash.slice(2, 10), 16)
}

/** The last key of a table as of the view, which is how many rows it has. */
export async function lastKey(view: LedgerView, table: string): Promise<number> {
  const [row] = await view.queries.all(`SELECT n FROM ${table} WHERE block <= $1 ORDER BY n DESC LIMIT 1`, [
    view.block.number,
  ])
  return row ? number(row.n) : 0
}

/** How many rows of a table pass some conditions. */
export async function countOf(view: LedgerView, table: string, conditions: Conditions): Promise<number> {
  const [row] = await view.queries.all(
    `SELECT count(*) AS n FROM ${table} WHERE ${conditions.where}`,
    conditions.parameters,
  )
  return number(row?.n)
}

/** Conditions that leave out what came after the view's block, and the name of the parameter that holds it. */
export function asOf(view: LedgerView): { conditions: Conditions; block: string } {
  const conditions = new Conditions()
  const block = conditions.bind(view.block.number)
  return { conditions: conditions.add(`block <= ${block}`), block }
}
