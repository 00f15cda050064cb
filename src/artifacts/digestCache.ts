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
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import type { FileState } from './listFiles.ts'

/** Size of a cache file, in bytes, above which it is rewritten with only the newest entry of each path. */
const COMPACT_BYTES = 16 * 1024 * 1024
/** Most paths that are kept when it is rewritten. */
const COMPACT_PATHS = 20_000
/**
 * Milliseconds that must pass between a change of a file and its hashing for the digest to be kept; a later change might not show
 * in the times. The coarsest file systems in use count times in steps of 2 seconds.
 */
const SETTLE_MS = 2000

/** Digests of files that were hashed before and have not changed. */
export type DigestCache = {
  /** SHA-256 of a file in a state (64 hex digits), if known. */
  get(path: string, state: FileState): string | undefined
  /**
   * Writes a digest at once, so that an interrupted run loses only the files that it had not finished. Does nothing for a
   * file that changed within 2 seconds of `hashedAt`.
   *
   * @param hashedAt when the hashing began, in milliseconds since 1970
   */
  set(path: string, state: FileState, digest: string, hashedAt: number): void
  /** Why digests are not kept: a full disk, a read-only home. */
  readonly problem: string | undefined
  close(): void
}

/** The default path of the cache: `$XDG_CACHE_HOME/stemma/digests.jsonl`, or below `~/.cache`. */
export function defaultCachePath(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_CACHE_HOME
  // The XDG base directory specification wants a relative path ignored.
  return join(base !== undefined && isAbsolute(base) ? base : join(homedir(), '.cache'), 'stemma', 'digests.jsonl')
}

/**
 * Opens a cache of digests, an append-only file of one JSON value a line. A line counts when path, size, both times
 * (nanoseconds), inode and device are those of the file. Damaged lines are skipped.
 *
 * @throws {@link UntrustedCacheError} when the file is a link, or other users may write to it: they could make any file
 * pass for any other
 */
export function openDigestCache(path: string): DigestCache {
  const known = new Map<string, string>()
  let descriptor: number | undefined
  let problem: string | undefined
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    descriptor = openForAppend(path)
    const { size } = fstatSync(descriptor)
    const text = readFileSync(path, 'utf8')
    for (const line of text.split('\n')) addLine(known, line)
    if (size > COMPACT_BYTES) descriptor = compact(path, descriptor, known)
    // An interrupted write leaves half a line, which must not swallow the next.
    else if (text !== '' && !text.endsWith('\n')) writeSync(descriptor, '\n')
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor)
    if (error instanceof StemmaError) throw error
    descriptor = undefined
    problem = problemOf(path, error)
  }

  return {
    get: (file, state) => {
      const found = known.get(file)
      const key = keyOf(state)
      return found?.startsWith(key) ? found.slice(key.length) : undefined
    },
    set: (file, state, digest, hashedAt) => {
      const changedAt = Math.max(Number(state.ctimeNs), Number(state.mtimeNs)) / 1e6
      if (changedAt > hashedAt - SETTLE_MS) return
      known.set(file, keyOf(state) + digest)
      if (descriptor === undefined) return
      try {
        writeSync(descriptor, lineOf(file, known.get(file)!))
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

/** Replaces the file, atomically, by one with only the newest entries, and opens it. */
function compact(path: string, descriptor: number, known: Map<string, string>): number {
  const kept = [...known].slice(-COMPACT_PATHS)
  const temporary = `${path}.${process.pid}.tmp`
  const target = openSync(temporary, 'wx', 0o600)
  try {
    writeSync(target, kept.map(([file, value]) => lineOf(file, value)).join(''))
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

function keyOf({ size, mtimeNs, ctimeNs, inode, device }: FileState): string {
  return `${size} ${mtimeNs} ${ctimeNs} ${inode} ${device} `
}

function lineOf(path: string, value: string): string {
  return `${JSON.stringify([path, value])}\n`
}

function addLine(known: Map<string, string>, line: string): void {
  try {
    const [path, value] = JSON.parse(line) as unknown[]
    if (typeof path !== 'string' || typeof value !== 'string' || !/^(\d+ ){5}[0-9a-f]{64}$/.test(value)) return
    // Deletes first, so that the newest entries come last.
    known.delete(path)
    known.set(path, value)
  } catch {
    // A damaged line is skipped; its file is hashed again.
  }
}

function problemOf(path: string, error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? String(error)
  return `The cache ${quoted(path)} cannot be written (${code}), so digests are not kept. Check its permissions and the disk.`
}

/** Thrown when other users could have written the cache of digests. */
export class UntrustedCacheError extends StemmaError {
  override name = 'UntrustedCacheError'
  constructor(path: string, reason: string) {
    super(
      'UNTRUSTED_CACHE',
      `The cache ${quoted(path)} ${reason}. Remove it, use another path, or run without a cache.`,
    )
  }
}
