import { randomBytes } from 'node:crypto'

import { type Address, type ChainId, type Hex, StemmaError } from 'stemma/core'
import type { Parameter, Row } from './database.ts'
import { readRow } from './rows.ts'
import { SCHEMA_VERSION, type TableName, type TABLES } from './schema.ts'
import { INDEX_STATES } from './tables/chain.ts'

/** Tables whose rows have a key `n` that stands for an id or an account. */
export type KeyedTable = { [T in TableName]: (typeof TABLES)[T] extends { natural: string } ? T : never }[TableName]

/** A value of a row: bytes are lower-case hex strings, integers are numbers. */
export type Value = number | string | null
/** Rows by table, each with its values in the order of the table's columns. */
export type Rows = { [T in TableName]?: Value[][] }

/** Which ledger a database is of, and the first block that can hold one of its events (0 when left out). */
export type Identity = { chainId: ChainId; ledger: Address; firstBlock?: number }

/** By what an index knows its chain and its deployment again; null where the node did not say so yet. */
export type ChainMarks = {
  /** The hash of block 0. */
  genesis: Hex | null
  /** The number of the first block that was read. */
  firstBlock: number
  /** The hash of the first block, once it is final. */
  firstHash: Hex | null
  /** The keccak-256 of the ledger's code. */
  codeHash: Hex | null
  /** Whether the index is of the chain that the node had last. */
  state: (typeof INDEX_STATES)[number]
}

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
   * reconnects if necessary. With `rebuild` it drops the tables of this ledger first, in the same transaction.
   *
   * @returns how far the database is; undefined when it is empty
   * @throws {@link DatabaseLockedError} when another indexer writes to it
   * @throws {@link ForeignDatabaseError} when it holds another ledger or has another version of the schema
   */
  start(identity: Identity, rebuild?: boolean): Promise<IndexCheckpoint | undefined>
  /** By what the index knows its chain. */
  marks(): Promise<ChainMarks>
  /** Keeps by what the index knows its chain. */
  mark(marks: ChainMarks): Promise<void>
  /** The keys of some ids or accounts; unknown ones are left out. */
  keysOf(table: KeyedTable, naturals: readonly string[]): Promise<Map<string, number>>
  /** The highest key of a table, 0 when it is empty. */
  lastKey(table: KeyedTable): Promise<number>
  /** The rows of a table in which a column has one of some keys, in the order of its primary key. */
  rowsOf(table: TableName, column: string, keys: readonly number[]): Promise<Row[]>
  /** The hashes of the blocks that may be replaced, newest first. */
  heads(): Promise<{ number: number; hash: Hex }[]>
  /** The newest block with events up to one; undefined when there is none. */
  newestEventBlock(upTo: number): Promise<{ number: number; hash: Hex } | undefined>
  /** Adds the rows of a batch. */
  append(batch: RowBatch): Promise<void>
  /** Deletes everything that is later than the checkpoint. */
  undo(checkpoint: IndexCheckpoint): Promise<void>
  /** Creates missing indexes. Only then is the database fast to read. */
  makeIndexes(): Promise<void>
  /** Closes the database and releases the lock. */
  close(): Promise<void>
}

/**
 * Checks that tables with our names are ours, by the names of those that a database has.
 *
 * @throws {@link ForeignDatabaseError}
 */
export function checkTables(present: readonly string[]): void {
  if (present.length === 0 || present.includes('checkpoint')) return
  throw new ForeignDatabaseError(
    `has a table "${present[0]}" that is not of an index. Name another database with --database, or in PostgreSQL a schema with --schema`,
  )
}

