import { type Address, type Hex, StemmaError } from 'stemma/core'
import type { Row } from './database.ts'
import { SCHEMA_VERSION, type TableName, type TABLES } from './schema.ts'

/** Tables whose rows have a key `n` that stands for an id or an account. */
export type KeyedTable = { [T in TableName]: (typeof TABLES)[T] extends { natural: string } ? T : never }[TableName]

/** A value of a row: bytes are lower-case hex strings, integers are numbers. */
export type Value = number | string | null
/** Rows by table, each with its values in the order of the table's columns. */
export type Rows = { [T in TableName]?: Value[][] }

/** Which ledger a database is of. */
export type Identity = { chainId: number; ledger: Address }

/** How far a database is. */
export type IndexCheckpoint = {
  /** The last block that is indexed completely. */
  block: number
  hash: Hex
  /** Its time, in Unix seconds. */
  time: number
  /** The newest block that cannot be replaced. */
  finalized: number
  /** The newest block that the node had. */
  head: number
}

/** Rows and the checkpoint after them, which are written in one transaction. */
export type RowBatch = { rows: Rows; checkpoint: IndexCheckpoint }

/**
 * A database that one indexer writes and others read at the same time. It always holds the state of the ledger at the
 * checkpoint, because rows and checkpoint change in one transaction. A call that fails has changed nothing, or everything if
 * the connection was lost at the very end; {@link Store.start} tells which.
 *
 * Every method throws {@link DatabaseError} when the database cannot be used.
 */
export type Store = {
  /**
   * Creates missing tables, and locks out other indexers until {@link Store.close}. After a failure it is called again, and
   * reconnects if necessary.
   *
   * @returns how far the database is; undefined when it is empty
   * @throws {@link DatabaseLockedError} when another indexer writes to it
   * @throws {@link ForeignDatabaseError} when it holds another ledger or has another version of the schema
   */
  start(identity: Identity): Promise<IndexCheckpoint | undefined>
  /** The keys of some ids or accounts; unknown ones are left out. */
  keysOf(table: KeyedTable, naturals: readonly string[]): Promise<Map<string, number>>
  /** The highest key of a table, 0 when it is empty. */
  lastKey(table: KeyedTable): Promise<number>
  /** The rows of a table in which a column has one of some keys, in the order of its primary key. */
  rowsOf(table: TableName, column: string, keys: readonly number[]): Promise<Row[]>
  /** The hashes of the blocks that may be replaced, newest first. */
  heads(): Promise<{ number: number; hash: Hex }[]>
  /** Adds the rows of a batch. */
  append(batch: RowBatch): Promise<void>
  /** Deletes everything that is later than the checkpoint. */
  undo(checkpoint: IndexCheckpoint): Promise<void>
  /** Creates missing indexes. Only then is the database fast to read. */
  makeIndexes(): Promise<void>
  /** Closes the database and releases the lock. */
  close(): Promise<void>
}

/** Checks that a database holds a ledger in this version of the schema. @throws {@link ForeignDatabaseError} */
export function checkIdentity(row: Row, identity: Identity): void {
  const { version, chain_id, ledger } = row
  if (version !== SCHEMA_VERSION)
    throw new ForeignDatabaseError(`has version ${version} of the schema, not ${SCHEMA_VERSION}`)
  const actual = `0x${Buffer.from(ledger as Uint8Array).toString('hex')}`
  if (chain_id !== identity.chainId || actual !== identity.ledger) {
    throw new ForeignDatabaseError(
      `holds the ledger ${actual} on chain ${chain_id}, not ${identity.ledger} on chain ${identity.chainId}`,
    )
  }
}

/** Reads the checkpoint from its row. */
export function checkpointOf({ block, hash, time, finalized, head }: Row): IndexCheckpoint {
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
    super(
      'DATABASE_LOCKED',
      `Another indexer writes to the database ${where}. Stop it, or name another database with --database.`,
    )
  }
}

/** Thrown when a database holds another ledger, or was made by another version of Stemma. */
export class ForeignDatabaseError extends StemmaError {
  override name = 'ForeignDatabaseError'
  constructor(what: string) {
    super(
      'FOREIGN_DATABASE',
      `The database ${what}. Name another with --database, or delete it; it is rebuilt from the chain.`,
    )
  }
}
