// The scan runs in a child process of Node, so Node's own zlib is used: native, bounded by `maxOutputLength`, and without a dependency.
import * as zlib from 'node:zlib'
import type { Judge } from '../../ports.ts'
import { LIMITS } from '../limits.ts'
import { inMemory, part, type Source } from './source.ts'

/** Compressed streams that Node opens. */
export type Packing = 'raw' | 'gzip' | 'zlib' | 'zstd'

/** What came out of a stream. */
export type Inflated = {
  bytes: Uint8Array
  /** Compressed bytes that were read. */
  consumed: number
  /** Why it is only the first part; null when it is all. */
  cut: 'broken' | 'ratio' | 'memory' | 'total' | null
}

type Attempt = { bytes: Uint8Array; consumed: number } | 'large' | 'broken'

/** Compressed bytes that are one step of work. */
const BYTES_PER_STEP = 8

/** Inflates in memory; at least the first part of what is too large or breaks. */
export function inflate(packing: Packing, source: Source, judge: Judge): Inflated {
  const byRatio = Math.max(LIMITS.harmless, source.size * LIMITS.ratio)
  const left = judge.bytesLeft()
  const most = Math.min(LIMITS.memory, left, byRatio)
  const all = source.read(0, Math.min(source.size, LIMITS.memory))
  let cut: Inflated['cut'] = all.length < source.size ? 'memory' : null
  let [input, attempt] = [all, attemptOf(packing, all, most, judge)]
  if (attempt === 'large') {
    cut = most === byRatio ? 'ratio' : most === left ? 'total' : 'memory'
    // No stream gives more than 1,032 bytes for one, so the loop ends with a part that fits.
    while (attempt === 'large' && input.length > 0) {
      input = input.subarray(0, Math.floor(input.length / 4))
      attempt = attemptOf(packing, input, most, judge)
    }
  }
  if (attempt === 'broken') {
    attempt = beforeBreak(packing, input, most, judge)
    const whole = wholeStream(packing, input, attempt, judge)
    if (whole === undefined) cut ??= 'broken'
    else attempt = whole
  }
  if (typeof attempt === 'string') return { bytes: new Uint8Array(), consumed: 0, cut: cut ?? 'broken' }
  judge.spend('bytes', attempt.bytes.length)
  return { ...attempt, cut }
}

/** Inflates, judges what came out as a member of that name, and reports what could not be judged. */
export function judgeInflated(
  packing: Packing,
  source: Source,
  member: { name: string; what: string; offset: number; isMember: boolean },
  judge: Judge,
): Inflated {
  const inflated = inflate(packing, source, judge)
  const { bytes, cut } = inflated
  const { name, what, offset, isMember } = member
  if (bytes.length > 0 || cut === null) judge.within(name, inMemory(bytes), isMember && cut === null)
  if (cut === 'broken') judge.found({ rule: 'archive.unopened', what: `${what} breaks off`, offset })
  if (cut === 'memory')
    judge.found({ rule: 'archive.limits', level: 'unknown', what: `${what}: only its first part was judged`, offset })
  if (cut === 'ratio')
    judge.found({ rule: 'archive.limits', what: `${what} grows more than ${LIMITS.ratio} times`, offset })
  if (cut === 'total') judge.spend('bytes', judge.bytesLeft() + 1)
  return inflated
}

/** What comes out of the longest beginning that can be inflated. */
function beforeBreak(packing: Packing, input: Uint8Array, most: number, judge: Judge): Attempt {
  let [low, high] = [0, Math.min(input.length, LIMITS.broken)]
  let best: Attempt = 'broken'
  while (low < high) {
    const length = Math.ceil((low + high) / 2)
    const attempt = attemptOf(packing, input.subarray(0, length), Math.min(most, LIMITS.harmless), judge)
    if (attempt === 'broken') high = length - 1
    else if (attempt === 'large') high = length - 1
    else [low, best] = [length, attempt]
  }
  return best === 'broken' || (typeof best !== 'string' && best.bytes.length === 0) ? 'broken' : best
}

/** The whole stream in what was read, where there is one with other bytes behind it. */
function wholeStream(packing: Packing, input: Uint8Array, read: Attempt, judge: Judge): Attempt | undefined {
  if (packing === 'zstd' || typeof read === 'string') return undefined
  // One byte behind a stream is not enough to tell that it begins no other.
  for (const length of [read.consumed, read.consumed - 1]) {
    const attempt = attemptOf(packing, input.subarray(0, length), LIMITS.harmless, judge, zlib.constants.Z_FINISH)
    if (typeof attempt !== 'string') return attempt
  }
  return undefined
}

/** With a soft flush a stream that breaks off gives what came before the break. */
function attemptOf(
  packing: Packing,
  input: Uint8Array,
  most: number,
  judge: Judge | undefined,
  finishFlush = zlib.constants.Z_SYNC_FLUSH,
): Attempt {
  judge?.spend('steps', Math.ceil(input.length / BYTES_PER_STEP))
  const options = { maxOutputLength: Math.max(1, most), finishFlush, info: true }
  try {
    const result = (packing === 'zstd'
      ? zstd(input, options.maxOutputLength)
      : INFLATERS[packing](input, options)) as unknown as {
      buffer: Uint8Array
      engine: { bytesWritten: number }
    }
    return { bytes: result.buffer, consumed: result.engine.bytesWritten }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    return error.code === 'ERR_BUFFER_TOO_LARGE' ? 'large' : 'broken'
  }
}

const INFLATERS = { raw: zlib.inflateRawSync, gzip: zlib.gunzipSync, zlib: zlib.inflateSync }

function zstd(input: Uint8Array, maxOutputLength: number): unknown {
  return zlib.zstdDecompressSync(input, { maxOutputLength, finishFlush: zlib.constants.ZSTD_e_flush, info: true })
}

/** CRC-32 as in zip and gzip. */
export function crc32(bytes: Uint8Array, judge: Judge): number {
  judge.spend('steps', Math.ceil(bytes.length / BYTES_PER_STEP))
  return zlib.crc32(bytes)
}

/** Whether bytes begin as a stream does: a part of it inflates to something. */
export function begins(packing: Packing, source: Source): boolean {
  const attempt = attemptOf(packing, part(source, 0, 256).read(0, 256), LIMITS.harmless, undefined)
  return typeof attempt !== 'string' && attempt.bytes.length > 0
}
