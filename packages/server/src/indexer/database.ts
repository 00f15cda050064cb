import { StemmaError } from 'stemma/core'

/** Which SQL a database speaks. */
export type Dialect = 'sqlite' | 'postgres'

/** What can be bound to a parameter. Bytes are ids, digests and addresses. */
export type Parameter = number | bigint | string | Uint8Array | null
/** A row by the names of its columns. Integers come as numbers, bytes as `Uint8Array`. */
export type Row = Readonly<Record<string, number | string | Uint8Array | null>>

/**
 * A database to read from. Parameters are written `$1`, `$2`, … in both dialects. What is asked within {@link Database.snapshot}
 * is true at one block.
 */
export type Database = {
  readonly dialect: Dialect
  /** The rows that a query gives. @throws {@link DatabaseError} */
  all(sql: string, parameters?: readonly Parameter[]): Promise<Row[]>
  /** Runs several queries on one state of the database, while the indexer may go on. */
  snapshot<T>(run: (database: Pick<Database, 'dialect' | 'all'>) => Promise<T>): Promise<T>
  /** Lets go of the database. */
  close(): Promise<void>
}

/** Thrown when a database cannot be reached, is full, or refuses. */
export class DatabaseError extends StemmaError {
  override name = 'DatabaseError'
  override readonly kind = 'unavailable'
  /** Whether the same may succeed later: the server is away, the disk is full, or another process is writing. */
  readonly isTransient: boolean
  constructor(message: string, options: { cause: unknown; isTransient: boolean }) {
    super('DATABASE', message, options)
    this.isTransient = options.isTransient
  }
}
