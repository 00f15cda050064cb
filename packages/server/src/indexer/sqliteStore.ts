import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

import { DatabaseError, type Row } from './database.ts'
import { COLUMNS } from './rows.ts'
import { TABLES, TABLE_NAMES, type TableName } from './schema.ts'
import { numbered } from './sqlite.ts'
import { BUSY, checkFile, codeOf, guarded, realPath } from './sqliteErrors.ts'
import { dropStatements, indexStatements, tableStatements, undoStatements } from './statements.ts'
import type { Table } from './tables/columns.ts'
import {
  checkIdentity,
  checkLedger,
  checkpointOf,
  checkTables,
  DatabaseLockedError,
  firstCheckpoint,
  marksOf,
  markStatement,
  newestEventBlock,
  type IndexCheckpoint,
  type Identity,
  type Store,
  type Value,
} from './store.ts'
import { upgradeStatements } from './upgrades.ts'

/** Opens a SQLite database to write to, and creates the file if it does not exist. */
export function createSqliteStore(path: string): Store {
  let open: Opened | undefined
  let lock: DatabaseSync | undefined

  const opened = (): Opened => {
    if (!open || statSync(path, { throwIfNoEntry: false })?.ino !== open.inode) {
      throw new DatabaseError(`The database ${path} has disappeared.`, { cause: undefined, isTransient: true })
    }
    return open
  }
  /** Runs changes in one transaction. */
  const transact = (run: (opened: Opened) => void): void =>
    guarded(path, () => {
      const it = opened()
      it.database.exec('BEGIN IMMEDIATE')
      try {
        run(it)
        it.database.exec('COMMIT')
      } catch (error) {
        // A full disk has already ended the transaction.
        if (it.database.isTransaction) it.database.exec('ROLLBACK')
        throw error
      }
    })

  return {
    async start(identity, rebuild = false) {
      return guarded(path, () => {
        mkdirSync(dirname(path), { recursive: true })
        const real = realPath(path)
        if (statSync(real, { throwIfNoEntry: false })) checkFile(path)
        lock ??= takeLock(real, path)
        if (open && statSync(path, { throwIfNoEntry: false })?.ino !== open.inode) {
          open.database.close()
          open = undefined
        }
        open ??= openForWriting(real)
        return checkpointIn(open.database, identity, rebuild)
      })
    },
    async marks() {
      return guarded(path, () => marksOf(opened().prepare('SELECT * FROM checkpoint').get() as Row))
    },
    async mark(marks) {
      const { sql, parameters } = markStatement(marks)
      transact((it) => void it.prepare(numbered(sql)).run(...(parameters as SQLInputValue[])))
    },
    async keysOf(table, naturals) {
      return guarded(path, () => {
        const { natural } = TABLES[table]
        const statement = opened().prepare(`SELECT n FROM ${table} WHERE ${natural} = ?`)
        const found = new Map<string, number>()
        for (const value of naturals) {
          const row = statement.get(toBytes(value))
          if (row) found.set(value, row.n as number)
        }
        return found
      })
    },
    async lastKey(table) {
      return guarded(path, () => opened().prepare(`SELECT coalesce(max(n), 0) AS n FROM ${table}`).get()!.n as number)
    },
    async rowsOf(table, column, keys) {
      return guarded(path, () => {
        const order = TABLES[table].primaryKey.join(', ')
        const statement = opened().prepare(`SELECT * FROM ${table} WHERE ${column} = ? ORDER BY ${order}`)
        return keys.flatMap((key) => statement.all(key) as Row[])
      })
    },
    async heads() {
      return guarded(path, () =>
        opened()
          .prepare('SELECT number, hash FROM heads ORDER BY number DESC')
          .all()
          .map(({ number, hash }) => ({ number: number as number, hash: toHex(hash as Uint8Array) })),
      )
    },
    async newestEventBlock(upTo) {
      return guarded(path, () => {
        const row = opened()
          .prepare(numbered(newestEventBlock('blocks')))
          .get(upTo)
        return row && { number: row.number as number, hash: toHex(row.hash as Uint8Array) }
      })
    },
    async append({ rows, checkpoint }) {
      transact((it) => {
        for (const table of TABLE_NAMES) it.insert(table, rows[table] ?? [])
        writeCheckpoint(it, checkpoint)
      })
    },
    async undo(checkpoint) {
      transact((it) => {
        for (const statement of undoStatements()) it.prepare(numbered(statement)).run(checkpoint.block)
        writeCheckpoint(it, checkpoint)
      })
    },
    async makeIndexes() {
      transact((it) => {
        for (const statement of indexStatements()) it.database.exec(statement)
        it.database.exec('UPDATE checkpoint SET indexed = 1')
      })
      guarded(path, () => opened().database.exec('PRAGMA optimize'))
    },
    async close() {
      open?.database.close()
      lock?.close()
      open = lock = undefined
    },
  }
}

