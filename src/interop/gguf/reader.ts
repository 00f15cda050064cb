import { StemmaError } from '../../core/errors.ts'
import { quoted } from '../../core/text.ts'
import { FileTruncatedError, type ByteSource } from '../byteSource.ts'

/** Longest header (metadata and tensor infos), in bytes. The largest tokenizers take some tens of megabytes. */
export const MAX_GGUF_HEADER_BYTES = 256 * 1024 * 1024
/** How many values of an array are kept. */
export const GGUF_ARRAY_SAMPLE = 16

const MAX_STRING_BYTES = 64 * 1024 * 1024
const MAX_ARRAY_DEPTH = 4
/** Bytes that are read from the source at once. */
const WINDOW_BYTES = 1024 * 1024

/** Number of the metadata type uint32. */
export const UINT32 = 4
const BOOL = 7
const STRING = 8
const ARRAY = 9

/** Bytes of the metadata types of fixed size, by number. */
const SCALAR_BYTES: Readonly<Record<number, number>> = {
  0: 1, // uint8
  1: 1, // int8
  2: 2, // uint16
  3: 2, // int16
  [UINT32]: 4,
  5: 4, // int32
  6: 4, // float32
  [BOOL]: 1,
  10: 8, // uint64
  11: 8, // int64
  12: 8, // float64
}

/** A value of the metadata. 64-bit integers that a double cannot hold are bigints. */
export type GgufValue = number | bigint | boolean | string | GgufArray

/** An array of the metadata, with its first {@link GGUF_ARRAY_SAMPLE} values, or all of them where the reader was asked for them. */
export type GgufArray = { length: number; first: readonly GgufValue[] }

/** Reads the values of a GGUF header from the beginning of a source, through a window of one megabyte. */
export class GgufReader {
  readonly source: ByteSource
  /** Offset of the next byte. */
  position = 0
  #window: DataView = new DataView(new ArrayBuffer(0))
  #windowStart = 0
  readonly #wholeArrays: ReadonlySet<string>

  /** @param wholeArrays keys of arrays of which all values are kept */
  constructor(source: ByteSource, wholeArrays: ReadonlySet<string> = new Set()) {
    this.source = source
    this.#wholeArrays = wholeArrays
  }

