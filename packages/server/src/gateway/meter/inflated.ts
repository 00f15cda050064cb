import { brotliDecompressSync, constants, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'

/** Most bytes that an answer may inflate to; beyond, its usage is estimated. */
const MOST_INFLATED = 16 * 1024 * 1024

const limit = { maxOutputLength: MOST_INFLATED }
/** What is cut inflates as far as it came. */
const zlibOptions = { ...limit, finishFlush: constants.Z_SYNC_FLUSH }

type Inflate = (bytes: Buffer) => Buffer

const INFLATES: ReadonlyMap<string, Inflate> = new Map<string, Inflate>([
  ['gzip', (bytes) => gunzipSync(bytes, zlibOptions)],
  ['x-gzip', (bytes) => gunzipSync(bytes, zlibOptions)],
  ['deflate', (bytes) => inflateSync(bytes, zlibOptions)],
  ['br', (bytes) => brotliDecompressSync(bytes, { ...limit, finishFlush: constants.BROTLI_OPERATION_FLUSH })],
  ['zstd', (bytes) => zstdDecompressSync(bytes, { ...limit, finishFlush: constants.ZSTD_e_flush })],
])

/**
 * The content of a compressed answer, as far as it came; undefined when its encoding is unknown, or it is damaged or too large.
 *
 * @param encoding the value of `content-encoding`
 */
export function inflated(bytes: Buffer, encoding: string): Buffer | undefined {
  if (encoding === '') return bytes
  try {
    return INFLATES.get(encoding)?.(bytes)
  } catch {
    return undefined
  }
}
