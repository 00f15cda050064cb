import { StemmaError } from '../core/errors.ts'
import { hasUnsafeCharacters, quoted } from '../core/text.ts'
import { FileTruncatedError, withFile, type OpenFile } from './openFile.ts'

/** Longest header (metadata and tensor infos), in bytes. The largest tokenizers take some tens of megabytes. */
export const MAX_GGUF_HEADER_BYTES = 256 * 1024 * 1024
/** Values of an array that are kept; of the others only the number is. */
export const GGUF_ARRAY_SAMPLE = 16

/** Most tensors, and most metadata entries. The largest models have some tens of thousands. */
const MAX_ITEMS = 1_000_000
const MAX_STRING_BYTES = 64 * 1024 * 1024
const MAX_KEY_BYTES = 65_535
const MAX_NAME_BYTES = 64
const MAX_DIMENSIONS = 4
const MAX_ARRAY_DEPTH = 4
const DEFAULT_ALIGNMENT = 32
/** Key, type and value of the shortest entry: an empty key is refused later. */
const MIN_ENTRY_BYTES = 8 + 4 + 1
/** Name, number of dimensions, type and offset of the shortest tensor info. */
const MIN_TENSOR_BYTES = 8 + 4 + 4 + 8

/** Name, elements of a block and bytes of a block of each ggml type, by number. Numbers without an entry were given up. */
const GGML_TYPES: Readonly<Record<number, readonly [name: string, elements: number, bytes: number]>> = {
  0: ['F32', 1, 4],
  1: ['F16', 1, 2],
  2: ['Q4_0', 32, 18],
  3: ['Q4_1', 32, 20],
  6: ['Q5_0', 32, 22],
  7: ['Q5_1', 32, 24],
  8: ['Q8_0', 32, 34],
  9: ['Q8_1', 32, 40],
  10: ['Q2_K', 256, 84],
  11: ['Q3_K', 256, 110],
  12: ['Q4_K', 256, 144],
  13: ['Q5_K', 256, 176],
  14: ['Q6_K', 256, 210],
  15: ['Q8_K', 256, 292],
  16: ['IQ2_XXS', 256, 66],
  17: ['IQ2_XS', 256, 74],
  18: ['IQ3_XXS', 256, 98],
  19: ['IQ1_S', 256, 50],
  20: ['IQ4_NL', 32, 18],
  21: ['IQ3_S', 256, 110],
  22: ['IQ2_S', 256, 82],
  23: ['IQ4_XS', 256, 136],
  24: ['I8', 1, 1],
  25: ['I16', 1, 2],
  26: ['I32', 1, 4],
  27: ['I64', 1, 8],
  28: ['F64', 1, 8],
  29: ['IQ1_M', 256, 56],
  30: ['BF16', 1, 2],
  34: ['TQ1_0', 256, 54],
  35: ['TQ2_0', 256, 66],
  39: ['MXFP4', 32, 17],
  40: ['NVFP4', 64, 36],
  41: ['Q1_0', 128, 18],
  42: ['Q2_0', 64, 18],
}

/** Bytes of the metadata types of one size, by number. */
const SCALAR_BYTES: Readonly<Record<number, number>> = {
  0: 1, // uint8
  1: 1, // int8
  2: 2, // uint16
  3: 2, // int16
  4: 4, // uint32
  5: 4, // int32
  6: 4, // float32
  7: 1, // bool
  10: 8, // uint64
  11: 8, // int64
  12: 8, // float64
}
const UINT32 = 4
const BOOL = 7
const STRING = 8
const ARRAY = 9

/** A value of the metadata. 64-bit integers that a double cannot hold are bigints. */
export type GgufValue = number | bigint | boolean | string | GgufArray

/** An array of the metadata, of which the first {@link GGUF_ARRAY_SAMPLE} values are kept. */
export type GgufArray = { length: number; first: readonly GgufValue[] }

/** A tensor of a GGUF file. */
export type GgufTensor = {
  name: string
  /** Name of the ggml type, such as `Q4_K`. */
  type: string
  /** Elements in each dimension, the fastest first. */
  shape: readonly number[]
  /** Place of the first byte, from the beginning of the file. */
  offset: number
  /** Bytes, without the padding after them. */
  length: number
}

