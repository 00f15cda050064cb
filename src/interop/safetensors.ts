import { StemmaError } from '../core/errors.ts'
import { parseStrictJson } from '../core/json.ts'
import { isTensorDtype } from '../core/tensors.ts'
import { hasUnsafeCharacters, quoted } from '../core/text.ts'
import { FileTruncatedError, type ByteSource } from './byteSource.ts'

/** Longest header, in bytes. The reference implementation has the same limit. */
export const MAX_SAFETENSORS_HEADER_BYTES = 100_000_000
/** Deepest JSON in a header. The format needs three levels; fields that it does not define may go deeper. */
const MAX_JSON_DEPTH = 128
/** One more than the largest number that the reference implementation counts to. */
const USIZE_LIMIT = 2n ** 64n

/** Bits of one element of each type. */
export const DTYPE_BITS = {
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E5M2FNUZ: 8,
  F8_E4M3FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  I64: 64,
  U64: 64,
  F64: 64,
  C64: 64,
} as const

/** Type of a tensor's elements, as the header names it. */
export type SafetensorsDtype = keyof typeof DTYPE_BITS

/** A tensor of a safetensors file. */
export type SafetensorsTensor = {
  name: string
  /** A {@link SafetensorsDtype}, or another one where the caller takes any. */
  dtype: string
  /** Elements in each dimension; empty for a single number. */
  shape: readonly number[]
  /** Offset of the first byte, from the beginning of the file. */
  offset: number
  /** Length in bytes. */
  length: number
}

/** The header of a safetensors file, checked against the length of the file. */
export type SafetensorsHeader = {
  /** The `__metadata__` of the header. */
  metadata: ReadonlyMap<string, string>
  /** Sorted by offset. */
  tensors: readonly SafetensorsTensor[]
  /** Offset of the first tensor, from the beginning of the file. */
  dataOffset: number
  /** Length of the file in bytes. */
  size: number
}

/**
 * Reads the header of a safetensors file, but not its tensors, and checks it against the length of the file. Each tensor has
 * as many bytes as its type and shape need. The tensors do not overlap, leave no gap, and fill the file to its end.
 *
 * Accepts and refuses what the reference implementation does, with three exceptions: duplicate names, names with control or
 * bidirectional characters, and sizes beyond 2^53 are refused too.
 *
 * @param options `anyDtype` takes types that the format does not define too, whose sizes are then not checked: up to 16 of A-Z, 0-9
 * and "_"
 *
 * @throws {@link SafetensorsLengthError} when the header is too long, too short or longer than the file
 * @throws {@link SafetensorsFieldError} when a field is missing or has an invalid value
 * @throws {@link SafetensorsDtypeError} {@link SafetensorsSizeError} {@link SafetensorsOverlapError}
 * {@link SafetensorsGapError} {@link SafetensorsBoundsError} when the header and the file disagree
 * @throws `InvalidJsonError`, `DuplicateJsonNameError`, `JsonTooDeepError` when the header is not valid JSON
 * @throws `FileTruncatedError` when the file has fewer than 8 bytes
 */
export async function parseSafetensorsHeader(
  source: ByteSource,
  options: { anyDtype?: boolean } = {},
): Promise<SafetensorsHeader> {
  const { path, size } = source
  if (size < 8) throw new FileTruncatedError(path, 8)
  const prefix = await source.read(0, 8)
  const stated = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true)
  if (stated > BigInt(MAX_SAFETENSORS_HEADER_BYTES)) {
    throw new SafetensorsLengthError(path, stated, `more than the limit of ${MAX_SAFETENSORS_HEADER_BYTES}`)
  }
  if (stated < 2n) throw new SafetensorsLengthError(path, stated, 'too few for a header')
  if (stated > BigInt(size - 8)) {
    throw new SafetensorsLengthError(path, stated, `but only ${size - 8} follow`)
  }
  const dataOffset = 8 + Number(stated)
  return parseHeader(source, await source.read(8, Number(stated)), dataOffset, options.anyDtype ?? false)
}

