import { type Address, type Hex, StemmaError } from 'stemma/core'
import type { Row } from './database.ts'
import { SCHEMA_VERSION, type TableName, type TABLES } from './schema.ts'

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
 * A database that one indexer writes, and anybody may read at the same time. What it holds is always the state of the ledger at
 * the checkpoint: rows and checkpoint change in one transaction. A call that fails has changed nothing, or, if the connection was
 * lost at the very end, everything: {@link Store.start} says which.
 *
 * Every method throws {@link DatabaseError} when the database cannot be used.
 */
export type Store = {
  /**
   * Makes the tables unless they are there, and keeps every other indexer out until {@link Store.close}. After a failure it is
   * called again: it connects anew, where need be.
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
  /** The rows of a table in which a column has one of some keys, in the order of its primary key. */
  rowsOf(table: TableName, column: string, keys: readonly number[]): Promise<Row[]>
  /** The hashes of the blocks that may still be undone, newest first. */
  heads(): Promise<{ number: number; hash: Hex }[]>
  /** Adds the rows of a batch. */
  append(batch: Batch): Promise<void>
  /** Takes away everything that is later than the checkpoint. */
  undo(checkpoint: Checkpoint): Promise<void>
  /** Makes the indexes unless they are there; a database is quick to read only then. */
  makeIndexes(): Promise<void>
  /** Lets go of the database, and of the lock. */
  close(): Promise<void>
}

/** Checks that a database is of a ledger and of this schema. @throws {@link ForeignDatabaseError} */
export function checkIdentity(row: Row, identity: Identity): void {
  const { version, chain_id, ledger } = row
  if (version !== SCHEMA_VERSION)
    throw new ForeignDatabaseError(`has version ${version} of the schema, not ${SCHEMA_VERSION}`)
  const actual = `0x${Buffer.from(ledger as Uint8Array).toString('hex')}`
  if (chain_id !== identity.chainId || actual !== identity.ledger) {
    throw new ForeignDatabaseError(
      `is of the ledger ${actual} on chain ${chain_id}, not of ${identity.ledger} on chain ${identity.chainId}`,
    )
  }
}

/** The checkpoint in its row. */
export function checkpointOf({ block, hash, time, finalized, head }: Row): Checkpoint {
  return {
    block: block as number,
    hash: `0x${Buffer.from(hash as Uint8Array).toString('hex')}`,
    time: time as number,
    finalized: finalized as number,
    head: head as number,
  }
}

/** Thrown when another indexer writes to the database. */
export class DatabaseLockedError extends StemmaError {
  override name = 'DatabaseLockedError'
  override readonly kind = 'refused'
  constructor(where: string) {
    super('DATABASE_LOCKED', `Another indexer writes to the database ${where}. Stop it, or name another by --database.`)
  }
}

/** Thrown when a database is of another ledger than the one that is to be indexed, or of another version of Stemma. */
export class ForeignDatabaseError extends StemmaError {
  override name = 'ForeignDatabaseError'
  constructor(what: string) {
    super(
      'FOREIGN_DATABASE',
      `The database ${what}. Name another by --database, or delete it: it is built anew from the chain.`,
    )
  }
}
