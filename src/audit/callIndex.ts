import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'

import { hexOf, type CredentialId, type Digest, type Hex, type LogId } from '../core/hex.ts'
import type { ReceiptKeyBinding, SealedLogHead, SignedBatch } from '../core/receipt.ts'
import { DamagedStoreError } from './storeErrors.ts'
import type { CallId } from '../core/callRecord.ts'

/** Version of the tables. */
const VERSION = 1

/** How far a log is sealed. */
export type LogRow = {
  /** Number of the log in the index. */
  number: number
  log: LogId
  credential: CredentialId
  epoch: number
  size: number
  /** Bytes of the log's file that count. */
  bytes: number
  /** Time of the last record, in Unix seconds. */
  time: number
  /** Calls that were served. */
  calls: number
  tokens: number
  root: Digest
}

/** How far a log was after some of its records: where to begin to read for a later one. */
export type Mark = Pick<LogRow, 'size' | 'bytes' | 'calls' | 'tokens'>

/** A batch as it was signed, and by which key. */
export type BatchRow = SignedBatch & Omit<ReceiptKeyBinding, 'operator'> & { signature: Hex }

/** What one batch adds: written as a whole or not at all. */
export type IndexedBatch = {
  logs: readonly (Omit<LogRow, 'number'> & { added: readonly CallId[]; marks: readonly Mark[] })[]
  /** Missing when the index is rebuilt. */
  batch?: BatchRow
}

/**
 * The index of a store in SQLite: which call stands in which log and where, how far each log is sealed, and the signed batches. A
 * batch's transaction is the moment at which it is sealed. Only the signatures are nowhere else; all the others can be read out of the logs.
 */
export class CallIndex {
  readonly #path: string
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  /** Opens the index in a file, or makes it. @throws {@link DamagedStoreError} */
  constructor(path: string) {
    this.#path = path
    // SQLite's own way to make a file would let others read it.
    closeSync(openSync(path, 'a', 0o600))
    this.#database = new DatabaseSync(path)
    this.#guarded(() => {
      this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA locking_mode = EXCLUSIVE')
      if (this.#version() === 0) this.#database.exec(TABLES)
      const version = this.#version()
      if (version !== VERSION) throw new DamagedStoreError(path, `its version is ${version}, not ${VERSION}`, 'index')
    })
  }

  /** The logs, in the order in which they began. */
  logs(): LogRow[] {
    return this.#guarded(() => this.#all('SELECT * FROM logs ORDER BY number').map(logRowOf))
  }

  /** A log by its id; undefined when the index has none. */
  log(id: LogId): LogRow | undefined {
    return this.#guarded(() => {
      const row = this.#row('SELECT * FROM logs WHERE log = ?', id)
      return row && logRowOf(row)
    })
  }

  /** In which log a call stands, and where; undefined when it is not sealed. */
  placeOf(call: CallId): { log: LogRow; place: number } | undefined {
    return this.#guarded(() => {
      const row = this.#row('SELECT log, place FROM calls WHERE call = ?', bytesOf(call))
      if (!row) return undefined
      const log = this.#row('SELECT * FROM logs WHERE number = ?', row.log as number)
      if (!log) throw new DamagedStoreError(this.#path, `it has call ${call} in a log that it does not have`, 'index')
      return { log: logRowOf(log), place: row.place as number }
    })
  }

  /** Those of the calls that are sealed, by one question for all. */
  sealedAmong(calls: readonly CallId[]): CallId[] {
    const sql =
      "SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM calls WHERE calls.call = unhex(json_each.value, '-'))"
    return this.#guarded(() => this.#all(sql, JSON.stringify(calls)).map(({ value }) => value as CallId))
  }

  /** The last mark at or before a size. */
  markBefore(log: LogRow, size: number): Mark {
    return this.#guarded(() => {
      const sql = 'SELECT size, bytes, calls, tokens FROM marks WHERE log = ? AND size <= ? ORDER BY size DESC LIMIT 1'
      const row = this.#row(sql, log.number, size)
      if (!row) throw new DamagedStoreError(this.#path, `it does not say where log ${log.log} begins`, 'index')
      return row as Mark
    })
  }

  /** The batch in which a record was sealed, with the heads of all of its logs in order; undefined when it was not signed. */
  batchOf(log: LogRow, place: number): { batch: BatchRow; heads: SealedLogHead[]; place: number } | undefined {
    return this.#guarded(() => {
      const sql = 'SELECT batch, place FROM heads WHERE log = ? AND size > ? ORDER BY size LIMIT 1'
      const head = this.#row(sql, log.number, place)
      if (!head) return undefined
      const batch = this.#row('SELECT * FROM batches JOIN keys USING (key) WHERE batch = ?', head.batch as number)!
      const heads = this.#all(
        'SELECT logs.log, heads.size, heads.root FROM heads JOIN logs ON logs.number = heads.log WHERE batch = ? ORDER BY place',
        head.batch as number,
      )
      return {
        batch: batch as BatchRow,
        heads: heads.map(
          ({ log: id, size, root }) => ({ log: id, size, root: hexOf(root as Uint8Array) }) as SealedLogHead,
        ),
        place: head.place as number,
      }
    })
  }

  /** Writes what a batch adds, in one transaction that is on the disk when this returns. */
  add({ logs, batch }: IndexedBatch): void {
    this.#guarded(() => {
      this.#database.exec('BEGIN IMMEDIATE')
      try {
        if (batch) {
          const { key, from, binding } = batch
          this.#run('INSERT OR IGNORE INTO keys VALUES (?, ?, ?)', key, from, binding)
          const { operator, time, heads, headsRoot, signature } = batch
          const values = [batch.batch, operator, time, heads, headsRoot, key, signature]
          this.#run('INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?)', ...values)
        }
        for (const [place, each] of logs.entries()) {
          const { log, credential, epoch, size, bytes, time, calls, tokens, root } = each
          const [identity, progress] = [
            [log, credential, epoch],
            [size, bytes, time, calls, tokens, root],
          ]
          const { number } = this.#row(
            `INSERT INTO logs (log, credential, epoch, size, bytes, time, calls, tokens, root) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (log) DO UPDATE SET (size, bytes, time, calls, tokens, root) = (excluded.size, excluded.bytes, excluded.time,
            excluded.calls, excluded.tokens, excluded.root) RETURNING number`,
            ...identity,
            ...progress,
          ) as { number: number }
          const first = size - each.added.length
          this.#run(
            "INSERT INTO calls SELECT unhex(value, '-'), ?, ? + key FROM json_each(?)",
            number,
            first,
            JSON.stringify(each.added),
          )
          for (const mark of each.marks) {
            this.#run(
              'INSERT INTO marks VALUES (?, ?, ?, ?, ?)',
              number,
              mark.size,
              mark.bytes,
              mark.calls,
              mark.tokens,
            )
          }
          if (batch)
            this.#run(
              'INSERT INTO heads VALUES (?, ?, ?, ?, ?)',
              number,
              size,
              Buffer.from(root.slice(2), 'hex'),
              batch.batch,
              place,
            )
        }
        this.#database.exec('COMMIT')
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
        throw error
      }
    })
  }

  close(): void {
    this.#database.close()
  }

  #guarded<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      const { errcode, message } = error as Error & { errcode?: number }
      if (errcode !== undefined && DAMAGED.has(errcode % 256)) {
        throw new DamagedStoreError(this.#path, `SQLite says "${message}"`, 'index', error)
      }
      throw error
    }
  }

  #version(): number {
    return this.#database.prepare('PRAGMA user_version').get()!.user_version as number
  }

  #row(sql: string, ...values: (string | number | Uint8Array)[]): Record<string, unknown> | undefined {
    return this.#statement(sql).get(...values)
  }

  #all(sql: string, ...values: (string | number)[]): Record<string, unknown>[] {
    return this.#statement(sql).all(...values)
  }

  #run(sql: string, ...values: (string | number | Uint8Array)[]): void {
    this.#statement(sql).run(...values)
  }

  #statement(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const DAMAGED = new Set([11, 26])

