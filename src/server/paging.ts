import type { Row } from '../indexer/database.ts'
import type { KeyedTable } from '../indexer/store.ts'
import { checkFirst, decodeCursor, encodeCursor, pageOf, type Page, type PageArguments } from './cursor.ts'
import type { LedgerView } from './ledgerView.ts'
import type { Origin } from './records.ts'
import { Conditions, number } from './sql.ts'

/** A list that is read page by page, and counted only when somebody asks. */
export type Listing<T> = { page: () => Promise<Page<T>>; count: () => Promise<number> }

/** A table page by page, in the order of its keys, which is that of the chain. */
export function byKey<T extends { n: number }>(
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
      const after = decodeCursor(table, page.after, 1)
      const beyond = after ? ` AND n ${order === 'ASC' ? '>' : '<'} $${conditions.parameters.length + 1}` : ''
      const rows = await view.queries.all(
        `SELECT * FROM ${table} WHERE ${conditions.where}${beyond} ORDER BY n ${order} LIMIT ${first + 1}`,
        [...conditions.parameters, ...(after ?? [])],
      )
      return pageOf(rows.map(read), first, ({ n }) => encodeCursor(table, [n]))
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
      const after = decodeCursor(table, page.after, 2)
      const count = conditions.parameters.length
      const beyond = after ? ` AND (block, log) < ($${count + 1}, $${count + 2})` : ''
      const rows = await view.queries.all(
        `SELECT * FROM ${table} WHERE ${conditions.where}${beyond} ORDER BY block DESC, log DESC LIMIT ${first + 1}`,
        [...conditions.parameters, ...(after ?? [])],
      )
      return pageOf(rows.map(read), first, ({ block, log }) => encodeCursor(table, [block, log]))
    },
  }
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
