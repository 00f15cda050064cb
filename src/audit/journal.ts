import { mkdir } from 'node:fs/promises'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import { reasonOf, writeAll, WriteFailedError, type DurableFile } from './durableFile.ts'
import { lockFolder } from './folderLock.ts'
import { GroupCommit, type Committed } from './groupCommit.ts'
import { batchHeader, MAX_BATCH_HEADER, readBatches, type Batch } from './journalBatch.ts'
import { encodeEntry, parseEntry, type JournalEntry } from './journalEntry.ts'
import {
  JournalDamagedError,
  makeSegment,
  requireNext,
  scanSegment,
  segmentNumbers,
  segmentPath,
  SYSTEM_FILES,
  writeAgain,
  type JournalFiles,
  type ScannedSegment,
} from './journalSegment.ts'

/** Where an entry stands in a journal: a whole number, larger for later entries, also after a restart. The first is 0 or more. */
export type Position = number

/** An entry as it is read. */
export type KeptEntry = {
  entry: JournalEntry
  position: Position
  /** From where on to read what comes after it, and up to where to release it with all before it. */
  next: Position
}

/** One journal for the calls of all credentials, in segments. Entries that come at the same time share a sync. */
export type Journal = {
  readonly folder: string
  /** Why nothing is accepted any more, as after a failed write; undefined while all is well. */
  readonly failure: StemmaError | undefined
  /** Behind all that is on the disk. */
  readonly end: Position
  /** Bytes that were cut off at opening: entries that a crash left half written, none of which was acknowledged. */
  readonly unfinished: number
  /**
   * Appends an entry; resolves with its position when it is on the disk. Entries keep their order. Rejects an intent while the disk is
   * nearly full, and everything after a failed write or sync.
   */
  append(entry: JournalEntry): Promise<Position>
  /** Reads the entries from a position on, up to `end` as it is now. Those of segments that were removed are left out. */
  entries(from?: Position): AsyncIterable<KeptEntry>
  /** Removes the segments that end at or before a position: nobody needs what stands before it. */
  release(upTo: Position): Promise<void>
  /** Waits for what was appended, and closes. What is appended later is rejected. */
  close(): Promise<void>
}

/** A position is the number of a segment times this, and the offset in it. */
const SEGMENT_SPAN = 2 ** 30
const MIN_SEGMENT_BYTES = 64 * 1024
const MAX_SEGMENT_BYTES = 256 * 1024 * 1024
/** Longest batch. What waits beyond it goes into the next. */
const MAX_BATCH_BYTES = 1024 * 1024
/** So many segments have to be free on the disk before a call may begin: calls that began need room to end. */
const RESERVED_SEGMENTS = 2
/** After so many bytes it is looked at again. */
const LOOK_BYTES = 1024 * 1024

/**
 * Opens the journal in a folder, which is made where there is none. Reads all of it first: what a crash left half written at its end is
 * cut off; damage before that is an error, as what follows was acknowledged.
 *
 * @throws {@link JournalDamagedError} naming file and offset; `FolderLockedError` naming the process that works in the folder;
 * {@link InvalidSegmentSizeError}; {@link JournalFolderError} when the folder cannot be read or has no room for a segment
 */
export async function openJournal(folder: string, options: openJournal.Options = {}): Promise<Journal> {
  const { segmentBytes = 16 * 1024 * 1024, files = SYSTEM_FILES } = options
  if (!(Number.isSafeInteger(segmentBytes) && segmentBytes >= MIN_SEGMENT_BYTES && segmentBytes <= MAX_SEGMENT_BYTES)) {
    throw new InvalidSegmentSizeError(segmentBytes)
  }
  let unlock: (() => void) | undefined
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    unlock = await lockFolder(folder)
    const found = await recover(files, folder)
    const file = await makeSegment(files, folder, found.number, segmentBytes)
    try {
      for (const number of found.unused) await files.remove(segmentPath(folder, number))
    } catch (error) {
      await file.close()
      throw error
    }
    return new SegmentedJournal({ folder, files, segmentBytes, found, file, unlock })
  } catch (cause) {
    unlock?.()
    throw cause instanceof StemmaError ? cause : new JournalFolderError(folder, cause)
  }
}

