import type { Hex } from 'stemma/core'
import type { Database, Dialect, Parameter, Row } from '../indexer/database.ts'
import { TABLES, type TableName } from '../indexer/schema.ts'
import type { Table } from '../indexer/tables/columns.ts'

/** What can be asked of one state of the database. */
export type Queries = Pick<Database, 'dialect' | 'all'>

/** A value of a row that is counted. */
export function number(value: Row[string] | undefined): number {
  if (typeof value !== 'number') throw new TypeError(`a number was expected, not ${typeof value}`)
  return value
}

/** A value of a row that is a text. */
export function text(value: Row[string] | undefined): string {
  if (typeof value !== 'string') throw new TypeError(`a text was expected, not ${typeof value}`)
  return value
}

/** A value of a row that is an id, a digest or an address: as the database keeps it, or by its digits ({@link columnsOf}). */
export function hex<T extends Hex>(value: Row[string] | undefined): T {
  if (typeof value === 'string') return `0x${value}` as T
  if (!(value instanceof Uint8Array)) throw new TypeError(`bytes were expected, not ${typeof value}`)
  return `0x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}` as T
}

/** The same for a value that may be null. */
export function optional<T>(value: Row[string] | undefined, read: (value: Row[string] | undefined) => T): T | null {
  return value === null || value === undefined ? null : read(value)
}

/** An id, a digest or an address as the database keeps it. */
export function bytes(value: Hex): Uint8Array {
  return Buffer.from(value.slice(2), 'hex')
}

/**
 * All columns of a table, to be read by the thousand: bytes as their digits, because a driver makes a buffer of each value of bytes,
 * which takes longer than all else that it does with a row.
 */
export function columnsOf(dialect: Dialect, table: TableName): string {
  const { columns }: Table = TABLES[table]
  return Object.entries(columns)
    .map(([column, { type, optional }]) =>
      type === 'bytes' ? `${digitsOf(dialect, column, optional)} AS ${column}` : column,
    )
    .join(', ')
}

function digitsOf(dialect: Dialect, column: string, isOptional = false): string {
  if (dialect === 'postgres') return `encode(${column}, 'hex')`
  // SQLite's digits of nothing are an empty text.
  return isOptional ? `iif(${column} IS NULL, NULL, lower(hex(${column})))` : `lower(hex(${column}))`
}

/** A condition that holds for the keys of a list that is bound to a parameter as {@link keyList} writes it. */
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

/** A condition that holds for the pairs of a list that is bound to a parameter as {@link pairList} writes it. */
export function isAmongPairs(dialect: Dialect, one: string, other: string, parameter: string): string {
  return dialect === 'sqlite'
    ? `(${one}, ${other}) IN (SELECT value ->> 0, value ->> 1 FROM json_each(${parameter}))`
    : `(${one}, ${other}) IN (SELECT (pair ->> 0)::int, (pair ->> 1)::int FROM jsonb_array_elements(${parameter}::jsonb) pair)`
}

/** Pairs of keys as one parameter. */
export function pairList(pairs: Iterable<readonly [number, number]>): string {
  return JSON.stringify([...pairs])
}

/** A condition that holds for the ids of a list that is bound to a parameter as {@link bytesList} writes it. */
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

/** Collects conditions and the parameters that they name, so that no value is ever part of a statement. */
export class Conditions {
  readonly #conditions: string[] = []
  readonly parameters: Parameter[] = []

  /** Keeps a value and returns the name of its parameter. */
  bind(value: Parameter): string {
    return `$${this.parameters.push(value)}`
  }

  add(condition: string): this {
    this.#conditions.push(condition)
    return this
  }

  /** How many there are. */
  get size(): number {
    return this.#conditions.length
  }

  /** All conditions as one. */
  get where(): string {
    return this.#conditions.length === 0 ? 'TRUE' : this.#conditions.join(' AND ')
  }
}
