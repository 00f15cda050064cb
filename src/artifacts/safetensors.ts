import { StemmaError } from '../core/errors.ts'
import { hasUnsafeCharacters, quoted } from '../core/text.ts'
import { parseStrictJson } from '../core/json.ts'
import { FileTruncatedError, withFile, type OpenFile } from './openFile.ts'

/** Longest header, in bytes, as in the reference implementation. */
export const MAX_SAFETENSORS_HEADER_BYTES = 100_000_000

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
  dtype: SafetensorsDtype
  /** Elements in each dimension; empty for a single number. */
  shape: readonly number[]
  /** Place of the first byte, from the beginning of the file. */
  offset: number
  /** Bytes. */
  length: number
}

/** What the header of a safetensors file says, checked against the file. */
export type SafetensorsHeader = {
  /** The `__metadata__` of the header. */
  metadata: ReadonlyMap<string, string>
  /** In the order of their bytes. */
  tensors: readonly SafetensorsTensor[]
  /** Where the tensors' bytes begin, from the beginning of the file. */
  dataOffset: number
  /** Bytes of the file. */
  size: number
}

/**
 * Reads the header of a safetensors file, and nothing of its tensors, and holds it against the file: every tensor has as many
 * bytes as type and shape need, the tensors do not overlap, leave no gap and fill the file to its end.
 *
 * @throws {@link SafetensorsLengthError} when the header is too long, too short or longer than the file
 * @throws {@link SafetensorsFieldError} when a field is missing or not what it must be
 * @throws {@link SafetensorsDtypeError} {@link SafetensorsSizeError} {@link SafetensorsOverlapError}
 * {@link SafetensorsGapError} {@link SafetensorsBoundsError} when the header and the file disagree
 * @throws `InvalidJsonError`, `DuplicateJsonNameError`, `JsonTooDeepError` when it is not the JSON that it must be
 * @throws what `withFile` throws
 */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  return withFile(path, async (file) => {
    if (file.size < 8) throw new FileTruncatedError(path, 8)
    const stated = (await file.read(0, 8)).readBigUInt64LE()
    if (stated > BigInt(MAX_SAFETENSORS_HEADER_BYTES)) {
      throw new SafetensorsLengthError(path, stated, `more than the ${MAX_SAFETENSORS_HEADER_BYTES} that are allowed`)
    }
    if (stated < 2n) throw new SafetensorsLengthError(path, stated, 'too few for a header')
    if (stated > BigInt(file.size - 8)) {
      throw new SafetensorsLengthError(path, stated, `more than the ${file.size - 8} that the file has left`)
    }
    const dataOffset = 8 + Number(stated)
    return parseHeader(file, await file.read(8, Number(stated)), dataOffset)
  })
}

function parseHeader({ path, size }: OpenFile, bytes: Buffer, dataOffset: number): SafetensorsHeader {
  if (bytes[0] !== 0x7b) throw new SafetensorsFieldError(path, 'The header', 'does not begin with "{"', 'a JSON object')
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new SafetensorsFieldError(path, 'The header', 'is not UTF-8', 'a JSON object in UTF-8')
  }
  // An object of tensors, each an object with lists in it.
  const header = parseStrictJson(text, `The header of ${quoted(path)}`, 3) as Record<string, unknown>
  const metadata = new Map<string, string>()
  const tensors: SafetensorsTensor[] = []
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      for (const [key, entry] of Object.entries(objectOf(path, name, value))) {
        if (typeof entry !== 'string')
          throw new SafetensorsFieldError(path, `__metadata__.${key}`, 'is not a string', 'a string')
        metadata.set(key, entry)
      }
    } else {
      tensors.push(parseTensor(path, name, value, dataOffset, size))
    }
  }
  tensors.sort((a, b) => a.offset - b.offset || a.length - b.length)
  checkCover(path, tensors, dataOffset, size)
  return { metadata, tensors, dataOffset, size }
}

function parseTensor(path: string, name: string, value: unknown, dataOffset: number, size: number): SafetensorsTensor {
  if (name === '' || hasUnsafeCharacters(name)) {
    throw new SafetensorsFieldError(path, name, 'is not a name', 'a name without control or bidirectional characters')
  }
  const { dtype, shape, data_offsets: offsets } = objectOf(path, name, value)
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_BITS, dtype)) throw new SafetensorsDtypeError(path, name, dtype)
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw new SafetensorsFieldError(path, `${name}.shape`, 'is not a list of sizes', 'whole numbers from 0')
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount) || offsets[0]! > offsets[1]!) {
    throw new SafetensorsFieldError(path, `${name}.data_offsets`, 'is not a range of bytes', '[begin, end]')
  }
  const [begin, end] = offsets as [number, number]
  if (end > size - dataOffset) throw new SafetensorsBoundsError(path, name, end, size - dataOffset)
  const bits = (shape as number[]).reduce(
    (product, count) => product * BigInt(count),
    BigInt(DTYPE_BITS[dtype as SafetensorsDtype]),
  )
  if (bits !== 8n * BigInt(end - begin))
    throw new SafetensorsSizeError(path, name, `${dtype}[${shape.join(', ')}]`, bits, end - begin)
  return {
    name,
    dtype: dtype as SafetensorsDtype,
    shape: shape as number[],
    offset: dataOffset + begin,
    length: end - begin,
  }
}

/** Checks that the tensors stand one after the other from the end of the header to the end of the file. */
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

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function objectOf(path: string, name: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new SafetensorsFieldError(path, name, 'is not an object', 'an object')
}

/** Thrown when the length that a safetensors file states for its header cannot be. */
export class SafetensorsLengthError extends StemmaError {
  override name = 'SafetensorsLengthError'
  constructor(path: string, length: bigint, what: string) {
    super(
      'SAFETENSORS_LENGTH',
      `The header of ${quoted(path)} states ${length} bytes, ${what}. The file is damaged or no safetensors file; download it again.`,
    )
  }
}

/** Thrown when a field of a safetensors header is missing or not what it must be. */
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
    const shown = typeof dtype === 'string' ? quoted(dtype) : 'missing'
    super(
      'SAFETENSORS_DTYPE',
      `The type of ${quoted(tensor)} in ${quoted(path)} is ${shown}. Expected one of: ${Object.keys(DTYPE_BITS).join(', ')}.`,
    )
  }
}

/** Thrown when a tensor's type and shape need another number of bytes than it has. */
export class SafetensorsSizeError extends StemmaError {
  override name = 'SafetensorsSizeError'
  constructor(path: string, tensor: string, type: string, bits: bigint, length: number) {
    super(
      'SAFETENSORS_SIZE',
      `${quoted(tensor)} in ${quoted(path)} is ${type.slice(0, 100)}, which takes ${bits} bits, but has ${length} bytes. The header is wrong; do not load the file.`,
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

/** Thrown when two tensors have bytes in common. */
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