/** What the header of a GGUF file says, checked against the file. */
export type GgufHeader = {
  version: 2 | 3
  metadata: ReadonlyMap<string, GgufValue>
  /** In the order of their bytes. */
  tensors: readonly GgufTensor[]
  /** Tensors begin at multiples of this many bytes. */
  alignment: number
  /** Where the tensors' bytes begin, from the beginning of the file. */
  dataOffset: number
  /** Bytes of the file. */
  size: number
}

/**
 * Reads the header of a GGUF file of version 2 or 3 (little-endian), and nothing of its tensors, and holds it against the file:
 * counts and lengths fit into the file, tensors stand one after the other with no more than padding between them, and the
 * last ends where the file does.
 *
 * @throws {@link NotGgufError} {@link GgufVersionError} for another format or version
 * @throws {@link GgufCountError} {@link GgufLengthError} when the file is too short for what the header counts
 * @throws {@link GgufFieldError} when an entry is not what it must be, {@link GgufDuplicateError} when a name stands twice
 * @throws {@link GgufTypeError} {@link GgufShapeError} {@link GgufOverlapError} {@link GgufGapError}
 * {@link GgufBoundsError} when tensors and file disagree
 * @throws what `withFile` throws
 */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  return withFile(path, async (file) => {
    const reader = new Reader(file)
    if (file.size < 24) {
      const magic = await file.read(0, Math.min(4, file.size))
      throw magic.toString('latin1') === 'GGUF' ? new FileTruncatedError(path, 24) : new NotGgufError(path)
    }
    if ((await reader.bytes(4)).toString('latin1') !== 'GGUF') throw new NotGgufError(path)
    const version = await reader.uint32()
    if (version !== 2 && version !== 3) throw new GgufVersionError(path, version)
    const tensorCount = await reader.count('tensors', MIN_TENSOR_BYTES, MAX_ITEMS)
    const entryCount = await reader.count('metadata entries', MIN_ENTRY_BYTES, MAX_ITEMS)

    const metadata = new Map<string, GgufValue>()
    let alignment = DEFAULT_ALIGNMENT
    for (let index = 0; index < entryCount; index++) {
      const key = await reader.text(`the key of metadata entry ${index}`, MAX_KEY_BYTES)
      if (key === '' || hasUnsafeCharacters(key)) {
        throw new GgufFieldError(path, `Metadata entry ${index}`, `has the key ${quoted(key)}`, 'a plain name')
      }
      if (metadata.has(key)) throw new GgufDuplicateError(path, 'metadata key', key)
      const type = await reader.uint32()
      const value = await reader.value(type, key, 0)
      metadata.set(key, value)
      if (key === 'general.alignment') alignment = alignmentOf(path, type, value)
    }

    const infos: Info[] = []
    const names = new Set<string>()
    for (let index = 0; index < tensorCount; index++) {
      const info = await readInfo(reader, index)
      if (names.has(info.name)) throw new GgufDuplicateError(path, 'tensor', info.name)
      names.add(info.name)
      infos.push(info)
    }
    const dataOffset = Math.ceil(reader.position / alignment) * alignment
    return {
      version,
      metadata,
      tensors: place(file, infos, dataOffset, alignment),
      alignment,
      dataOffset,
      size: file.size,
    }
  })
}

type Info = { name: string; type: string; shape: number[]; offset: bigint; length: bigint }

async function readInfo(reader: Reader, index: number): Promise<Info> {
  const { path } = reader.file
  const name = await reader.text(`the name of tensor ${index}`, MAX_NAME_BYTES)
  if (name === '' || hasUnsafeCharacters(name)) {
    throw new GgufFieldError(path, `Tensor ${index}`, `has the name ${quoted(name)}`, 'a plain name')
  }
  const dimensions = await reader.uint32()
  if (dimensions > MAX_DIMENSIONS)
    throw new GgufShapeError(path, name, `has ${dimensions} dimensions`, `at most ${MAX_DIMENSIONS}`)
  const shape: bigint[] = []
  for (let each = 0; each < dimensions; each++) shape.push(await reader.uint64())
  const typeNumber = await reader.uint32()
  const type = Object.hasOwn(GGML_TYPES, typeNumber) ? GGML_TYPES[typeNumber] : undefined
  if (type === undefined) throw new GgufTypeError(path, name, typeNumber)
  const [typeName, blockElements, blockBytes] = type
  const offset = await reader.uint64()

  const elements = shape.reduce((product, count) => product * count, 1n)
  if (shape.some((count) => count > BigInt(Number.MAX_SAFE_INTEGER))) {
    throw new GgufShapeError(path, name, 'has a dimension beyond 2^53', 'a size that fits into the file')
  }
  if ((shape[0] ?? 1n) % BigInt(blockElements) !== 0n) {
    throw new GgufShapeError(
      path,
      name,
      `has rows of ${shape[0] ?? 1n}`,
      `a multiple of ${blockElements}, the block of ${typeName}`,
    )
  }
  const length = (elements / BigInt(blockElements)) * BigInt(blockBytes)
  return { name, type: typeName, shape: shape.map(Number), offset, length }
}

