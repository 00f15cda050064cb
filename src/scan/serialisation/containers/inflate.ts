// The scan runs in a child process of Node, so Node's own zlib is used: native, bounded by `maxOutputLength`, and without a dependency.
import { gunzipSync, inflateRawSync, constants } from 'node:zlib'
import type { Judge } from '../../ports.ts'
import { LIMITS } from '../limits.ts'

/** What inflating gave: the bytes, `bomb` when they are over the limits, or `broken`. */
export type Inflated = Uint8Array | 'bomb' | 'broken'

/** Inflates in memory, at most `LIMITS.ratio` bytes for each that is given (and at least 64 KiB), and counts what came out. */
export function inflate(kind: 'raw' | 'gzip', bytes: Uint8Array, judge: Judge): Inflated {
  const maxOutputLength = Math.min(LIMITS.bytes, Math.max(65_536, bytes.length * LIMITS.ratio))
  // With a soft flush a stream that breaks off gives what came before the break.
  const options = { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH }
  try {
    const output = kind === 'raw' ? inflateRawSync(bytes, options) : gunzipSync(bytes, options)
    judge.spend('bytes', output.length)
    return output
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    return error.code === 'ERR_BUFFER_TOO_LARGE' ? 'bomb' : 'broken'
  }
}

/** Bytes as what is judged inside content. */
export function inMemory(bytes: Uint8Array): { size: number; read(offset: number, length: number): Uint8Array } {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) }
}
