import { statSync, type Stats } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'

import { DatabaseError, type Database, type Parameter, type Row } from './database.ts'
import { checkFile, CANTOPEN, codeOf, guarded } from './sqliteErrors.ts'

/**
 * Opens a SQLite database to read from. A file that was deleted or replaced since is opened again.
 *
 * @throws {@link DatabaseError} when it does not exist
 * @throws {@link InvalidDatabaseError} when it is not a file
 */
export function openSqliteDatabase(path: string): Database {
  let opened = guarded(path, () => openForReading(path))
  /** Whether the connection could not end a transaction, as when its file was cut off under it. */
  let isBroken = false
  const refresh = (): void =>
    guarded(path, () => {
      if (!isBroken && isSame(opened, path)) return
      const fresh = openForReading(path)
      opened.database.close()
      opened = fresh
      isBroken = false
    })
  const allNow = async (sql: string, parameters: readonly Parameter[] = []): Promise<Row[]> =>
    guarded(path, () => opened.prepare(sql).all(...(parameters as SQLInputValue[])) as Row[])
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const done = turn.then(run, run)
    turn = done.catch(() => undefined)
    return done
  }
  return {
    dialect: 'sqlite',
    all: (sql, parameters) =>
      inTurn(async () => {
        refresh()
        return allNow(sql, parameters)
      }),
    snapshot: (run) =>
      inTurn(async () => {
        refresh()
        guarded(path, () => opened.database.exec('BEGIN'))
        try {
          return await run({ dialect: 'sqlite', all: allNow })
        } finally {
          // It has written nothing. When even its end fails, what the run itself threw says more.
          if (!ended(opened.database)) isBroken = true
        }
      }),
    replica: async () => undefined,
    async close() {
      opened.database.close()
    },
  }
}

/** Ends the transaction of a connection, if there is one; false when that fails. */
function ended(database: DatabaseSync): boolean {
  try {
    if (database.isTransaction) database.exec('COMMIT')
    return true
  } catch {
    return false
  }
}

type Opened = {
  database: DatabaseSync
  /** The file when it was opened. */
  stats: Stats
  /** Whether SQLite takes the file for one that nobody changes. */
  isImmutable: boolean
  prepare(sql: string): StatementSync
}

function openForReading(path: string): Opened {
  const stats = checkFile(path)
  try {
    return opening(path, stats, path)
  } catch (error) {
    // A file in WAL mode needs one beside it, which cannot be made on a disk that is read-only. https://www.sqlite.org/wal.html#readonly
    const isReadOnly = codeOf(error) === CANTOPEN || codeOf(error) === READONLY
    if (!isReadOnly) throw error
    if (hasWal(path)) {
      const message = `The database ${path} cannot be used: its last changes are in ${path}-wal, and its folder is read-only. Open it once where it can be written to, by stemma-server index --once, and copy it then.`
      throw new DatabaseError(message, { cause: error, isTransient: false })
    }
    const url = pathToFileURL(path)
    url.search = '?immutable=1'
    return opening(url.href, stats, path)
  }
}

const READONLY = 8

function opening(where: string, stats: Stats, path: string): Opened {
  const database = new DatabaseSync(where, { readOnly: true, timeout: 5000 })
  try {
    database.exec('PRAGMA cache_size = -65536; PRAGMA mmap_size = 1073741824')
    // Only a query opens the files.
    database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get()
  } catch (error) {
    database.close()
    throw error
  }
  const statements = new Map<string, StatementSync>()
  return {
    database,
    stats,
    isImmutable: where !== path,
    prepare(sql) {
      let statement = statements.get(sql)
      if (!statement) statements.set(sql, (statement = database.prepare(numbered(sql))))
      return statement
    },
  }
}

/** Whether a path still leads to the file that was opened, and what SQLite believes of it still holds. */
function isSame({ stats, isImmutable }: Opened, path: string): boolean {
  const now = statSync(path, { throwIfNoEntry: false })
  if (!now || now.ino !== stats.ino || now.dev !== stats.dev) return false
  return !isImmutable || (now.mtimeMs === stats.mtimeMs && now.size === stats.size && !hasWal(path))
}

function hasWal(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
}

/** SQLite writes numbered parameters as `?1`. */
export function numbered(sql: string): string {
  return sql.replaceAll(/\$(\d+)/g, '?$1')
}