/** Gives the tensors their places in the file, and checks that they fill it. */
function place({ path, size }: OpenFile, infos: Info[], dataOffset: number, alignment: number): GgufTensor[] {
  if (infos.length === 0) {
    if (size > dataOffset) throw new GgufGapError(path, BigInt(size - dataOffset), 'at the end')
    return []
  }
  const available = BigInt(size - dataOffset)
  infos.sort((a, b) => Number(a.offset - b.offset) || Number(a.length - b.length))
  const padded = (bytes: bigint) => ((bytes + BigInt(alignment) - 1n) / BigInt(alignment)) * BigInt(alignment)
  let end = 0n
  let previous = ''
  for (const { name, offset, length } of infos) {
    if (offset % BigInt(alignment) !== 0n) {
      throw new GgufFieldError(path, name, `begins at ${offset}`, `a multiple of the alignment, ${alignment}`)
    }
    if (offset + length > available)
      throw new GgufBoundsError(path, name, offset + length, available < 0n ? 0n : available)
    if (offset < end) throw new GgufOverlapError(path, previous, name)
    if (offset > padded(end)) throw new GgufGapError(path, offset - end, `before ${quoted(name)}`)
    end = offset + length
    previous = name
  }
  // Some writers pad the last tensor too, others do not.
  if (available > padded(end)) throw new GgufGapError(path, available - end, 'at the end')
  return infos.map(({ name, type, shape, offset, length }) => ({
    name,
    type,
    shape,
    offset: dataOffset + Number(offset),
    length: Number(length),
  }))
}

function alignmentOf(path: string, type: number, value: GgufValue): number {
  if (
    type === UINT32 &&
    typeof value === 'number' &&
    value >= 8 &&
    value <= 2 ** 20 &&
    Number.isInteger(Math.log2(value))
  )
    return value
  const shown = typeof value === 'object' ? 'an array' : quoted(String(value))
  throw new GgufFieldError(path, 'general.alignment', `is ${shown}`, 'a uint32, a power of two from 8 to 1,048,576')
}

/** Reads a file from its beginning in pieces, and never more than the longest header. */
class Reader {
  readonly file: OpenFile
  position = 0
  #window: Buffer = Buffer.alloc(0)
  #windowStart = 0

  constructor(file: OpenFile) {
    this.file = file
  }

  /** The next bytes. What is returned is only good until the next call. */
  async bytes(length: number): Promise<Buffer> {
    const end = this.position + length
    if (end > this.file.size) throw new FileTruncatedError(this.file.path, end)
    if (end > MAX_GGUF_HEADER_BYTES)
      throw new GgufLengthError(this.file.path, 'The header', BigInt(end), MAX_GGUF_HEADER_BYTES)
    if (end > this.#windowStart + this.#window.length) {
      const wanted = Math.max(length, 1024 * 1024)
      this.#window = await this.file.read(this.position, Math.min(wanted, this.file.size - this.position))
      this.#windowStart = this.position
    }
    const start = this.position - this.#windowStart
    this.position = end
    return this.#window.subarray(start, start + length)
  }

  async uint32(): Promise<number> {
    return (await this.bytes(4)).readUInt32LE()
  }

  async uint64(): Promise<bigint> {
    return (await this.bytes(8)).readBigUInt64LE()
  }

