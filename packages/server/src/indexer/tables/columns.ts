/**
 * Type of a column. `key` is a number of ours that stands for an id, an account or terms; `block`, `time` and `log` are what
 * the chain counts; `small` is a code or a yes (1) or no (0); `mask` has up to 32 bits; `bytes` are an id, a digest or an
 * address; `text` is UTF-8.
 */
export type ColumnType = 'key' | 'block' | 'time' | 'log' | 'small' | 'mask' | 'bytes' | 'text'

/** A column: its type, and whether it may be null, which means "none" or "not stated". */
export type Column = { type: ColumnType; optional?: true }

/**
 * A table. Rows are only ever added, in the order of the chain, and taken away from the end when blocks are replaced; so
 * whatever is "current" is the last row of a thing, and what was true at a block is the last row up to it.
 */
export type Table = {
  columns: Readonly<Record<string, Column>>
  primaryKey: readonly string[]
  /** The column that holds the id, the account or the hash for which the key `n` stands. */
  natural?: string
  /** Columns by which rows are found; made when the first catching up is done, because that is several times as fast. */
  indexes?: readonly Index[]
  /** How rows of replaced blocks are found: by the key `n`, which grows with the blocks, by a primary key that begins with a block, or by an index. */
  undo: 'n' | 'block' | 'child' | 'number' | 'none'
}

/** An index; `where` leaves out rows of which it would say nothing. */
export type Index = { columns: readonly string[]; where?: string }

/** A key of a row of another table, or the row's own. */
export const KEY = { type: 'key' } as const
/** A key where there may be none. */
export const OPTIONAL_KEY = { type: 'key', optional: true } as const
/** A code, or a yes or no. */
export const SMALL = { type: 'small' } as const
/** Rights or obligations, or a count of up to 32 bits. */
export const MASK = { type: 'mask' } as const
/** Unix seconds, or a number of seconds. */
export const TIME = { type: 'time' } as const
/** An id, a digest or an address. */
export const BYTES = { type: 'bytes' } as const
/** An id or a digest where there may be none. */
export const OPTIONAL_BYTES = { type: 'bytes', optional: true } as const
/** A text, or a decimal number that may be larger than what the databases count in. */
export const TEXT = { type: 'text' } as const
/** Where on the chain a row comes from. */
export const ORIGIN = { block: { type: 'block' }, log: { type: 'log' } } as const

/** How rows of replaced blocks are found in a table whose key does not begin with the block. */
export const BY_BLOCK: Index = { columns: ['block'] }