/** Checks that a database holds a ledger. @throws {@link ForeignDatabaseError} */
export function checkLedger({ version, chain_id, ledger }: Row, identity: Identity): void {
  if (typeof version !== 'number' || !(ledger instanceof Uint8Array)) {
    throw new ForeignDatabaseError('has a table "checkpoint" that is not of an index. Name another with --database')
  }
  const actual = `0x${Buffer.from(ledger).toString('hex')}`
  if (String(chain_id) !== String(identity.chainId) || actual !== identity.ledger) {
    throw new ForeignDatabaseError(
      `holds the ledger ${actual} on chain ${chain_id}, not ${identity.ledger} on chain ${identity.chainId}. Name another with --database, or delete it; it is rebuilt from the chain`,
    )
  }
}

/**
 * Checks that a database holds a ledger from its first block on, in this version of the schema.
 *
 * @throws {@link ForeignDatabaseError}
 */
export function checkIdentity(row: Row, identity: Identity): void {
  if (row.version !== SCHEMA_VERSION) {
    throw new ForeignDatabaseError(
      `has version ${row.version} of the schema, not ${SCHEMA_VERSION}. Name another with --database, or rebuild it with --rebuild`,
    )
  }
  checkLedger(row, identity)
  const { first_block } = row
  if ((identity.firstBlock ?? 0) < (first_block as number)) {
    throw new ForeignDatabaseError(
      `begins at block ${first_block}, and the deployment at block ${identity.firstBlock ?? 0}. Rebuild it with --rebuild, or name another with --database`,
    )
  }
}

/** The statement that makes the row of an empty index, with its parameters. */
export function firstCheckpoint(identity: Identity): { sql: string; parameters: Parameter[] } {
  const row: Record<string, Parameter> = {
    n: 1,
    version: SCHEMA_VERSION,
    identity: randomBytes(16),
    state: INDEX_STATES.indexOf('following'),
    chain_id: String(identity.chainId),
    ledger: Buffer.from(identity.ledger.slice(2), 'hex'),
    first_block: identity.firstBlock ?? 0,
    block: -1,
    hash: Buffer.alloc(32),
    time: 0,
    finalized: -1,
    head: -1,
    indexed: 0,
  }
  const names = Object.keys(row)
  const places = names.map((_, at) => `$${at + 1}`)
  return {
    sql: `INSERT INTO checkpoint (${names.join(', ')}) VALUES (${places.join(', ')})`,
    parameters: Object.values(row),
  }
}

/** The query for the newest block with events up to one (`$1`), on the table of blocks. */
export function newestEventBlock(blocks: string): string {
  return `SELECT number, hash FROM ${blocks} WHERE number <= $1 ORDER BY number DESC LIMIT 1`
}

/** Reads from the row of the checkpoint by what the index knows its chain. */
export function marksOf(row: Row): ChainMarks {
  const { genesis, firstBlock, firstHash, codeHash, state } = readRow('checkpoint', row)
  return { genesis, firstBlock, firstHash, codeHash, state }
}

/** The statement that keeps by what an index knows its chain, with its parameters. */
export function markStatement(marks: ChainMarks): { sql: string; parameters: Parameter[] } {
  const bytes = (hex: Hex | null): Parameter => hex && Buffer.from(hex.slice(2), 'hex')
  const { genesis, firstBlock, firstHash, codeHash, state } = marks
  return {
    sql: 'UPDATE checkpoint SET genesis = $1, first_block = $2, first_hash = $3, code_hash = $4, state = $5',
    parameters: [bytes(genesis), firstBlock, bytes(firstHash), bytes(codeHash), INDEX_STATES.indexOf(state)],
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
    super('FOREIGN_DATABASE', `The database ${what}.`)
  }
}

/** Thrown when the node has another chain than the index: it was restarted, or is another one with the same id. */
export class ForeignIndexError extends StemmaError {
  override name = 'ForeignIndexError'
  override readonly kind = 'unavailable'
  constructor(what: string) {
    super(
      'FOREIGN_INDEX',
      `This index is of another chain: rebuild it with --rebuild, or name the node of its chain by --rpc. The chain was restarted or is another one with the same id: ${what}.`,
    )
  }
}