  /** A number of things of which each takes some bytes at least. */
  async count(what: string, minimum: number, maximum = Number.MAX_SAFE_INTEGER): Promise<number> {
    const count = await this.uint64()
    const most = Math.min(maximum, Math.floor((this.file.size - this.position) / minimum))
    if (count > BigInt(most)) throw new GgufCountError(this.file.path, what, count, most)
    return Number(count)
  }

  async text(what: string, maximum: number): Promise<string> {
    const length = await this.uint64()
    if (length > BigInt(maximum)) throw new GgufLengthError(this.file.path, what, length, maximum)
    const bytes = await this.bytes(Number(length))
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    } catch {
      throw new GgufFieldError(this.file.path, what, 'is not UTF-8', 'UTF-8')
    }
  }

  async value(type: number, key: string, depth: number): Promise<GgufValue> {
    if (type === STRING) return this.#string(key)
    if (type === ARRAY) return this.#array(key, depth)
    const length = SCALAR_BYTES[type]
    if (length === undefined)
      throw new GgufFieldError(this.file.path, key, `has the unknown type ${type}`, 'a type from 0 to 12')
    const value = scalarOf(type, await this.bytes(length))
    if (value === undefined)
      throw new GgufFieldError(this.file.path, key, 'is a boolean that is neither 0 nor 1', '0 or 1')
    return value
  }

  /** A string of the metadata. Token texts need not be UTF-8, so what is not is replaced. */
  async #string(key: string): Promise<string> {
    const length = await this.uint64()
    const left = Math.min(this.file.size - this.position, MAX_STRING_BYTES)
    if (length > BigInt(left)) throw new GgufLengthError(this.file.path, key, length, left)
    return (await this.bytes(Number(length))).toString('utf8')
  }

  async #array(key: string, depth: number): Promise<GgufArray> {
    if (depth === MAX_ARRAY_DEPTH)
      throw new GgufFieldError(this.file.path, key, 'is an array nested too deep', `at most ${MAX_ARRAY_DEPTH} levels`)
    const type = await this.uint32()
    const itemBytes = SCALAR_BYTES[type]
    const minimum = itemBytes ?? (type === STRING ? 8 : 12)
    const length = await this.count(`values of ${quoted(key)}`, minimum)
    const first: GgufValue[] = []
    while (first.length < Math.min(length, GGUF_ARRAY_SAMPLE)) first.push(await this.value(type, key, depth + 1))
    const rest = length - first.length
    if (itemBytes !== undefined) await this.#skip(rest * itemBytes)
    else if (type === STRING) for (let index = 0; index < rest; index++) await this.#skipString(key)
    else for (let index = 0; index < rest; index++) await this.value(type, key, depth + 1)
    return { length, first }
  }

  async #skipString(key: string): Promise<void> {
    const length = await this.uint64()
    const left = this.file.size - this.position
    if (length > BigInt(left)) throw new GgufLengthError(this.file.path, key, length, left)
    await this.#skip(Number(length))
  }

  async #skip(length: number): Promise<void> {
    const end = this.position + length
    if (end > MAX_GGUF_HEADER_BYTES)
      throw new GgufLengthError(this.file.path, 'The header', BigInt(end), MAX_GGUF_HEADER_BYTES)
    this.position = end
    // The window is filled anew when the next bytes are not in it.
    if (end > this.#windowStart + this.#window.length) {
      this.#windowStart = end
      this.#window = Buffer.alloc(0)
    }
  }
}

function scalarOf(type: number, bytes: Buffer): number | bigint | boolean | undefined {
  switch (type) {
    case 0:
      return bytes.readUInt8()
    case 1:
      return bytes.readInt8()
    case 2:
      return bytes.readUInt16LE()
    case 3:
      return bytes.readInt16LE()
    case 4:
      return bytes.readUInt32LE()
    case 5:
      return bytes.readInt32LE()
    case 6:
      return bytes.readFloatLE()
    case BOOL:
      return bytes[0]! > 1 ? undefined : bytes[0] === 1
    case 10:
      return narrowed(bytes.readBigUInt64LE())
    case 11:
      return narrowed(bytes.readBigInt64LE())
    default:
      return bytes.readDoubleLE()
  }
}

