import { crc32 } from 'node:zlib'

import { readUpTo, type DurableFile } from './durableFile.ts'

/** A batch of lines as it stands in a segment. */
export type Batch = {
  /** How many batches the journal had before it. */
  sequence: number
  /** Where its first line begins, in bytes from the start of the file. */
  body: number
  /** Its lines. Valid until the next batch is read. */
  lines: Buffer
  /** Where the next batch begins. */
  next: number
}

/** Longest first line of a batch, in bytes. */
export const MAX_BATCH_HEADER = 48

const HEADER = /^(batch (\d{1,16}) (\d{1,8}) )([0-9a-f]{8})$/
const BATCH = Buffer.from('batch ')
const LINE_FEED = 0x0a
const CHUNK_BYTES = 256 * 1024

/**
 * The first line of a batch, `batch SEQUENCE BYTES CRC`: how many batches came before, how long its lines are, and the CRC-32 of all of
 * it. A batch is written and synced as a whole before the next is begun, so only the last can be half written.
 */
export function batchHeader(sequence: number, lines: string): string {
  const start = `batch ${sequence} ${lines.length} `
  return `${start}${crc32(lines, crc32(start)).toString(16).padStart(8, '0')}\n`
}

/** The batch that begins at an offset of some bytes; undefined when there is none, or not all of it. Places are those in the bytes. */
export function batchAt(bytes: Buffer, offset: number): Batch | undefined {
  const header = headerAt(bytes, offset)
  if (header === undefined || header.next > bytes.length) return
  const { start, sequence, crc, body, next } = header
  const lines = bytes.subarray(body, next)
  return crc32(lines, crc32(start)) === crc ? { sequence, body, lines, next } : undefined
}

/** The batches from an offset of a file on, up to the first that is not whole, or that goes beyond `limit`. */
export async function* readBatches(file: DurableFile, offset: number, limit: number): AsyncGenerator<Batch> {
  let chunk = Buffer.alloc(Math.min(CHUNK_BYTES, limit - offset))
  /** The part of the file that the chunk holds. */
  let [from, to] = [offset, offset]
  for (let at = offset; at < limit;) {
    const needed = neededAt(chunk.subarray(0, to - from), at - from)
    if (needed > to - at && to < limit) {
      const kept = chunk.subarray(at - from, to - from)
      const wanted = Math.min(Math.max(needed, CHUNK_BYTES), limit - at)
      const next = wanted > chunk.length ? Buffer.alloc(wanted) : chunk
      next.set(kept)
      const length = await readUpTo(file, next.subarray(kept.length), to, wanted - kept.length)
      ;[chunk, from, to] = [next, at, to + length]
      if (length === 0) return
      continue
    }
    const batch = batchAt(chunk.subarray(0, to - from), at - from)
    if (batch === undefined) return
    at = from + batch.next
    yield { ...batch, body: from + batch.body, next: at }
  }
}

/** The offset of the first whole batch behind an offset of some bytes. Lines are JSON, so none of them can look like one. */
export function findBatch(bytes: Buffer, offset: number): number | undefined {
  for (let at = bytes.indexOf(BATCH, offset + 1); at >= 0; at = bytes.indexOf(BATCH, at + 1)) {
    if (batchAt(bytes, at) !== undefined) return at
  }
  return undefined
}

/** How many bytes have to be there to judge the batch at an offset. */
function neededAt(bytes: Buffer, offset: number): number {
  const header = headerAt(bytes, offset)
  return header === undefined ? MAX_BATCH_HEADER : header.next - offset
}

function headerAt(bytes: Buffer, offset: number) {
  const end = bytes.subarray(offset, offset + MAX_BATCH_HEADER).indexOf(LINE_FEED)
  if (end < 0) return
  const match = HEADER.exec(bytes.toString('latin1', offset, offset + end))
  if (match === null) return
  const [, start, sequence, length, crc] = match
  const body = offset + end + 1
  return {
    start: start!,
    sequence: Number(sequence),
    crc: Number.parseInt(crc!, 16),
    body,
    next: body + Number(length),
  }
}
