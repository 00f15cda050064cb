import type { Address, Hex } from '../core/hex.ts'
import type { Database } from './database.ts'
import type { TableName, TABLES } from './schema.ts'

/** Tables whose rows have a key `n` that stands for an id, an account or the like. */
export type KeyedTable = { [T in TableName]: (typeof TABLES)[T] extends { natural: string } ? T : never }[TableName]

/** A value of a row: bytes are lower-case hex strings, and everything that is counted is a number. */
export type Value = number | string | null
/** Rows by table, each with its values in the order of the table's columns. */
export type Rows = { [T in TableName]?: Value[][] }

/** Which ledger a database is of. */
export type Identity = { chainId: number; ledger: Address }

/** How far a database is. */
export type Checkpoint = {
  /** The last block whose events are all in. */
  block: number
  hash: Hex
  /** Its time, in Unix seconds. */
  time: number
  /** Newest block that will not be undone any more. */
  finalized: number
  /** Newest block that the node had. */
  head: number
}

/** What is written at once or not at all: rows, and the checkpoint after them. */
export type Batch = { rows: Rows; checkpoint: Checkpoint }

/**
 * A database that one indexer writes and anybody may read. What it holds is always the state of the ledger at the checkpoint:
 * rows and checkpoint change in one transaction. A call that fails has changed nothing.
 */
export type Store = Database & {
  /**
   * Makes the tables unless they are there, and keeps every other indexer out until {@link Database.close}.
   *
   * @returns how far the database is; nothing when it is empty
   * @throws {@link DatabaseLockedError} when another indexer writes to it
   * @throws {@link ForeignDatabaseError} when it is of another ledger or another version of the schema
   */
  start(identity: Identity): Promise<Checkpoint | undefined>
  /** The keys that stand for some ids, accounts or the like; those that are not known are left out. */
  keysOf(table: KeyedTable, naturals: readonly string[]): Promise<Map<string, number>>
  /** The highest key of a table, 0 when it is empty. */
  lastKey(table: KeyedTable): Promise<number>
  /** Adds the rows of a batch. */
  append(batch: Batch): Promise<void>
  /** Takes away everything that is later than the checkpoint. */
  undo(checkpoint: Checkpoint): Promise<void>
  /** Makes the indexes unless they are there; a database is quick to read only then. */
  makeIndexes(): Promise<void>
}
