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
import { hexOf, type Digest } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import type { TensorFormat } from '../interop/tensors.ts'
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

/**
 * Most leaves that are kept for a file: more than files of models have. A file with more is hashed again, so that a hostile one
 * does not fill the cache.
 */
const MOST_LEAVES = 16_384

/** What is kept of a file. */
export type CachedFile = {
  /** SHA-256 of the file: 64 hex digits. */
  digest: string
  /** The leaves of its tensors, where they were computed. */
  tensors?: CachedTensors | undefined
}

/** The leaves of a file's tensors, as it is read in a format. */
export type CachedTensors = { format: TensorFormat; leaves: readonly Digest[] }

/** Digests of files that were hashed before and have not changed. */
export type DigestCache = {
  /** What is known of a file in a state. */
  get(path: string, state: FileState): CachedFile | undefined
  /**
   * Writes digests at once, so that an interrupted run loses only the files that it had not finished. Does nothing for a
   * file that changed within 2 seconds of `hashedAt`.
   *
   * @param hashedAt when the hashing began, in milliseconds since 1970
   */
  set(path: string, state: FileState, file: CachedFile, hashedAt: number): void
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
  const known = new Map<string, Entry>()
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
      if (!found?.value.startsWith(key)) return undefined
      return { digest: found.value.slice(key.length), tensors: tensorsOf(found.tensors) }
    },
    set: (file, state, { digest, tensors }, hashedAt) => {
      const changedAt = Math.max(Number(state.ctimeNs), Number(state.mtimeNs)) / 1e6
      if (changedAt > hashedAt - SETTLE_MS) return
      const entry = { value: keyOf(state) + digest, tensors: tensors && textOf(tensors) }
      known.set(file, entry)
      if (descriptor === undefined) return
      try {
        writeSync(descriptor, lineOf(file, entry))
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
function compact(path: string, descriptor: number, known: Map<string, Entry>): number {
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

/** A line but for its path: the state and the digest, and the leaves of the tensors with their format before them. */
type Entry = { value: string; tensors: string | undefined }

function lineOf(path: string, { value, tensors }: Entry): string {
  return `${JSON.stringify(tensors === undefined ? [path, value] : [path, value, tensors])}\n`
}

/** Leaves in a line: the format and base64 of 32 bytes each. */
function textOf({ format, leaves }: CachedTensors): string | undefined {
  if (leaves.length > MOST_LEAVES) return undefined
  const bytes = Buffer.from(leaves.map((leaf) => leaf.slice(2)).join(''), 'hex')
  return `${format} ${bytes.toString('base64')}`
}

function tensorsOf(text: string | undefined): CachedTensors | undefined {
  const match = /^(safetensors|gguf) ([A-Za-z0-9+/]*={0,2})$/.exec(text ?? '')
  if (match === null) return undefined
  const bytes = Buffer.from(match[2]!, 'base64')
  if (bytes.length % 32 !== 0 || bytes.toString('base64') !== match[2]) return undefined
  const leaves = Array.from({ length: bytes.length / 32 }, (_, index) =>
    hexOf(bytes.subarray(32 * index, 32 * index + 32)),
  )
  return { format: match[1] as TensorFormat, leaves: leaves as Digest[] }
}

function addLine(known: Map<string, Entry>, line: string): void {
  try {
    const [path, value, tensors] = JSON.parse(line) as unknown[]
    if (typeof path !== 'string' || typeof value !== 'string' || !/^(\d+ ){5}[0-9a-f]{64}$/.test(value)) return
    // Deletes first, so that the newest entries come last.
    known.delete(path)
    known.set(path, { value, tensors: typeof tensors === 'string' ? tensors : undefined })
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
