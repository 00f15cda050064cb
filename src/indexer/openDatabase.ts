import { resolve } from 'node:path'

import type { Database } from './database.ts'
import { openPostgresDatabase, placeOf } from './postgres.ts'
import { openSqliteDatabase } from './sqlite.ts'
import type { Store } from './store.ts'
import { createThreadedStore } from './threadedStore.ts'

/** Whether a database is named by an URL of PostgreSQL, rather than by the path of a file of SQLite. */
export function isPostgresUrl(where: string): boolean {
  return /^postgres(ql)?:\/\//i.test(where)
}

/** Opens a database to read from: a path, or `postgres://…`. */
export function openDatabase(where: string): Database {
  return isPostgresUrl(where) ? openPostgresDatabase(where) : openSqliteDatabase(resolve(where))
}

/** A database to write to: a path, or `postgres://…`. Nothing is opened before it is started. */
export function createStore(where: string): Store {
  if (isPostgresUrl(where)) return createThreadedStore('postgres', where, placeOf(where))
  const path = resolve(where)
  return createThreadedStore('sqlite', path, path)
}
