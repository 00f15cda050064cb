import {
  accessSync,
  constants,
  lstatSync,
  mkdtempSync,
  readlinkSync,
  realpathSync,
  rmdirSync,
  statSync,
  type Stats,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

import { StemmaError } from 'stemma/core'
import { DatabaseError, InvalidDatabaseError } from './database.ts'

/** What an error of SQLite means: whether waiting may mend it, and what a person can do. */
type Meaning = { isTransient: boolean; remedy?: string }

/** Another process has the database. */
export const BUSY = 5
/** A file cannot be opened. */
export const CANTOPEN = 14

/** By SQLite's primary result codes. https://www.sqlite.org/rescode.html */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  [BUSY]: { isTransient: true, remedy: 'Another program has locked it: close that' },
  6: { isTransient: true },
  8: { isTransient: false, remedy: 'Give this user the right to write to it, or name another with --database' },
  10: { isTransient: true },
  11: { isTransient: false, remedy: 'Delete the file and its -wal; it is rebuilt from the chain' },
  13: { isTransient: true, remedy: 'Free some space on the disk' },
  [CANTOPEN]: { isTransient: true },
  26: { isTransient: false, remedy: 'Name another file with --database, or delete this one' },
}

/** By codes of the operating system. */
const SYSTEM: Readonly<Record<string, Meaning>> = {
  ENOSPC: { isTransient: true, remedy: 'Free some space on the disk' },
  EDQUOT: { isTransient: true, remedy: "Free some space in this user's quota" },
  EIO: { isTransient: true },
  EMFILE: { isTransient: true },
  ENFILE: { isTransient: true },
  EACCES: { isTransient: false, remedy: 'Give this user the right to write there, or name another with --database' },
  EPERM: { isTransient: false, remedy: 'Give this user the right to write there, or name another with --database' },
  EROFS: { isTransient: false, remedy: 'Name a file on a disk that can be written to with --database' },
  ENOENT: { isTransient: false, remedy: 'No file can be made in its folder: name another with --database' },
  ENOTDIR: { isTransient: false, remedy: 'A part of the path is a file: name another with --database' },
  ELOOP: { isTransient: false, remedy: 'Its links lead back to themselves: name another with --database' },
  ENAMETOOLONG: { isTransient: false, remedy: 'Name another with --database' },
}

/** The primary result code of an error of SQLite. */
export function codeOf(error: unknown): number | undefined {
  const { errcode } = error as { errcode?: number }
  return errcode === undefined ? undefined : errcode & 0xff
}

/** Runs something on a database, and turns its failures into {@link DatabaseError}. */
export function guarded<T>(path: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw failureOf(path, error)
  }
}

function failureOf(path: string, error: unknown): Error {
  if (error instanceof StemmaError) return error
  const { message, code = '' } = error as NodeJS.ErrnoException
  const sqlite = codeOf(error)
  const fail = (what: string, { isTransient, remedy }: Meaning): DatabaseError =>
    new DatabaseError(`The database ${path} cannot be used: ${what}.${remedy ? ` ${remedy}.` : ''}`, {
      cause: error,
      isTransient,
    })
  if (/no such (table|column)/.test(message)) {
    const remedy = 'It holds no index that this release can read: run stemma-server index on it'
    return fail(message, { isTransient: false, remedy })
  }
  if (sqlite === undefined) return fail(message, SYSTEM[code] ?? { isTransient: false })
  // SQLite says only that it cannot open a file, not why.
  const cause = sqlite === CANTOPEN ? causeOf(path) : undefined
  return cause ?? fail(message, MEANINGS[sqlite] ?? { isTransient: false })
}

/** Why a file cannot be opened, as far as it can be known. */
function causeOf(path: string): Error | undefined {
  try {
    if (statSync(path, { throwIfNoEntry: false })) {
      checkFile(path)
      accessSync(path, constants.R_OK)
    }
    // SQLite makes files beside it.
    rmdirSync(mkdtempSync(join(dirname(path), '.stemma-')))
    return undefined
  } catch (error) {
    return failureOf(path, error)
  }
}

/**
 * Checks that a path leads to a file.
 *
 * @throws {@link DatabaseError} when there is none
 * @throws {@link InvalidDatabaseError} when it is a folder or a device
 */
export function checkFile(path: string): Stats {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) {
    const message = `The database ${path} cannot be used: the file does not exist. Make it with stemma-server index.`
    throw new DatabaseError(message, { cause: undefined, isTransient: true })
  }
  if (stats.isDirectory()) throw new InvalidDatabaseError(`Invalid database: ${path} is a folder.`)
  if (!stats.isFile()) throw new InvalidDatabaseError(`Invalid database: ${path} is a device, not a file.`)
  return stats
}

/** The path of a file that may not exist yet, without links, so that a lock beside it is the same for all who use it. */
export function realPath(path: string): string {
  for (let at = path, links = 0; ; links++) {
    if (statSync(at, { throwIfNoEntry: false })) return realpathSync(at)
    const isLink = lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()
    if (!isLink || links > 40) return join(realpathSync(dirname(at)), basename(at))
    at = resolve(dirname(at), readlinkSync(at))
  }
}
