import { StemmaError } from '../../core/errors.ts'
import { quoted } from '../../core/text.ts'
import type { ByteSource } from '../byteSource.ts'
import { GgufFieldError } from './reader.ts'

/** A tensor as the header describes it. `offset` counts from the beginning of the data. */
export type GgufTensorInfo = {
  name: string
  type: string
  typeNumber: number
  shape: number[]
  offset: bigint
  length: bigint
}

/** A tensor of a GGUF file. */
export type GgufTensor = {
  name: string
  /** Name of the ggml type, such as `Q4_K`. */
  type: string
  /** Number of the ggml type, as the file has it. */
  typeNumber: number
  /** Elements in each dimension, the fastest first. */
  shape: readonly number[]
  /** Offset of the first byte, from the beginning of the file. */
  offset: number
  /** Length in bytes, without the padding that follows. */
  length: number
}

/**
 * Computes where tensors are in a file, sorted by offset, and checks that they fill it: each begins at a multiple of the
 * alignment, none overlap, and nothing but padding is between and after them.
 */
export function placeTensors(
  { path, size }: Pick<ByteSource, 'path' | 'size'>,
  infos: readonly GgufTensorInfo[],
  dataOffset: number,
  alignment: number,
): GgufTensor[] {
  if (infos.length === 0) {
    if (size > dataOffset) throw new GgufGapError(path, BigInt(size - dataOffset), 'at the end')
    return []
  }
  const available = BigInt(size - dataOffset)
  const sorted = infos.toSorted((a, b) => Number(a.offset - b.offset) || Number(a.length - b.length))
  const padded = (bytes: bigint) => ((bytes + BigInt(alignment) - 1n) / BigInt(alignment)) * BigInt(alignment)
  let end = 0n
  let previous = ''
  for (const { name, offset, length } of sorted) {
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
  return sorted.map(({ name, type, typeNumber, shape, offset, length }) => ({
    name,
    type,
    typeNumber,
    shape,
    offset: dataOffset + Number(offset),
    length: Number(length),
  }))
}

/** Thrown when a tensor ends after the end of the file. */
export class GgufBoundsError extends StemmaError {
  override name = 'GgufBoundsError'
  constructor(path: string, tensor: string, end: bigint, available: bigint) {
    super(
      'GGUF_BOUNDS',
      `${quoted(tensor)} in ${quoted(path)} ends at byte ${end} of ${available} bytes of data. The file is cut short or its header is wrong; download it again.`,
    )
  }
}

/** Thrown when two tensors overlap. */
export class GgufOverlapError extends StemmaError {
  override name = 'GgufOverlapError'
  constructor(path: string, first: string, second: string) {
    super(
      'GGUF_OVERLAP',
      `${quoted(first)} and ${quoted(second)} in ${quoted(path)} share bytes. The header is wrong; do not load the file.`,
    )
  }
}

/** Thrown when a GGUF file has bytes that belong to no tensor and are not padding. */
export class GgufGapError extends StemmaError {
  override name = 'GgufGapError'
  constructor(path: string, bytes: bigint, where: string) {
    super(
      'GGUF_GAP',
      `${quoted(path)} has ${bytes} bytes ${where} that belong to no tensor and could hold anything. Do not load the file.`,
    )
  }
}
