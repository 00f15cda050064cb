import { readFile, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'

/**
 * Takes the lock of a folder for this process, and returns what releases it. The system holds the lock and frees it when the process
 * ends in any way, so nobody has to guess whether a process number still means the same process, as after a restart of a container.
 * Node has no lock on files but that of its SQLite, so the lock is an open transaction on an empty database.
 *
 * @throws {@link FolderLockedError} when another process holds it, or this one
 */
export async function lockFolder(folder: string): Promise<() => void> {
  const { DatabaseSync } = await import('node:sqlite')
  const holder = join(folder, 'lock.pid')
  const database = new DatabaseSync(join(folder, 'lock'))
  try {
    database.exec('PRAGMA busy_timeout = 0; BEGIN IMMEDIATE')
    await writeFile(holder, `${process.pid} on ${hostname()}\n`, { mode: 0o600 })
  } catch (cause) {
    database.close()
    const SQLITE_BUSY = 5
    if ((cause as { errcode?: number }).errcode !== SQLITE_BUSY) throw cause
    throw new FolderLockedError(folder, await readFile(holder, 'utf8').catch(() => ''))
  }
  return () => database.close()
}

/** Thrown when another process works in a folder. */
export class FolderLockedError extends StemmaError {
  override name = 'FolderLockedError'
  constructor(folder: string, holder: string) {
    const who = holder === '' ? 'Another process' : `Process ${holder.trim().slice(0, 300)}`
    super(
      'FOLDER_LOCKED',
      `${who} works in ${quoted(folder)}. Stop it, or give this one a folder of its own: each instance has its own operator, too.`,
    )
  }
}
