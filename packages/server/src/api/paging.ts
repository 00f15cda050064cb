import { readRow, type RowOf } from '../indexer/rows.ts'
import type { TableName } from '../indexer/schema.ts'
import type { KeyedTable } from '../indexer/store.ts'
import { number } from '../indexer/values.ts'
import {
  checkFirst,
  decodeCursor,
  encodeCursor,
  InvalidCursorError,
  StaleCursorError,
  type Page,
  type PageArguments,
} from './cursor.ts'
import { newestBlock, olderView, type BlockRow, type LedgerView } from './ledgerView.ts'
import { Conditions } from './sql.ts'

/** A list that is read page by page, and counted only on request. */
export type Listing<T> = { page: () => Promise<Page<T>>; count: () => Promise<number> }

/** Lists a table in the order of its keys, which is that of the chain. */
export function listByKey<T extends KeyedTable>(
  view: LedgerView,
  table: T,
  conditions: Conditions,
  order: 'ASC' | 'DESC',
  page: PageArguments,
): Listing<RowOf<T>> {
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
      const found = rows.map((row) => readRow(table, row) as RowOf<T> & { n: number; block: number })
      return pageOf<RowOf<T> & { n: number; block: number }>(found, first, ({ n, block }) =>
        makeCursor(view, table, [n], block),
      )
    },
  }
}

/**
 * Lists a table in the order of its names, equal ones in the order of their keys. A cursor is the key of a row: what a row is called
 * does not change.
 */
export function listByName(
  view: LedgerView,
  table: 'models',
  conditions: Conditions,
  order: 'ASC' | 'DESC',
  page: PageArguments,
): Listing<RowOf<'models'>> {
  const first = checkFirst(page.first)
  const kind = `${table}-name-${order}`
  return {
    count: () => listByKey(view, table, conditions, order, page).count(),
    async page() {
      const after = await readCursor(view, kind, page.after, 1)
      const place = after && (await placeOf(view, table, after.place[0]!))
      // Another list's number, or that of a later moment.
      if (after && !place) throw new InvalidCursorError(page.after!)
      const count = conditions.parameters.length
      const beyond = place ? ` AND (name, n) ${order === 'ASC' ? '>' : '<'} ($${count + 1}, $${count + 2})` : ''
      const rows = await view.queries.all(
        `SELECT * FROM ${table} WHERE ${conditions.where}${beyond} ORDER BY name ${order}, n ${order} LIMIT ${first + 1}`,
        [...conditions.parameters, ...(place ?? [])],
      )
      return pageOf(
        rows.map((row) => readRow(table, row)),
        first,
        ({ n, block }) => makeCursor(view, kind, [n], block),
      )
    },
  }
}

async function placeOf(view: LedgerView, table: 'models', key: number): Promise<[string, number] | undefined> {
  const [row] = await view.queries.all(`SELECT * FROM ${table} WHERE n = $1 AND block <= $2`, [key, view.block.number])
  return row && [readRow(table, row).name, key]
}

/** Lists a table, newest first by the block and the log that its rows come from. */
export function listByPlace<
  T extends
    | 'events'
    | 'reviews'
    | 'batches'
    | 'binding_statements'
    | 'inheritances'
    | 'credential_requests'
    | 'usage_checkpoints'
    | 'serving_statements',
>(view: LedgerView, table: T, conditions: Conditions, page: PageArguments): Listing<RowOf<T>> {
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
      return pageOf<RowOf<T>>(
        rows.map((row) => readRow(table, row)),
        first,
        ({ block, log }) => makeCursor(view, table, [block, log], block),
      )
    },
  }
}

/** A list of known length whose items are made only when a page holds them. */
export type Sequence<T> = { length: number; at: (place: number) => T | Promise<T> }

