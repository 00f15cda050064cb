import { type Hex, quoted, StemmaError } from 'stemma/core'
import type { Database, Dialect, Parameter } from '../indexer/database.ts'
import { TABLES, type TableName } from '../indexer/schema.ts'
import type { Table } from '../indexer/tables/columns.ts'

/** Queries on one state of the database. */
export type Queries = Pick<Database, 'dialect' | 'all'>

/** A key that no row has. */
export const NO_KEY = 0

/**
 * A text that both databases can look for.
 *
 * @throws {@link InvalidTextError} for one with a zero character, which PostgreSQL refuses
 */
export function plainText(text: string): string {
  if (text.includes('\0')) throw new InvalidTextError(text)
  return text
}

/**
 * All columns of a table, for reading thousands of rows. Bytes come as hex digits: a driver would allocate a buffer for each
 * value of bytes, which takes longer than the rest of the row.
 */
export function columnsOf(dialect: Dialect, table: TableName): string {
  const { columns }: Table = TABLES[table]
  return Object.entries(columns)
    .map(([column, { type, optional }]) =>
      type === 'bytes' ? `${digitsOf(dialect, column, optional)} AS ${column}` : column,
    )
    .join(', ')
}

function digitsOf(dialect: Dialect, column: string, isOptional: boolean): string {
  if (dialect === 'postgres') return `encode(${column}, 'hex')`
  // SQLite's hex(NULL) is an empty text.
  return isOptional ? `iif(${column} IS NULL, NULL, lower(hex(${column})))` : `lower(hex(${column}))`
}

/** A condition for the keys in a list that {@link keyList} wrote into a parameter. */
export function isAmongKeys(dialect: Dialect, expression: string, parameter: string): string {
  return dialect === 'sqlite'
    ? `${expression} IN (SELECT value FROM json_each(${parameter}))`
    : `${expression} = ANY(${parameter}::bigint[])`
}

/** Keys as one parameter. */
export function keyList(dialect: Dialect, keys: Iterable<number>): string {
  const list = Array.from(keys).join(',')
  return dialect === 'sqlite' ? `[${list}]` : `{${list}}`
}

/** A condition for the pairs in a list that {@link pairList} wrote into a parameter. */
export function isAmongPairs(dialect: Dialect, one: string, other: string, parameter: string): string {
  return dialect === 'sqlite'
    ? `(${one}, ${other}) IN (SELECT value ->> 0, value ->> 1 FROM json_each(${parameter}))`
    : `(${one}, ${other}) IN (SELECT (pair ->> 0)::int, (pair ->> 1)::int FROM jsonb_array_elements(${parameter}::jsonb) pair)`
}

/** Pairs of keys as one parameter. */
export function pairList(pairs: Iterable<readonly [number, number]>): string {
  return JSON.stringify([...pairs])
}

/** A condition for the ids in a list that {@link bytesList} wrote into a parameter. */
export function isAmongBytes(dialect: Dialect, expression: string, parameter: string): string {
  return dialect === 'sqlite'
    ? `${expression} IN (SELECT unhex(value) FROM json_each(${parameter}))`
    : `${expression} = ANY(${parameter}::bytea[])`
}

/** Ids, digests or addresses as one parameter. */
export function bytesList(dialect: Dialect, values: Iterable<Hex>): string {
  const list = Array.from(values, (value) => value.slice(2))
  return dialect === 'sqlite' ? JSON.stringify(list) : `{${list.map((digits) => `"\\\\x${digits}"`).join(',')}}`
}

/** Collects conditions and their parameters, so that a value is never part of a statement. */
export class Conditions {
  readonly #conditions: string[] = []
  readonly parameters: Parameter[] = []

  /** Binds a value and returns the name of its parameter. */
  bind(value: Parameter): string {
    return `$${this.parameters.push(value)}`
  }

  /** Adds a condition, which all rows must meet. */
  add(condition: string): this {
    this.#conditions.push(condition)
    return this
  }

  /** The number of conditions. */
  get size(): number {
    return this.#conditions.length
  }

  /** All conditions, joined by AND. */
  get where(): string {
    return this.#conditions.length === 0 ? 'TRUE' : this.#conditions.join(' AND ')
  }
}

/** Thrown when a text to look for contains a character that no text on the ledger has. */
export class InvalidTextError extends StemmaError {
  override name = 'InvalidTextError'
  constructor(text: string) {
    super('INVALID_TEXT', `Invalid text ${quoted(text)}: remove its zero character, which no name contains.`)
  }
}

/** The condition that an edge, a row of `edges` under a name, is not detached at a block, a parameter. */
export function isLive(edge: string, block: string): string {
  return `(${edge}.position >= 0 OR NOT EXISTS (
    SELECT 1 FROM edge_grades g WHERE g.child = ${edge}.child AND g.parent = ${edge}.parent AND g.detached = 1
    AND g.block <= ${block} AND (g.block > ${edge}.block OR (g.block = ${edge}.block AND g.log > ${edge}.log))))`
}
