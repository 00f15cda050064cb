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
  return isPostgresUrl(place) ? openPostgresDatabase(place) : openSqliteDatabase(place)
}

/**
 * A database to write to: a path, or `postgres://…`. Nothing is opened before it is started.
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
 * The URL of a database of PostgreSQL, or the whole path of a file of SQLite, relative to a folder.
 *
 * @throws {@link InvalidDatabaseError} when it is neither
 */
export function resolveDatabase(where: string, folder = 'stemma/indexer'): string {
  if (isPostgresUrl(where)) {
    if (!URL.canParse(where)) throw new InvalidDatabaseError('What stands behind "postgres://" is no address.')
    return where
  }
  if (where === '') throw new InvalidDatabaseError('The name of the database is empty.')
  // Not the whole of it: there may be a password.
  const scheme = /^[a-z][a-z\d+.-]*:\/\//i.exec(where)?.[0]
  if (scheme) throw new InvalidDatabaseError(`"${scheme}" leads to no database that Stemma knows.`)
  return resolve(folder, where)
}

function isPostgresUrl(where: string): boolean {
  return /^postgres(ql)?:\/\//i.test(where)
}

/** Thrown when a database is named by neither a path nor an URL of PostgreSQL. */
export class InvalidDatabaseError extends StemmaError {
  override name = 'InvalidDatabaseError'
  constructor(why: string) {
    super('INVALID_DATABASE', `${why} Name a file, or postgres://user:password@host:5432/database.`)
  }
}