export declare namespace openJournal {
  type Options = {
    /** Size of a segment in bytes, from 64 KiB to 256 MiB; 16 MiB unless given. Two of them are kept allocated. */
    segmentBytes?: number
    /** How files are read and written; those of the system unless given. */
    files?: JournalFiles
  }
}

/** A segment that is complete. */
type ClosedSegment = { number: number; bytes: number }

/** What a journal was found to have. */
type Recovered = {
  closed: ClosedSegment[]
  /** Segments that were made ahead, and hold nothing. */
  unused: number[]
  /** Number of the next segment. */
  number: number
  /** Number of the next batch. */
  sequence: number
  /** Bytes that were cut off. */
  unfinished: number
}

/** Reads all segments, and cuts off what is half written at the end. */
async function recover(files: JournalFiles, folder: string): Promise<Recovered> {
  const numbers = segmentNumbers(await files.list(folder))
  const used: Required<ScannedSegment>[] = []
  let torn: ScannedSegment | undefined
  for (const number of numbers) {
    const path = segmentPath(folder, number)
    const segment = await withFile(files, path, (file) => scanSegment(file, path, number))
    const { first, last } = segment
    if (first !== undefined && last !== undefined) {
      if (torn !== undefined) {
        const found = `what stands there is not a whole batch, but ${quoted(path)} follows`
        throw new JournalDamagedError(segmentPath(folder, torn.number), torn.bytes, found)
      }
      const before = used.at(-1)
      if (before !== undefined && first !== before.last.sequence + 1) {
        const found = `batch ${before.last.sequence + 1} is missing, and ${quoted(path)} begins with batch ${first}`
        throw new JournalDamagedError(segmentPath(folder, before.number), before.bytes, found)
      }
      used.push({ ...segment, first, last })
    }
    if (segment.unfinished > 0) torn ??= segment
  }
  const newest = used.at(-1)
  if (newest !== undefined) await repair(files, folder, newest)
  if (torn !== undefined && torn !== newest) await repair(files, folder, torn)
  return {
    closed: used.map(({ number, bytes }) => ({ number, bytes })),
    unused: numbers.filter((number) => number > (newest?.number ?? -1)),
    // Never a number that was used before, also when nothing is left of it: positions only grow.
    number: (numbers.at(-1) ?? -1) + 1,
    sequence: newest === undefined ? 0 : newest.last.sequence + 1,
    unfinished: torn?.unfinished ?? 0,
  }
}

/** Cuts off what stands behind the last whole batch of a segment, and puts that batch on the disk, come what came before. */
async function repair(files: JournalFiles, folder: string, { number, bytes, last }: ScannedSegment): Promise<void> {
  await withFile(files, segmentPath(folder, number), async (file) => {
    await file.truncate(bytes)
    if (last !== undefined) await writeAgain(file, last.offset, bytes)
    await file.datasync()
  })
}

