import DataLoader from 'dataloader'

import type { Address, Hex } from 'stemma/core'
import type { Row } from '../indexer/database.ts'
import { readRow, type RowOf } from '../indexer/rows.ts'
import { TABLES, type TableName } from '../indexer/schema.ts'
import type { KeyedTable } from '../indexer/store.ts'
import { number } from '../indexer/values.ts'
import type { LedgerView } from './ledgerView.ts'
import { bytesList, columnsOf, isAmongBytes, isAmongKeys, keyList } from './sql.ts'

// Loaders read rows that many parts of one answer need. Keys that are requested in the same turn are read by one statement, and
// no row is read twice.

/** What every row with a key has. */
type Keyed = { n: number; block: number }

/** Loads rows of a table by their keys; `note` sees each of them. */
export function loaderByKey<T extends KeyedTable>(
  { queries, finals, progress }: LedgerView,
  table: T,
  note?: (row: RowOf<T>) => void,
): DataLoader<number, RowOf<T>> {
  const sql = `SELECT ${columnsOf(queries.dialect, table)} FROM ${table} WHERE ${isAmongKeys(queries.dialect, 'n', '$1')}`
  return new DataLoader(async (keys) => {
    const found = finals.known<RowOf<T> & Keyed>(table, keys)
    const missing = keys.filter((key) => !found.has(key))
    const rows = missing.length === 0 ? [] : await queries.all(sql, [keyList(queries.dialect, missing)])
    for (const each of rows) {
      const row = readRow(table, each) as RowOf<T> & Keyed
      found.set(row.n, row)
      finals.keep(table, row.n, row, progress.finalized)
    }
    if (note) for (const row of found.values()) note(row)
    return keys.map((key) => found.get(key) ?? new Error(`${table} has no row ${key}`))
  })
}

/** Loads rows of a table by the id or address for which their keys stand; undefined for those that came after the view's block. */
export function loaderById<T extends KeyedTable>(
  { queries, block }: LedgerView,
  table: T,
): DataLoader<T extends 'accounts' ? Address : Hex, RowOf<T> | undefined> {
  const { natural } = TABLES[table]
  const among = isAmongBytes(queries.dialect, natural, '$1')
  const sql = `SELECT ${columnsOf(queries.dialect, table)} FROM ${table} WHERE ${among}`
  return new DataLoader(async (ids: readonly Hex[]) => {
    const rows = await queries.all(sql, [bytesList(queries.dialect, ids)])
    const found = new Map<Hex, RowOf<T>>()
    for (const each of rows) {
      const row = readRow(table, each) as RowOf<T> & Keyed & Record<'id' | 'address', Hex>
      if (row.block <= block.number) found.set(row[natural], row)
    }
    return ids.map((id) => found.get(id))
  })
}

/** Lets a loader by id know a row that was loaded by its key. */
export function knownById<R extends { id: Hex; block: number }>(
  view: LedgerView,
  byId: DataLoader<Hex, R | undefined>,
): (row: R) => void {
  return (row) => void (row.block <= view.block.number && byId.prime(row.id, row))
}

/** Loads the rows of a table in which a column has a key, up to the view's block, in an order. */
export function loaderOfLists<T extends TableName>(
  { queries, block }: LedgerView,
  table: T,
  column: string,
  order: string,
): DataLoader<number, RowOf<T>[]> {
  const among = isAmongKeys(queries.dialect, column, '$1')
  const sql = `SELECT * FROM ${table} WHERE ${among} AND block <= $2 ORDER BY ${order}`
  return new DataLoader(async (keys) => {
    const rows = await queries.all(sql, [keyList(queries.dialect, keys), block.number])
    const lists = grouped(rows, column)
    return keys.map((key) => (lists.get(key) ?? []).map((row) => readRow(table, row)))
  })
}

/** Rows by the key in a column. */
export function grouped(rows: readonly Row[], column: string): Map<number, Row[]> {
  const lists = new Map<number, Row[]>()
  for (const row of rows) {
    const key = number(row[column])
    const list = lists.get(key)
    if (list) list.push(row)
    else lists.set(key, [row])
  }
  return lists
}

/** Loads several; fails when one fails. */
export async function loadAll<K, T>(loader: { load: (key: K) => Promise<T> }, keys: Iterable<K>): Promise<T[]> {
  return Promise.all(Array.from(keys, (key) => loader.load(key)))
}
