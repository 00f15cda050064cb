import type { Row } from './database.ts'
import { TABLES, type TableName } from './schema.ts'
import type { Column, ColumnType, Table } from './tables/columns.ts'
import type { Stored } from './values.ts'

type Columns<T extends TableName> = (typeof TABLES)[T]['columns']
type ValueOf<C> = C extends Column<unknown, infer T, infer O> ? StoredAs<T> | (O extends true ? null : never) : never
type StoredAs<T extends ColumnType> = T extends 'bytes' | 'text' ? string : number
type ReadOf<C> = C extends { read: (value: Stored) => infer V } ? V : never
type Camel<S extends string> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S

/** A new row of a table as it is written, by the names of its columns; `block`, `log` and the key `n` are filled in. */
export type NewRow<T extends TableName> = {
  [C in Exclude<keyof Columns<T>, 'block' | 'log' | 'n'>]: ValueOf<Columns<T>[C]>
}

/** A row of a table as it is read: in the words of the core, with keys as numbers and null for "none". */
export type RowOf<T extends TableName> = {
  -readonly [C in keyof Columns<T> & string as Camel<C>]: ReadOf<Columns<T>[C]>
}

/** Where on the chain a row comes from. */
export type Origin = { block: number; log: number }

/** The names of a table's columns, in order. */
export const COLUMNS: Readonly<Record<TableName, readonly string[]>> = Object.fromEntries(
  Object.entries(TABLES).map(([name, { columns }]) => [name, Object.keys(columns)]),
) as unknown as Record<TableName, string[]>

type Reader = { column: string; name: string; read: (value: Stored) => unknown }

const READERS = Object.fromEntries(
  Object.entries(TABLES as Record<string, Table>).map(([table, { columns }]) => [
    table,
    Object.entries(columns).map(([column, { read }]): Reader => ({ column, name: camel(column), read })),
  ]),
) as unknown as Record<TableName, readonly Reader[]>

/** Reads a whole row of a table. */
export function readRow<T extends TableName>(table: T, row: Row): RowOf<T> {
  const values: Record<string, unknown> = {}
  for (const { column, name, read } of READERS[table]) values[name] = read(row[column])
  return values as RowOf<T>
}

/** The column's name in TypeScript: `valid_from` is `validFrom`. */
function camel(column: string): string {
  return column.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}
