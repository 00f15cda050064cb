import { createHash, randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { UntrustedCacheError } from '../../artifacts/lineFile.ts'
import { StemmaError } from '../../core/errors.ts'
import { quoted } from '../../core/text.ts'

/** Bytes of all answers above which the oldest are removed, when the cache is opened. */
const MOST_BYTES = 1024 * 1024 * 1024
/** Bytes of answers that are kept in memory, where none are kept on the disk. */
const MOST_IN_MEMORY = 256 * 1024 * 1024

/** Answers of the Hub that do not change: those about a commit, and the contents of files. */
export type AnswerCache = {
  /** An answer that was kept, if it has at most some bytes. What it says must be checked as if the Hub had just sent it. */
  get(key: string, most: number): Promise<Buffer | undefined>
  /** Keeps an answer, where there is a place to keep it. */
  set(key: string, answer: Uint8Array): Promise<void>
  /** Forgets an answer that proved wrong. */
  remove(key: string): Promise<void>
  /** Why answers are not kept: a full disk, a read-only home. */
  readonly problem: string | undefined
}

/**
 * Opens a cache of answers in a folder of the user's own: one file each, named by the SHA-256 of its key, written whole or not at all.
 *
 * @throws `UntrustedCacheError` when the folder or a file in it is a link, or other users may write to it
 */
export async function openAnswerCache(folder: string): Promise<AnswerCache> {
  let problem: string | undefined
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const stats = await lstat(folder)
    requireOwn(folder, stats.isDirectory() ? undefined : 'is not a folder', stats)
    await prune(folder)
  } catch (error) {
    if (error instanceof StemmaError) throw error
    problem = problemOf(folder, error)
  }
  return {
    get: async (key, most) => (problem === undefined ? readOwn(pathOf(folder, key), most) : undefined),
    set: async (key, answer) => {
      if (problem !== undefined) return
      const path = pathOf(folder, key)
      const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`
      try {
        const file = await open(draft, 'wx', 0o600)
        try {
          await file.writeFile(answer)
        } finally {
          await file.close()
        }
        await rename(draft, path)
      } catch (error) {
        problem = problemOf(folder, error)
        await rm(draft, { force: true }).catch(() => {})
      }
    },
    remove: async (key) => {
      await rm(pathOf(folder, key), { force: true }).catch(() => {})
    },
    get problem() {
      return problem
    },
  }
}

/** A cache for one run, which forgets what does not fit. */
export function createMemoryCache(): AnswerCache {
  const kept = new Map<string, Buffer>()
  let bytes = 0
  return {
    get: async (key, most) => {
      const answer = kept.get(key)
      return answer !== undefined && answer.length <= most ? answer : undefined
    },
    set: async (key, answer) => {
      if (bytes + answer.length > MOST_IN_MEMORY) return
      bytes += answer.length
      kept.set(key, Buffer.from(answer))
    },
    remove: async (key) => {
      bytes -= kept.get(key)?.length ?? 0
      kept.delete(key)
    },
    problem: undefined,
  }
}

function pathOf(folder: string, key: string): string {
  return join(folder, createHash('sha256').update(key).digest('hex'))
}

async function readOwn(path: string, most: number): Promise<Buffer | undefined> {
  let file
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') throw new UntrustedCacheError(path, 'is a symbolic link')
    return undefined
  }
  try {
    const stats = await file.stat()
    requireOwn(path, stats.isFile() ? undefined : 'is not a file', stats)
    return stats.size > most ? undefined : await file.readFile()
  } finally {
    await file.close()
  }
}

function requireOwn(path: string, problem: string | undefined, { uid, mode }: { uid: number; mode: number }): void {
  const user = process.getuid?.()
  const reason =
    problem ??
    (user !== undefined && uid !== user
      ? 'belongs to another user'
      : user !== undefined && mode & 0o022
        ? 'may be written by other users'
        : undefined)
  if (reason !== undefined) throw new UntrustedCacheError(path, reason)
}

/** What the files of a cache are called, and what an interrupted run leaves: nothing else in the folder is touched. */
const OWN_NAME = /^[0-9a-f]{64}(\.[0-9a-f]{12}\.tmp)?$/

/** Removes the oldest answers, and what interrupted runs left, once all of them are too large. */
async function prune(folder: string): Promise<void> {
  const files: { path: string; size: number; at: number }[] = []
  for (const name of await readdir(folder)) {
    if (!OWN_NAME.test(name)) continue
    const path = join(folder, name)
    const stats = await lstat(path).catch(() => undefined)
    if (stats?.isFile()) files.push({ path, size: stats.size, at: stats.mtimeMs })
  }
  let total = files.reduce((sum, { size }) => sum + size, 0)
  if (total <= MOST_BYTES) return
  for (const { path, size } of files.toSorted((a, b) => a.at - b.at)) {
    if (total <= MOST_BYTES / 2) return
    await rm(path, { force: true })
    total -= size
  }
}

function problemOf(folder: string, error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? String(error)
  return `The cache ${quoted(folder)} cannot be written (${code}), so what the Hub answered is not kept. Check its permissions and the disk.`
}
