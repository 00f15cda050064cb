import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'

/** Size of a cache file, in bytes, above which it is rewritten with only what is kept. */
const COMPACT_BYTES = 16 * 1024 * 1024
/** Size above which it is not read: no program of ours lets it grow so far. */
const MOST_BYTES = 8 * COMPACT_BYTES

/** An append-only file of a cache, one value a line. */
export type LineFile = {
  /** Writes a line at once, without its end. Does nothing when the file cannot be written. */
  write(line: string): void
  /** Why nothing is kept: a full disk, a read-only home. */
  readonly problem: string | undefined
  close(): void
}

/**
 * Opens a file of a cache, or makes it, and passes on its lines; damaged ones are for the caller to skip.
 *
 * @param lines `take` is given each line; `kept` are the lines that stay when the file has grown too large
 * @throws {@link UntrustedCacheError} when the file is a link, or other users may write to it
 */
export function openLineFile(
  path: string,
  lines: { take: (line: string) => void; kept: () => readonly string[] },
): LineFile {
  let descriptor: number | undefined
  let problem: string | undefined
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    descriptor = openForAppend(path)
    const { size } = fstatSync(descriptor)
    const text = size > MOST_BYTES ? '' : readFileSync(path, 'utf8')
    for (const line of text.split('\n')) lines.take(line)
    if (size > COMPACT_BYTES) descriptor = compact(path, descriptor, lines.kept())
    // An interrupted write leaves half a line, which must not swallow the next.
    else if (text !== '' && !text.endsWith('\n')) writeSync(descriptor, '\n')
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor)
    if (error instanceof StemmaError) throw error
    descriptor = undefined
    problem = problemOf(path, error)
  }
  return {
    write: (line) => {
      if (descriptor === undefined) return
      try {
        writeSync(descriptor, `${line}\n`)
      } catch (error) {
        problem = problemOf(path, error)
        closeSync(descriptor)
        descriptor = undefined
      }
    },
    get problem() {
      return problem
    },
    close: () => {
      if (descriptor !== undefined) closeSync(descriptor)
      descriptor = undefined
    },
  }
}

function openForAppend(path: string): number {
  let descriptor: number
  try {
    const flags =
      constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK
    descriptor = openSync(path, flags, 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') throw new UntrustedCacheError(path, 'is a symbolic link')
    throw error
  }
  const stats = fstatSync(descriptor)
  const user = process.getuid?.()
  const reason = !stats.isFile()
    ? 'is not a file'
    : user !== undefined && stats.uid !== user
      ? 'belongs to another user'
      : stats.mode & 0o022
        ? 'may be written by other users'
        : undefined
  if (reason === undefined) return descriptor
  closeSync(descriptor)
  throw new UntrustedCacheError(path, reason)
}

/** Replaces the file, atomically, by one with only what is kept, and opens it. */
function compact(path: string, descriptor: number, kept: readonly string[]): number {
  const temporary = `${path}.${process.pid}.tmp`
  const target = openSync(temporary, 'wx', 0o600)
  try {
    writeSync(target, kept.map((line) => `${line}\n`).join(''))
    fsyncSync(target)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  } finally {
    closeSync(target)
  }
  closeSync(descriptor)
  return openForAppend(path)
}

function problemOf(path: string, error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? String(error)
  return `The cache ${quoted(path)} cannot be written (${code}), so nothing is kept in it. Check its permissions and the disk.`
}

/** Thrown when other users could have written the file of a cache. */
export class UntrustedCacheError extends StemmaError {
  override name = 'UntrustedCacheError'
  constructor(path: string, reason: string) {
    super(
      'UNTRUSTED_CACHE',
      `The cache ${quoted(path)} ${reason}. Remove it, use another path, or run without a cache.`,
    )
  }
}
