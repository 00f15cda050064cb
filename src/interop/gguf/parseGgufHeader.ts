import { StemmaError } from '../../core/errors.ts'
import { hasUnsafeCharacters, quoted } from '../../core/text.ts'
import { FileTruncatedError, type ByteSource } from '../byteSource.ts'
import { ggmlTypeOf, isRemovedGgmlType } from './ggmlTypes.ts'
import { placeTensors, type GgufTensor, type GgufTensorInfo } from './layout.ts'
import { GgufFieldError, GgufReader, UINT32, type GgufValue } from './reader.ts'

/** Longest name of a tensor, in bytes, by the specification. */
export const MAX_GGUF_TENSOR_NAME_BYTES = 64

/** Most tensors, and most metadata entries. The largest models have some tens of thousands. */
const MAX_ITEMS = 1_000_000
/** Longest key by the specification. A longer name of a tensor is taken for damage, a shorter one for a careless writer. */
const MAX_KEY_BYTES = 65_535
const MAX_DIMENSIONS = 4
const DEFAULT_ALIGNMENT = 32
const MAGIC = 0x46554747 // "GGUF", little-endian
/** Bytes of magic, version and the two counts. */
const FIXED_BYTES = 24
/** Key, type and value of the shortest entry: an empty key is refused later. */
const MIN_ENTRY_BYTES = 8 + 4 + 1
/** Name, number of dimensions, type and offset of the shortest tensor info. */
const MIN_TENSOR_BYTES = 8 + 4 + 4 + 8

/** The header of a GGUF file, checked against the length of the file. */
export type GgufHeader = {
  version: 2 | 3
  metadata: ReadonlyMap<string, GgufValue>
  /** Sorted by offset. */
  tensors: readonly GgufTensor[]
  /** Tensors begin at multiples of this many bytes. */
  alignment: number
  /** Offset of the tensors' data, from the beginning of the file. */
  dataOffset: number
  /** Length of the file in bytes. */
  size: number
}

/**
 * Reads the header of a little-endian GGUF file of version 2 or 3, but not its tensors, and checks it against the length of
 * the file. Counts and lengths fit into the file, only padding is between the tensors, and the last tensor ends where the
 * file does.
 *
 * @param options `wholeArrays` names arrays of the metadata of which all values are kept, and not only the first
 *
 * @throws {@link NotGgufError} {@link GgufVersionError} for another format or version
 * @throws `GgufCountError`, `GgufLengthError`, `FileTruncatedError` when the file is too short for its counts and lengths
 * @throws `GgufFieldError` when an entry has an invalid value, {@link GgufDuplicateError} for a duplicate name
 * @throws {@link GgufNameError} {@link GgufTypeError} {@link GgufShapeError} for a tensor that llama.cpp cannot load
 * @throws `GgufOverlapError`, `GgufGapError`, `GgufBoundsError` when tensors and file disagree
 */
export async function parseGgufHeader(
  source: ByteSource,
  options: { wholeArrays?: ReadonlySet<string> } = {},
): Promise<GgufHeader> {
  const { path, size } = source
  const reader = new GgufReader(source, options.wholeArrays)
  const { version, tensorCount, metadata, alignment } = await readStart(reader)

  const infos: GgufTensorInfo[] = []
  const names = new Set<string>()
  for (let index = 0; index < tensorCount; index++) {
    const info = await readInfo(reader, index)
    if (names.has(info.name)) throw new GgufDuplicateError(path, 'tensor', info.name)
    names.add(info.name)
    infos.push(info)
  }
  const dataOffset = Math.ceil(reader.position / alignment) * alignment
  const tensors = placeTensors(source, infos, dataOffset, alignment)
  return { version, metadata, tensors, alignment, dataOffset, size }
}

/**
 * Reads the metadata of a GGUF file, and nothing of its tensors: they may be of types that {@link parseGgufHeader} refuses.
 *
 * @throws what {@link parseGgufHeader} throws up to the end of the metadata
 */
export async function parseGgufMetadata(source: ByteSource): Promise<GgufHeader['metadata']> {
  return (await readStart(new GgufReader(source))).metadata
}

/** Reads a header up to the end of its metadata. */
async function readStart(
  reader: GgufReader,
): Promise<Pick<GgufHeader, 'version' | 'metadata' | 'alignment'> & { tensorCount: number }> {
  const { path, size } = reader.source
  if (size < 4 || (await reader.uint32()) !== MAGIC) throw new NotGgufError(path)
  if (size < FIXED_BYTES) throw new FileTruncatedError(path, FIXED_BYTES)
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
    const value = await reader.value(type, key)
    metadata.set(key, value)
    if (key === 'general.alignment') alignment = alignmentOf(path, type, value)
  }
  return { version, tensorCount, metadata, alignment }
}