/** Lists such a sequence: all pages and the count are as of the first page's block and time. */
export function listSequence<T>(
  view: LedgerView,
  kind: string,
  page: PageArguments,
  read: (at: LedgerView) => Promise<Sequence<T>>,
): Listing<T> {
  let found: Promise<{ start: Start; sequence: Sequence<T> }> | undefined
  const find = (): Promise<{ start: Start; sequence: Sequence<T> }> =>
    (found ??= readStart(view, kind, page.after).then(async (start) => ({ start, sequence: await read(start.at) })))
  return {
    count: async () => (await find()).sequence.length,
    async page() {
      const first = checkFirst(page.first)
      const { start, sequence } = await find()
      const end = Math.min(start.place + first, sequence.length)
      const places = Array.from({ length: Math.max(0, end - start.place) }, (_, index) => start.place + index)
      return pageAt(start, kind, await Promise.all(places.map((place) => sequence.at(place))), sequence.length)
    },
  }
}

/** Builds a page from first + 1 rows; the extra row tells whether more follow. */
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
 * Makes a cursor: the numbers of its place, and a block with events. If the chain replaces that block, what came before the
 * place may have changed, and the cursor is refused.
 */
export async function makeCursor(
  view: LedgerView,
  kind: string,
  place: readonly number[],
  block: number,
): Promise<string> {
  return encodeCursor(kind, [...place, block, tagOf((await newestBlock(view, block))!)])
}

/**
 * Reads the place and the block of a cursor; undefined without a cursor.
 *
 * @throws {@link InvalidCursorError} when it belongs to another list
 * @throws {@link StaleCursorError} when the chain has replaced its block
 */
export async function readCursor(
  view: LedgerView,
  kind: string,
  cursor: string | null | undefined,
  count: number,
): Promise<{ place: number[]; block: BlockRow } | undefined> {
  const place = decodeCursor(kind, cursor, count + 2)
  if (!place) return undefined
  const [height, tag] = place.splice(count) as [number, number]
  const block = await newestBlock(view, height)
  if (block?.number !== height || tagOf(block) !== tag) throw new StaleCursorError(cursor!, height)
  return { place, block }
}

/** Where a page of a computed list begins, and the ledger as of which the whole list is computed. */
export type Start = { place: number; at: LedgerView }

/**
 * Finds the start of a page of a computed list. All pages are as of the block and the time of the first, so nothing is repeated
 * or left out while the chain grows.
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

/** Builds the page of a computed list that begins at a place, from a known number of items. */
export async function pageAt<T>({ place, at }: Start, kind: string, nodes: T[], length: number): Promise<Page<T>> {
  const end = place + nodes.length
  const endCursor = async (): Promise<string> => {
    const block = (await newestBlock(at, at.block.number))!
    return encodeCursor(kind, [end, at.now, block.number, tagOf(block)])
  }
  return { nodes, endCursor: nodes.length === 0 ? null : await endCursor(), hasNextPage: end < length }
}

/** Tells a block from another of the same number. */
function tagOf({ hash }: BlockRow): number {
  return Number.parseInt(hash.slice(2, 10), 16)
}

/** The last key of a table as of the view, which is also the number of its rows. */
export async function lastKey(view: LedgerView, table: KeyedTable): Promise<number> {
  const [row] = await view.queries.all(`SELECT n FROM ${table} WHERE block <= $1 ORDER BY n DESC LIMIT 1`, [
    view.block.number,
  ])
  return row ? number(row.n) : 0
}

/** Takes the price of a look through a table, which is about as long as there are models. */
export async function claimScan({ budget, graph }: LedgerView): Promise<void> {
  await budget.claim('scanned', graph.size, 'rows of a table to look through')
}

/** Counts the rows of a table that meet some conditions. */
export async function countOf(view: LedgerView, table: TableName, conditions: Conditions): Promise<number> {
  await claimScan(view)
  const [row] = await view.queries.all(
    `SELECT count(*) AS n FROM ${table} WHERE ${conditions.where}`,
    conditions.parameters,
  )
  return number(row?.n)
}

/** Conditions that leave out what came after the view's block, and the name of the parameter that holds the block. */
export function asOf(view: LedgerView): { conditions: Conditions; block: string } {
  const conditions = new Conditions()
  const block = conditions.bind(view.block.number)
  return { conditions: conditions.add(`block <= ${block}`), block }
}