type Opened = {
  database: DatabaseSync
  /** The number of the file, which shows whether another file has replaced it. */
  inode: number
  prepare(sql: string): StatementSync
  insert(table: TableName, rows: readonly Value[][]): void
}

/** Takes the lock: a transaction in a database beside the file, which ends with the process however that ends. */
function takeLock(real: string, path: string): DatabaseSync {
  const database = new DatabaseSync(`${real}-lock`, { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
    return database
  } catch (error) {
    database.close()
    if (codeOf(error) === BUSY) throw new DatabaseLockedError(path)
    throw error
  }
}

function openForWriting(path: string): Opened {
  // The journal of a database that was deleted is not one of the database that is made at its place.
  if (!existsSync(path)) for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
  const database = new DatabaseSync(path, { timeout: 5000 })
  try {
    // A crash of the machine may lose whole transactions, never a part of one. The indexer reads them from the node again.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32768')
    database.exec('PRAGMA wal_autocheckpoint = 8000; PRAGMA journal_size_limit = 67108864')
  } catch (error) {
    database.close()
    throw error
  }
  const statements = new Map<string, StatementSync>()
  const prepare = (sql: string): StatementSync => {
    let statement = statements.get(sql)
    if (!statement) statements.set(sql, (statement = database.prepare(sql)))
    return statement
  }
  return { database, inode: statSync(path).ino, prepare, insert: (table, rows) => insertRows(prepare, table, rows) }
}

/** Rows of one INSERT: a call costs more than a row. */
const CHUNK = 32

function insertRows(prepare: Opened['prepare'], table: TableName, rows: readonly Value[][]): void {
  const columns = COLUMNS[table]
  const isBytes = columns.map((column) => (TABLES[table] as Table).columns[column]!.type === 'bytes')
  const width = columns.length
  const one = `(${columns.map(() => '?').join(', ')})`
  const into = `INSERT INTO ${table} (${columns.join(', ')}) VALUES `
  const last: string[] = []
  const bytes: Uint8Array[] = []
  for (let from = 0; from < rows.length;) {
    const count = rows.length - from >= CHUNK ? CHUNK : 1
    const values: SQLInputValue[] = []
    for (let row = 0; row < count; row++) {
      const cells = rows[from + row]!
      for (let column = 0; column < width; column++) {
        const value = cells[column]!
        if (isBytes[column] && value !== null) {
          // Neighbors often share a value: a transaction, a digest of datasets.
          if (value !== last[column]) bytes[column] = toBytes((last[column] = value as string))
          values.push(bytes[column]!)
        } else values.push(value)
      }
    }
    prepare(into + (count === 1 ? one : Array.from({ length: count }, () => one).join(', '))).run(...values)
    from += count
  }
}

function checkpointIn(database: DatabaseSync, identity: Identity, rebuild: boolean): IndexCheckpoint | undefined {
  const read = (): Row | undefined => database.prepare('SELECT * FROM checkpoint').get() as Row | undefined
  database.exec('BEGIN IMMEDIATE')
  try {
    const present = presentTables(database)
    checkTables(present)
    const old = present.includes('checkpoint') ? read() : undefined
    if (old) checkLedger(old, identity)
    if (rebuild) for (const statement of dropStatements()) database.exec(statement)
    else if (old) {
      for (const { sql, parameters = [] } of upgradeStatements('sqlite', old, identity)) {
        database.prepare(numbered(sql)).run(...(parameters as SQLInputValue[]))
      }
    }
    for (const statement of tableStatements('sqlite')) database.exec(statement)
    if (!read()) {
      const { sql, parameters } = firstCheckpoint(identity)
      database.prepare(numbered(sql)).run(...(parameters as SQLInputValue[]))
    }
    // SQLite opens a file that may only be read too, and fails at the first write: here rather than at a block.
    database.exec('UPDATE checkpoint SET version = version')
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
  const row = read()!
  checkIdentity(row, identity)
  return row.block === -1 ? undefined : checkpointOf(row)
}

/** The tables of a database that have one of our names. */
function presentTables(database: DatabaseSync): string[] {
  const names = database.prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')").all()
  const ours: readonly string[] = TABLE_NAMES
  return names.map(({ name }) => name as string).filter((name) => ours.includes(name))
}

function writeCheckpoint(it: Opened, { block, hash, time, finalized, head }: IndexCheckpoint): void {
  it.prepare('UPDATE checkpoint SET block = ?, hash = ?, time = ?, finalized = ?, head = ?').run(
    block,
    toBytes(hash),
    time,
    finalized,
    head,
  )
  it.prepare('DELETE FROM heads WHERE number < ?').run(finalized)
}

function toBytes(hex: string): Uint8Array {
  return Buffer.from(hex.slice(2), 'hex')
}

function toHex(bytes: Uint8Array): `0x${string}` {
  return `0x${Buffer.from(bytes).toString('hex')}`
}