function parseHeader(
  { path, size }: ByteSource,
  bytes: Uint8Array,
  dataOffset: number,
  anyDtype: boolean,
): SafetensorsHeader {
  if (bytes[0] !== 0x7b) throw new SafetensorsFieldError(path, 'The header', 'does not begin with "{"', 'a JSON object')
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new SafetensorsFieldError(path, 'The header', 'is not UTF-8', 'a JSON object in UTF-8')
  }
  const header = parseStrictJson(text, `The header of ${quoted(path)}`, {
    maxDepth: MAX_JSON_DEPTH,
    plainIntegers: true,
  }) as Record<string, unknown>
  const metadata = new Map<string, string>()
  const tensors: SafetensorsTensor[] = []
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      // The reference implementation reads null as "no metadata".
      for (const [key, entry] of Object.entries(value === null ? {} : objectOf(path, name, value))) {
        if (typeof entry !== 'string')
          throw new SafetensorsFieldError(path, `__metadata__.${key}`, 'is not a string', 'a string')
        metadata.set(key, entry)
      }
    } else {
      tensors.push(parseTensor({ path, dataOffset, size, anyDtype }, name, value))
    }
  }
  tensors.sort((a, b) => a.offset - b.offset || a.length - b.length)
  checkCover(path, tensors, dataOffset, size)
  return { metadata, tensors, dataOffset, size }
}

type TensorContext = { path: string; dataOffset: number; size: number; anyDtype: boolean }

function parseTensor(context: TensorContext, name: string, value: unknown): SafetensorsTensor {
  const { path, dataOffset, size, anyDtype } = context
  if (name === '' || hasUnsafeCharacters(name)) {
    throw new SafetensorsFieldError(
      path,
      name,
      'is not a valid name',
      'a name without control or bidirectional characters',
    )
  }
  const { dtype, shape, data_offsets: offsets } = objectOf(path, name, value)
  const isKnown = typeof dtype === 'string' && isKnownDtype(dtype)
  if (typeof dtype !== 'string' || !(isKnown || (anyDtype && isTensorDtype(dtype))))
    throw new SafetensorsDtypeError(path, name, dtype)
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw new SafetensorsFieldError(path, `${name}.shape`, 'is not a list of sizes', 'whole numbers such as [2, 3]')
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount) || offsets[0]! > offsets[1]!) {
    throw new SafetensorsFieldError(path, `${name}.data_offsets`, 'is not a range of bytes', '[begin, end]')
  }
  const [begin, end] = offsets as [number, number]
  if (end > size - dataOffset) throw new SafetensorsBoundsError(path, name, end, size - dataOffset)
  // Elements of a type that is not defined may have any size, but a tensor without elements has no bytes.
  const bits = bitsOf(isKnown ? DTYPE_BITS[dtype] : 1, shape)
  if (bits === undefined || ((isKnown || bits === 0n) && bits !== 8n * BigInt(end - begin)))
    throw new SafetensorsSizeError(path, name, `${dtype}[${shape.join(', ')}]`, bits, end - begin)
  return {
    name,
    dtype,
    shape,
    offset: dataOffset + begin,
    length: end - begin,
  }
}

/**
 * Bits of a tensor, or undefined where a 64-bit reader would overflow. Sizes are multiplied from left to right, so
 * [2^32, 2^32, 0] overflows and [0, 2^32, 2^32] does not, as in the reference implementation.
 */
function bitsOf(elementBits: number, shape: readonly number[]): bigint | undefined {
  let product = 1n
  for (const count of [...shape, elementBits]) {
    product *= BigInt(count)
    if (product >= USIZE_LIMIT) return undefined
  }
  return product
}

