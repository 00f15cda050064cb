import { StemmaError } from 'stemma/core'

/** The SQL dialect of a database. */
export type Dialect = 'sqlite' | 'postgres'

/** A value for a parameter. Bytes are ids, digests and addresses. */
export type Parameter = number | bigint | string | Uint8Array | null
/** A row by the names of its columns, with integers as numbers and bytes as `Uint8Array`. */
export type Row = Readonly<Record<string, number | string | Uint8Array | null>>

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
  /** Runs several queries on one state of the database, while the indexer may continue. */
  snapshot<T>(run: (database: Pick<Database, 'dialect' | 'all'>) => Promise<T>): Promise<T>
  /** Closes the database. */
  close(): Promise<void>
}

/** Thrown when a database cannot be reached, is full, or refuses a statement. */
export class DatabaseError extends StemmaError {
  override name = 'DatabaseError'
  override readonly kind = 'unavailable'
  /** Whether a retry may succeed: the server is away, the disk is full, or another process is writing. */
  readonly isTransient: boolean
  constructor(message: string, options: { cause: unknown; isTransient: boolean }) {
    super('DATABASE', message, options)
    this.isTransient = options.isTransient
  }
}
