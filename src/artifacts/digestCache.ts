import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

import { hexOf, type Digest } from '../core/hex.ts'
import type { TensorFormat } from '../interop/tensors.ts'
import { openLineFile } from './lineFile.ts'
import type { FileState } from './listFiles.ts'

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
 * @throws `UntrustedCacheError` when the file is a link, or other users may write to it: they could make any file
 * pass for any other
 */
export function openDigestCache(path: string): DigestCache {
  const known = new Map<string, Entry>()
  const lines = openLineFile(path, {
    take: (line) => addLine(known, line),
    kept: () => [...known].slice(-COMPACT_PATHS).map(([file, entry]) => lineOf(file, entry)),
  })
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
      lines.write(lineOf(file, entry))
    },
    get problem() {
      return lines.problem
    },
    close: lines.close,
  }
}

function keyOf({ size, mtimeNs, ctimeNs, inode, device }: FileState): string {
  return `${size} ${mtimeNs} ${ctimeNs} ${inode} ${device} `
}

/** A line but for its path: the state and the digest, and the leaves of the tensors with their format before them. */
type Entry = { value: string; tensors: string | undefined }

function lineOf(path: string, { value, tensors }: Entry): string {
  return JSON.stringify(tensors === undefined ? [path, value] : [path, value, tensors])
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
