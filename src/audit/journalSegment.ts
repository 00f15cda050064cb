import { constants } from 'node:fs'
import { open, readdir, statfs, unlink } from 'node:fs/promises'
import { join } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import { readUpTo, writeAll, type DurableFile } from './durableFile.ts'
import { findBatch, readBatches, type Batch } from './journalBatch.ts'

/** What a journal does to the files of its folder. */
export type JournalFiles = {
  /**
   * Opens a file to read and write, or makes it where it must not exist yet. What is written to one that was made is on the disk when the
   * write resolves: one trip to a thread instead of two.
   */
  open(path: string, mode: 'open' | 'make'): Promise<DurableFile>
  /** The names in a folder. */
  list(folder: string): Promise<string[]>
  /** Removes a file. */
  remove(path: string): Promise<void>
  /** Puts the names of a folder on the disk. */
  syncFolder(folder: string): Promise<void>
  /** How many bytes of the folder's disk are free. */
  freeBytes(folder: string): Promise<number>
}

/** Those of the system. */
export const SYSTEM_FILES: JournalFiles = {
  open: async (path, mode) => {
    // Not a pipe that nobody writes to.
    const flags = mode === 'make' ? constants.O_CREAT | constants.O_EXCL | constants.O_DSYNC : constants.O_NONBLOCK
    return open(path, constants.O_RDWR | flags, 0o600)
  },
  list: (folder) => readdir(folder),
  remove: (path) => unlink(path),
  syncFolder: async (folder) => {
    const handle = await open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
  freeBytes: async (folder) => {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  },
}

/** What stands in a segment. */
export type ScannedSegment = {
  number: number
  /** Bytes up to the end of its last whole batch. */
  bytes: number
  /** How many bytes behind that are something else than zeros. */
  unfinished: number
  /** Number of its first batch; missing when it has none. */
  first?: number
  /** Its last batch: number, and where it begins. */
  last?: { sequence: number; offset: number }
}

const CHUNK_BYTES = 1024 * 1024

/** The file of a segment: names sort as numbers do. */
export function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(10, '0')}.journal`)
}

/** The numbers of the segments among the names of a folder, in order. */
export function segmentNumbers(names: readonly string[]): number[] {
  return names
    .filter((name) => /^\d{10}\.journal$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .toSorted((a, b) => a - b)
}

/** Makes a segment of zeros, so that its space is taken and a later write only changes bytes. */
export async function makeSegment(files: JournalFiles, folder: string, number: number, bytes: number) {
  const path = segmentPath(folder, number)
  const file = await files.open(path, 'make')
  try {
    const zeros = Buffer.alloc(Math.min(bytes, CHUNK_BYTES))
    for (let done = 0; done < bytes; done += zeros.length) {
      await writeAll(file, zeros, done, Math.min(zeros.length, bytes - done))
    }
    await files.syncFolder(folder)
    return file
  } catch (error) {
    // The disk may be full: give back what was taken, and let the reason stand.
    await file.close().catch(() => undefined)
    await files.remove(path).catch(() => undefined)
    throw error
  }
}

/**
 * Reads the batches of a segment and checks that they follow one another.
 *
 * @throws {@link JournalDamagedError} when a batch stands behind bytes that are none: it was written after they were synced
 */
export async function scanSegment(file: DurableFile, path: string, number: number): Promise<ScannedSegment> {
  const { size } = await file.stat()
  let bytes = 0
  let first: number | undefined
  let last: ScannedSegment['last']
  for await (const batch of readBatches(file, 0, size)) {
    requireNext(batch, last && last.sequence + 1, path, bytes)
    first ??= batch.sequence
    last = { sequence: batch.sequence, offset: bytes }
    bytes = batch.next
  }
  const unfinished = await lengthOfUnfinished(file, bytes, size)
  if (unfinished > 0) {
    const tail = Buffer.alloc(unfinished)
    await readUpTo(file, tail, bytes, unfinished)
    const later = findBatch(tail, 0)
    if (later !== undefined) {
      throw new JournalDamagedError(
        path,
        bytes,
        `what stands there is not a whole batch, but one follows at byte ${bytes + later}`,
      )
    }
  }
  return { number, bytes, unfinished, ...(first !== undefined && { first }), ...(last && { last }) }
}

/** Requires that a batch has the number that follows. @throws {@link JournalDamagedError} */
export function requireNext({ sequence }: Batch, expected: number | undefined, path: string, offset: number): void {
  if (expected !== undefined && sequence !== expected) {
    throw new JournalDamagedError(path, offset, `batch ${expected} is missing; batch ${sequence} stands there`)
  }
}

/** Writes a batch again that was read: after a failed sync it may stand in the memory of the system only. */
export async function writeAgain(file: DurableFile, offset: number, end: number): Promise<void> {
  const bytes = Buffer.alloc(end - offset)
  await readUpTo(file, bytes, offset, bytes.length)
  await writeAll(file, bytes, offset)
}

/** How many bytes from an offset on there are up to the last that is not zero. */
async function lengthOfUnfinished(file: DurableFile, offset: number, size: number): Promise<number> {
  const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, size - offset))
  let length = 0
  for (let at = offset; at < size;) {
    const read = await readUpTo(file, chunk, at, Math.min(chunk.length, size - at))
    if (read === 0) break
    const end = endOfContent(chunk.subarray(0, read))
    if (end > 0) length = at + end - offset
    at += read
  }
  return length
}

/** Where the zeros at the end of some bytes begin. */
function endOfContent(bytes: Buffer): number {
  const zeros = Buffer.alloc(Math.min(bytes.length, 4096))
  let end = bytes.length
  while (end >= zeros.length && end > 0 && bytes.compare(zeros, 0, zeros.length, end - zeros.length, end) === 0) {
    end -= zeros.length
  }
  while (end > 0 && bytes[end - 1] === 0) end -= 1
  return end
}

/** Thrown when a journal is damaged where what follows was acknowledged. */
export class JournalDamagedError extends StemmaError {
  override name = 'JournalDamagedError'
  constructor(path: string, offset: number, found: string, cause?: unknown) {
    super(
      'JOURNAL_DAMAGED',
      `The journal ${quoted(path)} is damaged at byte ${offset}: ${found}. Nothing was changed. Restore its folder from a copy; or move the folder away, which loses what was not sealed yet.`,
      { cause },
    )
  }
}