  /** The next bytes, valid until the next call. */
  async bytes(length: number): Promise<DataView> {
    const end = this.position + length
    if (end > this.source.size) throw new FileTruncatedError(this.source.path, end)
    if (end > MAX_GGUF_HEADER_BYTES) throw this.#tooLong(end)
    if (end > this.#windowStart + this.#window.byteLength) {
      const wanted = Math.max(length, WINDOW_BYTES)
      const bytes = await this.source.read(this.position, Math.min(wanted, this.source.size - this.position))
      this.#window = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      this.#windowStart = this.position
    }
    const start = this.#window.byteOffset + this.position - this.#windowStart
    this.position = end
    return new DataView(this.#window.buffer, start, length)
  }

  /** The next 4 bytes as an unsigned integer, little-endian. */
  async uint32(): Promise<number> {
    return (await this.bytes(4)).getUint32(0, true)
  }

  /** The next 8 bytes as an unsigned integer, little-endian. */
  async uint64(): Promise<bigint> {
    return (await this.bytes(8)).getBigUint64(0, true)
  }

  /** A count of things that take at least `minimum` bytes each. */
  async count(what: string, minimum: number, maximum = Number.MAX_SAFE_INTEGER): Promise<number> {
    const count = await this.uint64()
    const most = Math.min(maximum, Math.floor((this.source.size - this.position) / minimum))
    if (count > BigInt(most)) throw new GgufCountError(this.source.path, what, count, most)
    return Number(count)
  }

  /** A name in UTF-8. */
  async text(what: string, maximum: number): Promise<string> {
    const length = await this.uint64()
    if (length > BigInt(maximum)) throw new GgufLengthError(this.source.path, what, length, maximum)
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await this.bytes(Number(length)))
    } catch (error) {
      if (error instanceof StemmaError) throw error
      throw new GgufFieldError(this.source.path, what, 'is not UTF-8', 'UTF-8')
    }
  }

  /** A value of the metadata. @param type the number of its type */
  async value(type: number, key: string, depth = 0): Promise<GgufValue> {
    if (type === STRING) return this.#string(key)
    if (type === ARRAY) return this.#array(key, depth)
    const length = SCALAR_BYTES[type]
    if (length === undefined)
      throw new GgufFieldError(this.source.path, key, `has the unknown type ${type}`, 'a type from 0 to 12')
    const value = scalarOf(type, await this.bytes(length))
    if (value === undefined)
      throw new GgufFieldError(this.source.path, key, 'is a boolean that is neither 0 nor 1', '0 or 1')
    return value
  }

  /** A string of the metadata. Token texts need not be UTF-8, so invalid bytes are replaced. */
  async #string(key: string): Promise<string> {
    const length = await this.uint64()
    const left = Math.min(this.source.size - this.position, MAX_STRING_BYTES)
    if (length > BigInt(left)) throw new GgufLengthError(this.source.path, key, length, left)
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(await this.bytes(Number(length)))
  }

  async #array(key: string, depth: number): Promise<GgufArray> {
    if (depth === MAX_ARRAY_DEPTH)
      throw new GgufFieldError(
        this.source.path,
        key,
        'is an array nested too deeply',
        `at most ${MAX_ARRAY_DEPTH} levels`,
      )
    const type = await this.uint32()
    const itemBytes = SCALAR_BYTES[type]
    const minimum = itemBytes ?? (type === STRING ? 8 : 12)
    const length = await this.count(`values of ${quoted(key)}`, minimum)
    const first: GgufValue[] = []
    const kept = this.#wholeArrays.has(key) ? length : Math.min(length, GGUF_ARRAY_SAMPLE)
    while (first.length < kept) first.push(await this.value(type, key, depth + 1))
    const skipped = length - first.length
    if (itemBytes !== undefined) await this.#skip(skipped * itemBytes)
    else if (type === STRING) for (let index = 0; index < skipped; index++) await this.#skipString(key)
    else for (let index = 0; index < skipped; index++) await this.value(type, key, depth + 1)
    return { length, first }
  }

  async #skipString(key: string): Promise<void> {
    const length = await this.uint64()
    const left = this.source.size - this.position
    if (length > BigInt(left)) throw new GgufLengthError(this.source.path, key, length, left)
    await this.#skip(Number(length))
  }

  async #skip(length: number): Promise<void> {
    const end = this.position + length
    if (end > MAX_GGUF_HEADER_BYTES) throw this.#tooLong(end)
    this.position = end
    // Empties the window when the next bytes are not in it.
    if (end > this.#windowStart + this.#window.byteLength) {
      this.#windowStart = end
      this.#window = new DataView(new ArrayBuffer(0))
    }
  }

  #tooLong(end: number): GgufLengthError {
    return new GgufLengthError(this.source.path, 'The header', BigInt(end), MAX_GGUF_HEADER_BYTES)
  }
}

function scalarOf(type: number, bytes: DataView): number | bigint | boolean | undefined {
  switch (type) {
    case 0:
      return bytes.getUint8(0)
    case 1:
      return bytes.getInt8(0)
    case 2:
      return bytes.getUint16(0, true)
    case 3:
      return bytes.getInt16(0, true)
    case UINT32:
      return bytes.getUint32(0, true)
    case 5:
      return bytes.getInt32(0, true)
    case 6:
      return bytes.getFloat32(0, true)
    case BOOL:
      return bytes.getUint8(0) > 1 ? undefined : bytes.getUint8(0) === 1
    case 10:
      return narrowed(bytes.getBigUint64(0, true))
    case 11:
      return narrowed(bytes.getBigInt64(0, true))
    default:
      return bytes.getFloat64(0, true)
  }
}

function narrowed(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

/** Thrown when a GGUF file states a larger count than it has room for. */
export class GgufCountError extends StemmaError {
  override name = 'GgufCountError'
  constructor(path: string, what: string, count: bigint, most: number) {
    super(
      'GGUF_COUNT',
      `${quoted(path)} states ${count} ${what} but has room for ${most} at most. The file is damaged or forged; download it again.`,
    )
  }
}

/** Thrown when a GGUF file states a length that is not allowed, or longer than the file. */
export class GgufLengthError extends StemmaError {
  override name = 'GgufLengthError'
  constructor(path: string, what: string, length: bigint, most: number) {
    super(
      'GGUF_LENGTH',
      `${quoted(what)} in ${quoted(path)} states ${length} bytes, but at most ${most} are possible. The file is damaged or forged; download it again.`,
    )
  }
}

/** Thrown when a part of a GGUF header has an invalid value. */
export class GgufFieldError extends StemmaError {
  override name = 'GgufFieldError'
  constructor(path: string, field: string, what: string, expected: string) {
    super('GGUF_FIELD', `${quoted(field)} in ${quoted(path)} ${what}. Expected ${expected}; do not load the file.`)
  }
}
