import type { StemmaError } from '../core/errors.ts'
import type { JsonValue } from '../core/canonicalJson.ts'
import type { CallEnd, CallIntent } from './usageStore.ts'

/** What stands in a journal: that a call began, that it ended, or a note of the program that keeps the journal. */
export type JournalEntry = { intent: CallIntent } | { end: CallEnd } | { note: JsonValue }

/** Where an entry stands in a journal: a whole number, larger for later entries, also after a restart. The first is 0 or more. */
export type Position = number

/** An entry as it is read. */
export type KeptEntry = {
  entry: JournalEntry
  position: Position
  /** Where the entry after it stands, or will: to go on reading from there, or to release all up to this one. */
  next: Position
}

/** One journal for the calls of all credentials, in segments. Entries that come at the same time share a sync. */
export type Journal = {
  readonly folder: string
  /** Why nothing is accepted any more, as after a failed write; undefined while all is well. */
  readonly failure: StemmaError | undefined
  /** Where the next entry will stand: behind all that is on the disk. */
  readonly end: Position
  /** Bytes that were cut off at opening: entries that a crash left half written, none of which was acknowledged. */
  readonly unfinished: number
  /**
   * Appends an entry; resolves with its position when it is on the disk. Entries keep the order of the calls. Rejects an intent while the
   * disk is nearly full, and everything after a failed write or sync.
   */
  append(entry: JournalEntry): Promise<Position>
  /** Reads the entries from a position on, up to `end` as it is now. Those before the oldest segment are gone. */
  entries(from?: Position): AsyncIterable<KeptEntry>
  /** Removes the segments that end at or before a position: nobody needs what stands before it. */
  release(upTo: Position): Promise<void>
  /** Waits for what was appended, and closes. What is appended later is rejected. */
  close(): Promise<void>
}