/** Checks that the tensors fill the file from the end of the header to its end, without gap or overlap. */
function checkCover(path: string, tensors: readonly SafetensorsTensor[], dataOffset: number, size: number): void {
  let end = dataOffset
  let previous = 'the header'
  for (const { name, offset, length } of tensors) {
    if (offset < end) throw new SafetensorsOverlapError(path, previous, name)
    if (offset > end) throw new SafetensorsGapError(path, offset - end, `before ${quoted(name)}`)
    end += length
    previous = quoted(name)
  }
  if (end < size) throw new SafetensorsGapError(path, size - end, 'at the end')
}

function isKnownDtype(dtype: string): dtype is SafetensorsDtype {
  return Object.hasOwn(DTYPE_BITS, dtype)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function objectOf(path: string, name: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new SafetensorsFieldError(path, name, 'is not an object', 'an object')
}

/** Thrown when a safetensors file states an impossible length for its header. */
export class SafetensorsLengthError extends StemmaError {
  override name = 'SafetensorsLengthError'
  constructor(path: string, length: bigint, what: string) {
    super(
      'SAFETENSORS_LENGTH',
      `The header of ${quoted(path)} states ${length} bytes, ${what}. The file is damaged or not in the safetensors format; download it again.`,
    )
  }
}

/** Thrown when a field of a safetensors header is missing or has an invalid value. */
export class SafetensorsFieldError extends StemmaError {
  override name = 'SafetensorsFieldError'
  constructor(path: string, field: string, what: string, expected: string) {
    super(
      'SAFETENSORS_FIELD',
      `${quoted(field)} in ${quoted(path)} ${what}. Expected ${expected}; do not load the file.`,
    )
  }
}

/** Thrown when a tensor has a type that the format does not define. */
export class SafetensorsDtypeError extends StemmaError {
  override name = 'SafetensorsDtypeError'
  constructor(path: string, tensor: string, dtype: unknown) {
    const actual = typeof dtype === 'string' ? quoted(dtype) : 'missing'
    super(
      'SAFETENSORS_DTYPE',
      `The type of ${quoted(tensor)} in ${quoted(path)} is ${actual}. Expected one of: ${Object.keys(DTYPE_BITS).join(', ')}.`,
    )
  }
}

/** Thrown when a tensor does not have as many bytes as its type and shape need. */
export class SafetensorsSizeError extends StemmaError {
  override name = 'SafetensorsSizeError'
  constructor(path: string, tensor: string, type: string, bits: bigint | undefined, length: number) {
    super(
      'SAFETENSORS_SIZE',
      `${quoted(tensor)} in ${quoted(path)} is ${type.slice(0, 100)}, which takes ${bits ?? 'more than 2^64'} bits, but has ${length} bytes. The header is wrong; do not load the file.`,
    )
  }
}

/** Thrown when a tensor ends after the file. */
export class SafetensorsBoundsError extends StemmaError {
  override name = 'SafetensorsBoundsError'
  constructor(path: string, tensor: string, end: number, available: number) {
    super(
      'SAFETENSORS_BOUNDS',
      `${quoted(tensor)} in ${quoted(path)} ends at byte ${end} of ${available} bytes of data. The file is cut short or its header is wrong; download it again.`,
    )
  }
}

/** Thrown when two tensors overlap. */
export class SafetensorsOverlapError extends StemmaError {
  override name = 'SafetensorsOverlapError'
  constructor(path: string, first: string, second: string) {
    super(
      'SAFETENSORS_OVERLAP',
      `${first} and ${quoted(second)} in ${quoted(path)} share bytes. The header is wrong; do not load the file.`,
    )
  }
}

/** Thrown when a safetensors file has bytes that belong to no tensor. */
export class SafetensorsGapError extends StemmaError {
  override name = 'SafetensorsGapError'
  constructor(path: string, bytes: number, where: string) {
    super(
      'SAFETENSORS_GAP',
      `${quoted(path)} has ${bytes} bytes ${where} that belong to no tensor and could hold anything. Do not load the file.`,
    )
  }
}