const TABLES = `
BEGIN;
CREATE TABLE logs (number INTEGER PRIMARY KEY, log TEXT NOT NULL UNIQUE, credential TEXT NOT NULL, epoch INTEGER NOT NULL,
  size INTEGER NOT NULL, bytes INTEGER NOT NULL, time INTEGER NOT NULL, calls INTEGER NOT NULL, tokens INTEGER NOT NULL, root TEXT NOT NULL) STRICT;
CREATE TABLE calls (call BLOB PRIMARY KEY, log INTEGER NOT NULL, place INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE marks (log INTEGER, size INTEGER, bytes INTEGER NOT NULL, calls INTEGER NOT NULL, tokens INTEGER NOT NULL,
  PRIMARY KEY (log, size)) STRICT, WITHOUT ROWID;
CREATE TABLE keys (key TEXT PRIMARY KEY, "from" INTEGER NOT NULL, binding TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE batches (batch INTEGER PRIMARY KEY, operator TEXT NOT NULL, time INTEGER NOT NULL, heads INTEGER NOT NULL,
  headsRoot TEXT NOT NULL, key TEXT NOT NULL, signature TEXT NOT NULL) STRICT;
CREATE TABLE heads (log INTEGER, size INTEGER, root BLOB NOT NULL, batch INTEGER NOT NULL, place INTEGER NOT NULL,
  PRIMARY KEY (log, size)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX heads_of_batch ON heads (batch, place);
PRAGMA user_version = ${VERSION};
COMMIT;
`

function logRowOf(row: Record<string, unknown>): LogRow {
  return { ...row } as LogRow
}

/** The 16 bytes of a call's id. */
function bytesOf(call: CallId): Uint8Array {
  return Buffer.from(call.replaceAll('-', ''), 'hex')
}