async function withFile<T>(files: JournalFiles, path: string, use: (file: DurableFile) => Promise<T>): Promise<T> {
  const file = await files.open(path, 'open')
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

class SegmentedJournal implements Journal {
  readonly folder: string
  readonly unfinished: number
  readonly #files: JournalFiles
  readonly #segmentBytes: number
  readonly #unlock: () => void
  readonly #commits = new GroupCommit<string, Position>((lines) => this.#commit(lines))
  /** Holds the batch that is on its way to the disk. */
  readonly #bytes: Buffer
  /** Complete segments that were not released, in order. */
  #closed: ClosedSegment[]
  /** The segment that batches go into. */
  #number: number
  #file: DurableFile
  #offset = 0
  /** Number of the next batch. */
  #sequence: number
  /** The segment after this one, made ahead. */
  #spare: DurableFile | undefined
  #looking: Promise<void> | undefined
  /** At which offset to look at the disk again. */
  #lookAt = 0
  /** Whether the disk has no room for calls that begin, and why. */
  #full: JournalFullError | undefined
  #failure: WriteFailedError | undefined
  #closedError: JournalClosedError | undefined
  #closing: Promise<void> | undefined

  constructor({ folder, files, segmentBytes, found, file, unlock }: SegmentedJournal.Parameters) {
    this.folder = folder
    this.unfinished = found.unfinished
    this.#files = files
    this.#segmentBytes = segmentBytes
    this.#unlock = unlock
    this.#bytes = Buffer.alloc(Math.min(segmentBytes, MAX_BATCH_BYTES))
    this.#closed = found.closed
    this.#number = found.number
    this.#file = file
    this.#sequence = found.sequence
    this.#lookAhead()
  }

  get failure(): StemmaError | undefined {
    return this.#failure ?? this.#closedError
  }

  get end(): Position {
    return this.#number * SEGMENT_SPAN + this.#offset
  }

  async append(entry: JournalEntry): Promise<Position> {
    if (this.failure !== undefined) throw this.failure
    const full = this.#full
    if (full !== undefined && 'intent' in entry) {
      this.#lookAhead()
      throw full
    }
    return this.#commits.add(encodeEntry(entry))
  }

  async *entries(from: Position = 0): AsyncGenerator<KeptEntry> {
    const segments = [...this.#closed, { number: this.#number, bytes: this.#offset }]
    for (const { number, bytes } of segments) {
      const start = number * SEGMENT_SPAN
      if (bytes === 0 || start + bytes <= from) continue
      const path = segmentPath(this.folder, number)
      const file = await this.#files.open(path, 'open')
      try {
        let at = 0
        let expected: number | undefined
        for await (const batch of batchesFrom(file, Math.max(from - start, 0), bytes)) {
          requireNext(batch, expected, path, at)
          yield* entriesOf(batch, path, start, from)
          expected = batch.sequence + 1
          at = batch.next
        }
        if (at !== bytes) throw new JournalDamagedError(path, at, 'what stands there is not a whole batch')
      } finally {
        await file.close()
      }
    }
  }

  async release(upTo: Position): Promise<void> {
    while (this.#closed.length > 0) {
      const [{ number, bytes }] = this.#closed as [ClosedSegment]
      if (number * SEGMENT_SPAN + bytes > upTo) return
      this.#closed = this.#closed.slice(1)
      await this.#files.remove(segmentPath(this.folder, number))
      // In order: a crash must not leave a gap.
      await this.#files.syncFolder(this.folder)
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#closedError = new JournalClosedError(this.folder)
    await this.#commits.idle()
    try {
      // A batch without entries: so the last entries have something behind them, and damage to them is found.
      if (this.#failure === undefined && this.#offset > 0) await this.#put('')
    } finally {
      await this.#looking
      await this.#spare?.close()
      await this.#file.close()
      this.#unlock()
    }
  }

  /** Puts as many lines on the disk as a batch takes, and says where each stands. */
  async #commit(lines: readonly string[]): Promise<Committed<Position>[]> {
    const most = this.#bytes.length - MAX_BATCH_HEADER
    let [count, length] = [0, 0]
    while (count < lines.length && length + lines[count]!.length <= most) length += lines[count++]!.length
    const batch = lines.slice(0, count)
    try {
      let position = await this.#put(batch.join(''))
      return batch.map((line) => {
        const answer = position
        position += line.length
        return { answer }
      })
    } catch (error) {
      return lines.map(() => ({ error }))
    }
  }

  /** Puts a batch of lines on the disk; returns the position of its first line. @throws {@link WriteFailedError} from then on */
  async #put(lines: string): Promise<Position> {
    if (this.#failure !== undefined) throw this.#failure
    try {
      if (this.#offset + MAX_BATCH_HEADER + lines.length > this.#segmentBytes) await this.#nextSegment()
      const header = batchHeader(this.#sequence, lines)
      const length = this.#bytes.write(header + lines, 'latin1')
      await writeAll(this.#file, this.#bytes, this.#offset, length)
      const position = this.end + header.length
      this.#sequence += 1
      this.#offset += length
      if (this.#offset >= this.#lookAt) this.#lookAhead()
      return position
    } catch (cause) {
      this.#failure = new WriteFailedError(segmentPath(this.folder, this.#number), cause)
      throw this.#failure
    }
  }

  async #nextSegment(): Promise<void> {
    await this.#looking
    if (this.#spare === undefined) {
      this.#lookAhead()
      await this.#looking
    }
    const [file, spare] = [this.#file, this.#spare]
    if (spare === undefined) throw this.#full?.cause
    this.#closed = [...this.#closed, { number: this.#number, bytes: this.#offset }]
    this.#file = spare
    this.#spare = undefined
    this.#number += 1
    this.#offset = 0
    this.#lookAhead()
    await file.close()
  }

  /** Makes the segment after this one where there is none, and looks whether the disk has room for calls that begin. */
  #lookAhead(): void {
    this.#lookAt = this.#offset + LOOK_BYTES
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined))
  }

  async #look(): Promise<void> {
    const needed = RESERVED_SEGMENTS * this.#segmentBytes
    try {
      this.#spare ??= await makeSegment(this.#files, this.folder, this.#number + 1, this.#segmentBytes)
      const free = await this.#files.freeBytes(this.folder)
      this.#full = free < needed ? new JournalFullError(this.folder, `${free} bytes are free`, needed) : undefined
    } catch (cause) {
      this.#full = new JournalFullError(this.folder, `no segment could be made: ${reasonOf(cause)}`, needed, cause)
    }
  }
}

declare namespace SegmentedJournal {
  type Parameters = {
    folder: string
    files: JournalFiles
    segmentBytes: number
    found: Recovered
    /** The segment to begin with. */
    file: DurableFile
    unlock: () => void
  }
}

/** The batches from an offset on; from the first on when none begins there. */
async function* batchesFrom(file: DurableFile, offset: number, limit: number): AsyncGenerator<Batch> {
  let isFound = false
  for await (const batch of readBatches(file, offset, limit)) {
    isFound = true
    yield batch
  }
  if (!isFound && offset > 0) yield* readBatches(file, 0, limit)
}

/** The entries of a batch from a position on. @throws {@link JournalDamagedError} */
function* entriesOf({ body, lines }: Batch, path: string, start: Position, from: Position): Generator<KeptEntry> {
  let at = body
  for (const line of lines.toString('latin1').split('\n').slice(0, -1)) {
    const offset = at
    at += line.length + 1
    if (start + offset < from) continue
    let entry: JournalEntry
    try {
      entry = parseEntry(line)
    } catch (cause) {
      throw new JournalDamagedError(path, offset, 'an entry stands there that no journal has', cause)
    }
    yield { entry, position: start + offset, next: start + at }
  }
}

/** Thrown when the folder of a journal cannot be read or written. */
export class JournalFolderError extends StemmaError {
  override name = 'JournalFolderError'
  constructor(folder: string, cause: unknown) {
    super(
      'JOURNAL_FOLDER',
      `No journal can be kept in ${quoted(folder)} (${reasonOf(cause)}). Choose a folder on a disk with room that this process may write to.`,
      { cause },
    )
  }
}

/** Thrown when the size of segments is out of range. */
export class InvalidSegmentSizeError extends StemmaError {
  override name = 'InvalidSegmentSizeError'
  constructor(bytes: number) {
    super(
      'INVALID_SEGMENT_SIZE',
      `A segment cannot have ${bytes} bytes. Use a whole number from ${MIN_SEGMENT_BYTES} to ${MAX_SEGMENT_BYTES}.`,
    )
  }
}

/** Thrown when a call begins while the disk is nearly full. Calls that began can still end. */
export class JournalFullError extends StemmaError {
  override name = 'JournalFullError'
  override readonly kind = 'unavailable'
  constructor(folder: string, found: string, needed: number, cause?: unknown) {
    super(
      'JOURNAL_FULL',
      `No call can begin: the disk of ${quoted(folder)} needs ${needed} free bytes, but ${found}. Free some; calls that began can end.`,
      { cause },
    )
  }
}

/** Thrown when an entry comes after a journal was closed. */
export class JournalClosedError extends StemmaError {
  override name = 'JournalClosedError'
  override readonly kind = 'unavailable'
  constructor(folder: string) {
    super('JOURNAL_CLOSED', `The journal in ${quoted(folder)} was closed. Open it again.`)
  }
}
