import { resolve } from 'node:path'

import { StemmaError } from 'stemma/core'
import type { Database } from './database.ts'
import { openPostgresDatabase, placeOf } from './postgres.ts'
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
    ? createThreadedStore('postgres', place, placeOf(place))
    : createThreadedStore('sqlite', place, place)
}

/**
 * The URL of a PostgreSQL database, or the absolute path of a SQLite file that is relative to a folder.
 *
 * @throws {@link InvalidDatabaseError} when it is neither
 */
export function resolveDatabase(where: string, folder = 'stemma/indexer'): string {
  if (isPostgresUrl(where)) {
    if (!URL.canParse(where))
      throw new InvalidDatabaseError('Invalid database: the text after "postgres://" is not an address.')
    return where
  }
  if (where === '') throw new InvalidDatabaseError('Invalid database: its name is empty.')
  // Quotes only the scheme, because the URL may hold a password.
  const scheme = /^[a-z][a-z\d+.-]*:\/\//i.exec(where)?.[0]
  if (scheme) throw new InvalidDatabaseError(`Invalid database: "${scheme}" is not supported.`)
  return resolve(folder, where)
}

function isPostgresUrl(where: string): boolean {
  return /^postgres(ql)?:\/\//i.test(where)
}

/** Thrown when the name of a database is neither a path nor a PostgreSQL URL. */
export class InvalidDatabaseError extends StemmaError {
  override name = 'InvalidDatabaseError'
  constructor(why: string) {
    super('INVALID_DATABASE', `${why} Name a file, or postgres://user:password@host:5432/database.`)
  }
}
