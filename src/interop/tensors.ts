import { StemmaError } from '../core/errors.ts'
import { MAX_TENSOR_RANK } from '../core/tensors.ts'
import { quoted } from '../core/text.ts'
import type { ByteSource } from './byteSource.ts'
import { parseGgufHeader } from './gguf/parseGgufHeader.ts'
import { parseSafetensorsHeader } from './safetensors.ts'

/** A format of files whose tensors count for a tensors digest. */
export type TensorFormat = 'safetensors' | 'gguf'

/** Where a tensor's data is in a file, and what a tensor list says of it besides. */
export type TensorRange = {
  /** As a tensor list has it: see `docs/formats/tensors.md`. */
  dtype: string
  /** Elements in each dimension, the slowest first. */
  shape: readonly number[]
  /** Offset of the first byte, from the beginning of the file. */
  offset: number
  /** Length in bytes. */
  length: number
}

/** Types of ggml that safetensors has too, with the same bytes. */
const SHARED_TYPES: readonly string[] = ['F32', 'F16', 'BF16', 'F64', 'I8', 'I16', 'I32', 'I64']

/** The format that the end of a file's name states, in ASCII letters of any case; undefined for another. */
export function tensorFormatOf(name: string): TensorFormat | undefined {
  if (/\.safetensors$/i.test(name)) return 'safetensors'
  return /\.gguf$/i.test(name) ? 'gguf' : undefined
}

/**
 * Reads where the tensors of a file are, sorted by offset; they do not overlap. Tensors without elements are left out. Takes
 * types of safetensors that no reader knows, as long as a tensor list can have them.
 *
 * @throws what `parseSafetensorsHeader` and `parseGgufHeader` throw: a file whose tensors are in doubt has no digest of them
 * @throws {@link TensorRankError} for a tensor of more dimensions than a tensor list can state
 */
export async function readTensorRanges(format: TensorFormat, source: ByteSource): Promise<TensorRange[]> {
  const ranges = format === 'safetensors' ? await safetensorsRanges(source) : await ggufRanges(source)
  return ranges.filter(({ shape }) => !shape.includes(0))
}

async function safetensorsRanges(source: ByteSource): Promise<TensorRange[]> {
  const { tensors } = await parseSafetensorsHeader(source, { anyDtype: true })
  return tensors.map(({ name, dtype, shape, offset, length }) => {
    if (shape.length > MAX_TENSOR_RANK) throw new TensorRankError(source.path, name, shape.length)
    return { dtype, shape, offset, length }
  })
}

async function ggufRanges(source: ByteSource): Promise<TensorRange[]> {
  const { tensors } = await parseGgufHeader(source)
  return tensors.map(({ type, typeNumber, shape, offset, length }) => ({
    dtype: SHARED_TYPES.includes(type) ? type : `GGML_${typeNumber}`,
    shape: shape.toReversed(),
    offset,
    length,
  }))
}

/** Thrown when a tensor has more dimensions than a tensor list can state. */
export class TensorRankError extends StemmaError {
  override name = 'TensorRankError'
  constructor(path: string, tensor: string, rank: number) {
    super(
      'TENSOR_RANK',
      `${quoted(tensor)} in ${quoted(path)} has ${rank} dimensions, but a tensor list can state ${MAX_TENSOR_RANK} at most. The header is wrong; do not load the file.`,
    )
  }
}
