import { parseGgufHeader } from '../../interop/gguf/parseGgufHeader.ts'
import { parseSafetensorsHeader } from '../../interop/safetensors.ts'
import { byteSourceOf, elementsOf, readExactly, type FileContent, type Tensor } from './content.ts'
import { floatDecoderOf } from './decodeFloats.ts'
import { decodeBlocks, ggmlDecoderOf } from './ggmlBlocks.ts'

/** The tensors of a model's files by name. The first of two with one name counts. */
export type Tensors = ReadonlyMap<string, Tensor>

/** Reads the headers of safetensors files. @throws what `parseSafetensorsHeader` throws */
export async function safetensorsTensors(files: readonly FileContent[]): Promise<Map<string, Tensor>> {
  const tensors = new Map<string, Tensor>()
  for (const file of files) {
    const header = await parseSafetensorsHeader(byteSourceOf(file), { anyDtype: true })
    for (const { name, dtype, shape, offset, length } of header.tensors) {
      if (!tensors.has(name)) tensors.set(name, plainTensor(file, { name, dtype, shape, offset, length }))
    }
  }
  return tensors
}

type Place = {
  name: string
  dtype: string
  /** Where a tensor list names the type in another way. */
  listedType?: string
  shape: readonly number[]
  offset: number
  length: number
}

/** A tensor whose numbers are stored one after the other. */
export function plainTensor(
  file: FileContent,
  { name, dtype, listedType = dtype, shape, offset, length }: Place,
): Tensor {
  const decoder = floatDecoderOf(dtype)
  return {
    name,
    dtype,
    listedType,
    shape,
    length,
    bytes: (from, count) => readExactly(file, offset + from, count),
    read:
      decoder === undefined || elementsOf(shape) * decoder.bytes !== length
        ? null
        : (first, count) => {
            const out = new Float32Array(count)
            decoder.decode(readExactly(file, offset + first * decoder.bytes, count * decoder.bytes), out)
            return out
          },
  }
}

/** Arrays of GGUF's metadata that the tokenizer's reader needs whole. */
const TOKENIZER_ARRAYS = ['tokenizer.ggml.tokens', 'tokenizer.ggml.token_type', 'tokenizer.ggml.merges']

/** Reads the header of GGUF files, those of one model. @throws what `parseGgufHeader` throws */
export async function ggufTensors(
  files: readonly FileContent[],
): Promise<{ tensors: Map<string, Tensor>; metadata: ReadonlyMap<string, unknown> }> {
  const tensors = new Map<string, Tensor>()
  const metadata = new Map<string, unknown>()
  for (const file of files) {
    const header = await parseGgufHeader(byteSourceOf(file), { wholeArrays: new Set(TOKENIZER_ARRAYS) })
    for (const [key, value] of header.metadata) if (!metadata.has(key)) metadata.set(key, value)
    for (const { name, type, typeNumber, shape, offset, length } of header.tensors) {
      const slowestFirst = shape.toReversed()
      if (tensors.has(name)) continue
      const place = { name, dtype: type, shape: slowestFirst, offset, length }
      const isPlain = floatDecoderOf(type) !== undefined
      tensors.set(
        name,
        isPlain ? plainTensor(file, place) : blockTensor(file, { ...place, listedType: `GGML_${typeNumber}` }),
      )
    }
  }
  return { tensors, metadata }
}

/** A tensor whose numbers are stored in blocks. */
function blockTensor(file: FileContent, { name, dtype, listedType = dtype, shape, offset, length }: Place): Tensor {
  const decoder = ggmlDecoderOf(dtype)
  return {
    name,
    dtype,
    listedType,
    shape,
    length,
    bytes: (from, count) => readExactly(file, offset + from, count),
    read:
      decoder === undefined
        ? null
        : (first, count) => {
            const block = Math.floor(first / decoder.elements)
            const skip = first - block * decoder.elements
            const blocks = Math.ceil((skip + count) / decoder.elements)
            const stored = readExactly(file, offset + block * decoder.bytes, blocks * decoder.bytes)
            return decodeBlocks(decoder, stored, skip, count)
          },
  }
}
