import { toChainId, type Address, type ChainId, type Digest as DigestHex, type Hex } from 'stemma/core'
import { hex, nullable, number, text as readText, type Stored } from '../values.ts'

/**
 * Type of a column in SQL. `key` is a number of ours that stands for an id, an account or terms; `block`, `time` and `log` are
 * counted by the chain; `small` is a code or a flag; `mask` has up to 32 bits; `bytes` hold an id, a digest or an address; `text`
 * is UTF-8.
 */
export type ColumnType = 'key' | 'block' | 'time' | 'log' | 'small' | 'mask' | 'bytes' | 'text'

/**
 * A column: its type in SQL, whether it may be null ("none" or "not stated"), and how its values are read. Everything else
 * follows from this: the rows that the indexer writes, the rows that the API reads, and their types.
 */
export type Column<V = unknown, T extends ColumnType = ColumnType, O extends boolean = boolean> = {
  readonly type: T
  readonly optional: O
  readonly read: (value: Stored) => V
}

/**
 * A table. Rows are only ever added, in the order of the chain, and removed from the end when blocks are replaced. So the
 * current state of a thing is its last row, and its state at a block is its last row up to that block.
 */
export type Table = {
  columns: Readonly<Record<string, Column>>
  primaryKey: readonly string[]
  /** The column that holds the id, the account or the hash for which the key `n` stands. */
  natural?: string
  /** Indexes are made when the first catching up is done, because that is several times as fast. */
  indexes?: readonly Index[]
  /** How rows of replaced blocks are found: by the key `n`, which grows with the blocks, by a primary key that begins with a block, or by an index. */
  undo: 'n' | 'block' | 'child' | 'number' | 'none'
}

/** An index; `where` leaves out rows that nobody looks for. */
export type Index = { columns: readonly string[]; where?: string }

/** The key of a row of another table, or the row's own. */
export function key(): Column<number, 'key', false> {
  return { type: 'key', optional: false, read: number }
}

/** The number of a block. */
export function block(): Column<number, 'block', false> {
  return { type: 'block', optional: false, read: number }
}

/** Unix seconds, or a number of seconds. */
export function seconds(): Column<number, 'time', false> {
  return { type: 'time', optional: false, read: number }
}

/** A small number, such as a place in a list. */
export function small(): Column<number, 'small', false> {
  return { type: 'small', optional: false, read: number }
}

/** Rights or obligations, or a count of up to 32 bits. */
export function mask(): Column<number, 'mask', false> {
  return { type: 'mask', optional: false, read: number }
}

/** Yes (1) or no (0). */
export function flag(): Column<boolean, 'small', false> {
  return { type: 'small', optional: false, read: (value) => number(value) === 1 }
}

/** One of some words, kept as its place in their list; `first` is the place of the first. */
export function code<W extends string>(words: readonly W[], first = 0): Column<W, 'small', false> {
  return {
    type: 'small',
    optional: false,
    read(value) {
      const word = words[number(value) - first]
      if (word === undefined) throw new TypeError(`Expected a code of ${words.join(', ')}, got ${String(value)}.`)
      return word
    },
  }
}

/** An id, or any other bytes. */
export function id<I extends Hex = Hex>(): Column<I, 'bytes', false> {
  return { type: 'bytes', optional: false, read: hex<I> }
}

/** A digest. */
export function digest(): Column<DigestHex, 'bytes', false> {
  return id<DigestHex>()
}

/** The address of an account. */
export function address(): Column<Address, 'bytes', false> {
  return id<Address>()
}

/** A text. */
export function text(): Column<string, 'text', false> {
  return { type: 'text', optional: false, read: readText }
}

/** A whole number that may be larger than a database counts: kept in decimal digits. */
export function wide(): Column<bigint, 'text', false> {
  return { type: 'text', optional: false, read: (value) => BigInt(readText(value)) }
}

/** The id of a chain, which may be larger than a database counts: kept in decimal digits. */
export function chainId(): Column<ChainId, 'text', false> {
  return { type: 'text', optional: false, read: (value) => toChainId(BigInt(readText(value))) }
}

/** A column that may be null. */
export function optional<V, T extends ColumnType>(column: Column<V, T, false>): Column<V | null, T, true> {
  return { type: column.type, optional: true, read: (value) => nullable(value, column.read) }
}

/** Where on the chain a row comes from. */
export const ORIGIN: {
  readonly block: Column<number, 'block', false>
  readonly log: Column<number, 'log', false>
} = { block: block(), log: { type: 'log', optional: false, read: number } }

/** The index of rows of replaced blocks, for tables whose key does not begin with the block. */
export const BY_BLOCK: Index = { columns: ['block'] }
