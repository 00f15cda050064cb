import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'

/** The process that holds a lock, and what it runs. */
export type Holder = { pid: number; what: string }

/** What a process does under a lock, and what to do when it cannot have it, each a sentence or two. */
export type LockPurpose = { what: string; ifHeld: string; ifNotWritable: string }

/**
 * Takes the lock in a file for this process, and returns what releases it. The lock of a process that ended counts as free.
 *
 * @throws {@link LockedError} when another process holds it
 * @throws {@link NotWritableError} when the file cannot be written
 */
export function takeLock(path: string, { what, ifHeld, ifNotWritable }: LockPurpose): () => void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    if (!write(path, what)) {
      const holder = readHolder(path)
      if (holder) throw new LockedError(path, holder, ifHeld)
      rmSync(path, { force: true })
      if (!write(path, what)) throw new LockedError(path, readHolder(path), ifHeld)
    }
  } catch (error) {
    if (error instanceof LockedError) throw error
    throw new NotWritableError(path, error as NodeJS.ErrnoException, ifNotWritable)
  }
  return () => {
    if (readHolder(path)?.pid === process.pid) rmSync(path, { force: true })
  }
}

/** The running process that holds the lock in a file; undefined when the lock is free. */
export function readHolder(path: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Holder
    const isHeld = Number.isInteger(holder.pid) && holder.pid > 0 && isRunning(holder.pid)
    return isHeld ? { pid: holder.pid, what: String(holder.what) } : undefined
  } catch {
    return undefined
  }
}

/** Writes the lock unless the file exists. */
function write(path: string, what: string): boolean {
  try {
    writeFileSync(path, `${JSON.stringify({ pid: process.pid, what })}\n`, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // The process of another user runs all the same.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Thrown when another process holds a lock. */
export class LockedError extends StemmaError {
  override name = 'LockedError'
  constructor(path: string, holder: Holder | undefined, remedy: string) {
    const who = holder ? `process ${holder.pid} (${quoted(holder.what)})` : 'another process'
    super('LOCKED', `${quoted(path)} is locked by ${who}. ${remedy} If it is not a process of Stemma, delete the file.`)
  }
}

/** Thrown when the file of a lock cannot be written. */
export class NotWritableError extends StemmaError {
  override name = 'NotWritableError'
  constructor(path: string, cause: NodeJS.ErrnoException, remedy: string) {
    super('NOT_WRITABLE', `Cannot write ${quoted(path)} (${cause.code}). ${remedy}`, { cause })
  }
}