function narrowed(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

/** Thrown when a file does not begin as a GGUF file does. */
export class NotGgufError extends StemmaError {
  override name = 'NotGgufError'
  constructor(path: string) {
    super(
      'NOT_GGUF',
      `${quoted(path)} does not begin with "GGUF". Give a GGUF file; older GGML files must be converted.`,
    )
  }
}

/** Thrown when a GGUF file has a version that is not read. */
export class GgufVersionError extends StemmaError {
  override name = 'GgufVersionError'
  constructor(path: string, version: number) {
    // A version below 2^16 in the other byte order has its lower half empty.
    const isSwapped = version !== 0 && (version & 0xffff) === 0
    super(
      'GGUF_VERSION',
      `${quoted(path)} has version ${version}${isSwapped ? ', so it seems to be big-endian' : ''}. Only the little-endian versions 2 and 3 are read; convert it.`,
    )
  }
}

/** Thrown when a GGUF file counts more of something than it has room for. */
export class GgufCountError extends StemmaError {
  override name = 'GgufCountError'
  constructor(path: string, what: string, count: bigint, most: number) {
    super(
      'GGUF_COUNT',
      `${quoted(path)} states ${count} ${what} but has room for ${most} at most. It is damaged or lies; download it again.`,
    )
  }
}

/** Thrown when a GGUF file states a length that is not allowed or not there. */
export class GgufLengthError extends StemmaError {
  override name = 'GgufLengthError'
  constructor(path: string, what: string, length: bigint, most: number) {
    super(
      'GGUF_LENGTH',
      `${quoted(what)} in ${quoted(path)} states ${length} bytes, of which at most ${most} can be. It is damaged or lies; download it again.`,
    )
  }
}

/** Thrown when a part of a GGUF header is not what it must be. */
export class GgufFieldError extends StemmaError {
  override name = 'GgufFieldError'
  constructor(path: string, field: string, what: string, expected: string) {
    super('GGUF_FIELD', `${quoted(field)} in ${quoted(path)} ${what}. Expected ${expected}; do not load the file.`)
  }
}

/** Thrown when a metadata key or a tensor stands twice in a GGUF header. */
export class GgufDuplicateError extends StemmaError {
  override name = 'GgufDuplicateError'
  constructor(path: string, kind: string, key: string) {
    super(
      'GGUF_DUPLICATE',
      `The ${kind} ${quoted(key)} stands twice in ${quoted(path)}. Readers would disagree about it; do not load the file.`,
    )
  }
}

/** Thrown when a tensor has a type that ggml does not define, or gave up. */
export class GgufTypeError extends StemmaError {
  override name = 'GgufTypeError'
  constructor(path: string, tensor: string, type: number) {
    super(
      'GGUF_TYPE',
      `${quoted(tensor)} in ${quoted(path)} has the ggml type ${type}, which is not known. Convert the file with a current llama.cpp.`,
    )
  }
}

/** Thrown when a tensor's shape cannot be. */
export class GgufShapeError extends StemmaError {
  override name = 'GgufShapeError'
  constructor(path: string, tensor: string, what: string, expected: string) {
    super('GGUF_SHAPE', `${quoted(tensor)} in ${quoted(path)} ${what}. Expected ${expected}; do not load the file.`)
  }
}

/** Thrown when a tensor ends after the file. */
export class GgufBoundsError extends StemmaError {
  override name = 'GgufBoundsError'
  constructor(path: string, tensor: string, end: bigint, available: bigint) {
    super(
      'GGUF_BOUNDS',
      `${quoted(tensor)} in ${quoted(path)} ends at byte ${end} of ${available} bytes of data. The file is cut short or its header is wrong; download it again.`,
    )
  }
}

/** Thrown when two tensors have bytes in common. */
export class GgufOverlapError extends StemmaError {
  override name = 'GgufOverlapError'
  constructor(path: string, first: string, second: string) {
    super(
      'GGUF_OVERLAP',
      `${quoted(first)} and ${quoted(second)} in ${quoted(path)} share bytes. The header is wrong; do not load the file.`,
    )
  }
}

/** Thrown when a GGUF file has more than padding that belongs to no tensor. */
export class GgufGapError extends StemmaError {
  override name = 'GgufGapError'
  constructor(path: string, bytes: bigint, where: string) {
    super(
      'GGUF_GAP',
      `${quoted(path)} has ${bytes} bytes ${where} that belong to no tensor and could hold anything. Do not load the file.`,
    )
  }
}
