import { StemmaError } from 'stemma/core'

/** The SQL dialect of a database. */
export type Dialect = 'sqlite' | 'postgres'

/** A value for a parameter. Bytes are ids, digests and addresses. */
export type Parameter = number | bigint | string | Uint8Array | null
/** A row by the names of its columns, with integers as numbers and bytes as `Uint8Array`. */
export type Row = Readonly<Record<string, number | string | Uint8Array | null>>

/**
 * How far a replica is behind the server that it copies, in seconds; 0 when it has all that it received and still receives. A
 * replica that replayed nothing yet is `Infinity` behind.
 */
export type ReplicaState = { lag: number; isPaused: boolean }

/**
 * A database to read from. Parameters are written `$1`, `$2`, … in both dialects. All queries within one
 * {@link Database.snapshot} see the ledger at one block.
 */
export type Database = {
  readonly dialect: Dialect
  /** What opens it in another thread: a path, or `postgres://…`; undefined when it cannot be opened twice. */
  readonly where?: string
  /** Runs a query and returns its rows. @throws {@link DatabaseError} */
  all(sql: string, parameters?: readonly Parameter[]): Promise<Row[]>
  /**
   * Runs several queries on one state of the database, while the indexer may continue.
   *
   * @param first a query without parameters that `run` will ask: it is sent with the beginning, so that it takes no round trip of its own
   */
  snapshot<T>(run: (database: Pick<Database, 'dialect' | 'all'>) => Promise<T>, first?: string): Promise<T>
  /** How far the database is behind the one that it copies; undefined when it is not a replica. @throws {@link DatabaseError} */
  replica(): Promise<ReplicaState | undefined>
  /** Closes the database. */
  close(): Promise<void>
}

/** Thrown when a database cannot be reached, is full, or refuses a statement. */
export class DatabaseError extends StemmaError {
  override name = 'DatabaseError'
  override readonly kind = 'unavailable'
  /** Whether a retry may succeed: the server is away, the disk is full, or another process is writing. */
  readonly isTransient: boolean
  /** Whether tables were dropped or made again while they were read: a new snapshot may succeed. */
  readonly isReplaced: boolean
  constructor(message: string, options: { cause: unknown; isTransient: boolean; isReplaced?: boolean }) {
    super('DATABASE', message, options)
    this.isTransient = options.isTransient
    this.isReplaced = options.isReplaced ?? false
  }
}

/** Thrown when the name of a database is neither that of a file nor a PostgreSQL URL. */
export class InvalidDatabaseError extends StemmaError {
  override name = 'InvalidDatabaseError'
  constructor(why: string) {
    super('INVALID_DATABASE', `${why} Name a file, or postgres://user:password@host:5432/database.`)
  }
}

/** Thrown when a database keeps texts in an encoding that lacks letters, such as LATIN1, or in none. */
export class DatabaseEncodingError extends StemmaError {
  override name = 'DatabaseEncodingError'
  constructor(where: string, encoding: string) {
    super(
      'DATABASE_ENCODING',
      `The database ${where} has the encoding ${encoding}, and the ledger has texts in all languages. Make a database with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and index into that.`,
    )
  }
}