async function readInfo(reader: GgufReader, index: number): Promise<GgufTensorInfo> {
  const { path } = reader.source
  const start = reader.position
  const name = await reader.text(`the name of tensor ${index}`, MAX_KEY_BYTES)
  const nameBytes = reader.position - start - 8
  if (name === '' || hasUnsafeCharacters(name)) {
    throw new GgufFieldError(path, `Tensor ${index}`, `has the name ${quoted(name)}`, 'a plain name')
  }
  if (nameBytes > MAX_GGUF_TENSOR_NAME_BYTES) throw new GgufNameError(path, name, nameBytes)
  const dimensions = await reader.uint32()
  if (dimensions > MAX_DIMENSIONS)
    throw new GgufShapeError(path, name, `has ${dimensions} dimensions`, `at most ${MAX_DIMENSIONS}`)
  const shape: bigint[] = []
  for (let each = 0; each < dimensions; each++) shape.push(await reader.uint64())
  const typeNumber = await reader.uint32()
  const type = ggmlTypeOf(typeNumber)
  if (type === undefined) throw new GgufTypeError(path, name, typeNumber)
  const offset = await reader.uint64()

  if (shape.some((count) => count > BigInt(Number.MAX_SAFE_INTEGER))) {
    throw new GgufShapeError(path, name, 'has a dimension beyond 2^53', 'a size that fits into the file')
  }
  if ((shape[0] ?? 1n) % BigInt(type.elements) !== 0n) {
    throw new GgufShapeError(
      path,
      name,
      `has rows of ${shape[0] ?? 1n}`,
      `a multiple of ${type.elements}, the block of ${type.name}`,
    )
  }
  const elements = shape.reduce((product, count) => product * count, 1n)
  const length = (elements / BigInt(type.elements)) * BigInt(type.bytes)
  return { name, type: type.name, typeNumber, shape: shape.map(Number), offset, length }
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
  const actual = typeof value === 'object' ? 'an array' : quoted(String(value))
  throw new GgufFieldError(path, 'general.alignment', `is ${actual}`, 'a uint32, a power of two from 8 to 1,048,576')
}

/** Thrown when a file does not begin as a GGUF file does. */
export class NotGgufError extends StemmaError {
  override name = 'NotGgufError'
  constructor(path: string) {
    super(
      'NOT_GGUF',
      `${quoted(path)} does not begin with "GGUF". Use a GGUF file; convert files of the older GGML formats first.`,
    )
  }
}

/** Thrown when a GGUF file has an unsupported version. */
export class GgufVersionError extends StemmaError {
  override name = 'GgufVersionError'
  constructor(path: string, version: number) {
    // A version below 2^16 in the other byte order has its lower half empty.
    const isSwapped = version !== 0 && (version & 0xffff) === 0
    super(
      'GGUF_VERSION',
      isSwapped
        ? `${quoted(path)} is a big-endian GGUF file (version ${version >>> 24} with its bytes swapped). Only little-endian files are supported; convert it with gguf-py's gguf_convert_endian.py.`
        : `${quoted(path)} is a GGUF file of version ${version}. Versions 2 and 3 are supported; convert it with a current llama.cpp.`,
    )
  }
}

/** Thrown when a GGUF header has a duplicate metadata key or tensor. */
export class GgufDuplicateError extends StemmaError {
  override name = 'GgufDuplicateError'
  constructor(path: string, kind: string, key: string) {
    super(
      'GGUF_DUPLICATE',
      `The ${kind} ${quoted(key)} is in ${quoted(path)} twice. Readers would disagree about it; do not load the file.`,
    )
  }
}

/** Thrown when the name of a tensor is longer than GGUF allows. */
export class GgufNameError extends StemmaError {
  override name = 'GgufNameError'
  constructor(path: string, tensor: string, bytes: number) {
    super(
      'GGUF_NAME',
      `The tensor ${quoted(tensor)} in ${quoted(path)} has a name of ${bytes} bytes; GGUF allows ${MAX_GGUF_TENSOR_NAME_BYTES}. The file may be intact, but llama.cpp cannot load it; convert the model again with shorter names.`,
    )
  }
}

/** Thrown when a tensor has a type that ggml does not define, or removed. */
export class GgufTypeError extends StemmaError {
  override name = 'GgufTypeError'
  constructor(path: string, tensor: string, type: number) {
    super(
      'GGUF_TYPE',
      isRemovedGgmlType(type)
        ? `${quoted(tensor)} in ${quoted(path)} has the ggml type ${type}, which ggml has removed. Quantize the model again with a current llama.cpp.`
        : `${quoted(tensor)} in ${quoted(path)} has the type ${type}, which ggml does not define. The file may be made for a fork with types of its own, such as ik_llama.cpp; use that program, or quantize the original model with llama.cpp.`,
    )
  }
}

/** Thrown when a tensor has an impossible shape. */
export class GgufShapeError extends StemmaError {
  override name = 'GgufShapeError'
  constructor(path: string, tensor: string, what: string, expected: string) {
    super('GGUF_SHAPE', `${quoted(tensor)} in ${quoted(path)} ${what}. Expected ${expected}; do not load the file.`)
  }
}
