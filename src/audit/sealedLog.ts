import { canonicalJson } from '../core/canonicalJson.ts'
import type { LogRow, Mark } from './callIndex.ts'
import { parseRecord, type CallRecord } from '../core/callRecord.ts'
import type { MerkleTiles } from './merkleTiles.ts'
import { readAt, ShortFileError, type SealFiles } from './sealFiles.ts'
import { DamagedStoreError } from './storeErrors.ts'
import type { LogOwner } from '../core/usage.ts'

/** After how many records of a log the index marks how far it is: as many are read to answer for one. */
export const MARK_EVERY = 256
/** Most bytes that so many records have. */
const SPAN_BYTES = MARK_EVERY * 1024

/** A log as far as it is sealed: what a store has of it in memory. */
export type SealedLog = Omit<LogRow, 'number'> & { folder: string; tiles: MerkleTiles }

/** How far a log is, as a mark for the index. */
export function markOf({ size, bytes, calls, tokens }: Mark): Mark {
  return { size, bytes, calls, tokens }
}

/** Counts one record more, whose line has a text. */
export function count(log: Mark & Pick<LogRow, 'time'>, record: Omit<CallRecord, 'index'>, text: string): void {
  log.size += 1
  log.bytes += text.length + 1
  log.time = record.time
  log.calls += record.outcome === 'served' ? 1 : 0
  log.tokens += record.inputTokens + record.outputTokens
}

/** The first line of a log, with its line feed. */
export function headerOf({ operator, credential, epoch }: LogOwner): string {
  return `${canonicalJson({ usageLog: 2, operator, credential, epoch })}\n`
}

/**
 * The records of a log's file from one place up to a size, which is before the mark after `mark`.
 *
 * @param bytes how many bytes of the file count
 * @param mark the last before `from`
 *
 * @throws {@link DamagedStoreError} when they are not there; `InvalidRecordError`
 */
export function readRecords(
  files: SealFiles,
  path: string,
  bytes: number,
  mark: Mark,
  from: number,
  size: number,
): CallRecord[] {
  const length = Math.min(bytes - mark.bytes, SPAN_BYTES)
  const lines = read(files, path, mark.bytes, length)
    .toString('latin1')
    .split('\n', size - mark.size)
  if (lines.length < size - mark.size) throw new DamagedStoreError(path, `record ${size - 1} is missing`, 'log')
  return lines.slice(from - mark.size).map((line, at) => {
    const where = `record ${from + at}`
    const record = parseRecord(line, where, 2)
    if (record.index === from + at) return record
    throw new DamagedStoreError(path, `${where} says that it is record ${record.index}`, 'log')
  })
}

function read(files: SealFiles, path: string, at: number, length: number): Buffer {
  try {
    return readAt(files, path, at, length)
  } catch (error) {
    if (!(error instanceof ShortFileError)) throw error
    throw new DamagedStoreError(path, 'it is shorter than what was sealed', 'log', error)
  }
}
