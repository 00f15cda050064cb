import { resolve } from 'node:path'

import { InvalidDatabaseError, type Database } from './database.ts'
import { openPostgresDatabase } from './postgres.ts'
import { isPostgresUrl, postgresPlace } from './postgresPlace.ts'
import { openSqliteDatabase } from './sqlite.ts'
import type { Store } from './store.ts'
import { createThreadedStore } from './threadedStore.ts'

/** Opens a database to read from: a path, or `postgres://…`. @throws {@link InvalidDatabaseError} */
export function openDatabase(where: string): Database {
  const place = resolveDatabase(where)
  return { ...(isPostgresUrl(place) ? openPostgresDatabase(place) : openSqliteDatabase(place)), where: place }
}

/**
 * Makes the store over a database: a path, or `postgres://…`. Nothing is opened before the store starts.
 *
 * @throws {@link InvalidDatabaseError}
 */
export function createStore(where: string): Store {
  const place = resolveDatabase(where)
  return isPostgresUrl(place)
    ? createThreadedStore('postgres', place, postgresPlace(place).name)
    : createThreadedStore('sqlite', place, place)
}

/**
 * The URL of a PostgreSQL database, or the absolute path of a SQLite file that is relative to a folder.
 *
 * @throws {@link InvalidDatabaseError} when it is neither
 */
export function resolveDatabase(where: string, folder = 'stemma/indexer'): string {
  if (isPostgresUrl(where)) {
    postgresPlace(where)
    return where
  }
  if (where === '') throw new InvalidDatabaseError('Invalid database: its name is empty.')
  if (where.includes('\0')) throw new InvalidDatabaseError('Invalid database: its name has a zero character.')
  // Quotes only the scheme, because the URL may hold a password.
  const scheme = /^([a-z][a-z\d+.-]*:\/\/|file:|postgres(ql)?:|:memory:)/i.exec(where)?.[0]
  if (scheme) throw new InvalidDatabaseError(`Invalid database: "${scheme}" is not supported.`)
  return resolve(folder, where)
}
