import type { FileContent } from '../../src/fingerprint/readers/content.ts'
import type { RandomModel } from './randomModel.ts'

/** A tensor to be written. */
export type StoredTensor = { dtype: string; shape: number[]; bytes: Uint8Array }

/** A file in memory. */
export function contentOf(name: string, bytes: Uint8Array): FileContent {
  return { name, size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) }
}

/** A text in memory. */
export function textContent(name: string, value: unknown): FileContent {
  return contentOf(name, new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)))
}

/** 32-bit floats as a tensor. */
export function f32(values: ArrayLike<number>, shape: number[]): StoredTensor {
  const bytes = new Uint8Array(4 * values.length)
  const view = new DataView(bytes.buffer)
  for (let index = 0; index < values.length; index++) view.setFloat32(4 * index, values[index]!, true)
  return { dtype: 'F32', shape, bytes }
}

/** 32-bit integers as a tensor. */
export function i32(values: ArrayLike<number>, shape: number[]): StoredTensor {
  const bytes = new Uint8Array(4 * values.length)
  const view = new DataView(bytes.buffer)
  for (let index = 0; index < values.length; index++) view.setInt32(4 * index, values[index]!, true)
  return { dtype: 'I32', shape, bytes }
}

/** The bytes of a safetensors file. */
export function safetensorsBytes(tensors: Readonly<Record<string, StoredTensor>>): Uint8Array {
  const header: Record<string, unknown> = {}
  let end = 0
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.length] }
    end += bytes.length
  }
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, ...Object.values(tensors).map(({ bytes }) => bytes)])
}

/** Names of a layer's modules, in the layout of Llama. */
export const LLAMA = {
  embedding: 'model.embed_tokens.weight',
  gate: (layer: number) => `model.layers.${layer}.mlp.gate_proj.weight`,
  up: (layer: number) => `model.layers.${layer}.mlp.up_proj.weight`,
  gain: (layer: number) => `model.layers.${layer}.post_attention_layernorm.weight`,
}

/** The tensors of a model in the layout of Llama. */
export function llamaTensors({ columns, embedding, layers }: RandomModel): Record<string, StoredTensor> {
  const tensors: Record<string, StoredTensor> = {
    [LLAMA.embedding]: f32(embedding, [embedding.length / columns, columns]),
  }
  for (const [index, { gate, up, gain }] of layers.entries()) {
    tensors[LLAMA.gate(index)] = f32(gate, [gate.length / columns, columns])
    tensors[LLAMA.up(index)] = f32(up, [up.length / columns, columns])
    tensors[LLAMA.gain(index)] = f32(gain, [columns])
  }
  return tensors
}

/** `tokenizer.json` of a model, whose tokens are written in the byte alphabet. */
export function tokenizerJson({ tokens }: RandomModel): unknown {
  const text = (bytes: Uint8Array | null, index: number) =>
    bytes === null ? `<special ${index}>` : new TextDecoder().decode(bytes).replaceAll(' ', '\u0120')
  return {
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(tokens.map((bytes, index) => [text(bytes, index), index])),
      merges: ['a b'],
    },
    decoder: { type: 'ByteLevel' },
    added_tokens: [],
  }
}

/** The files of a model in safetensors. */
export function llamaFiles(model: RandomModel): FileContent[] {
  return [
    contentOf('model.safetensors', safetensorsBytes(llamaTensors(model))),
    textContent('tokenizer.json', tokenizerJson(model)),
    textContent('config.json', { model_type: 'llama' }),
  ]
}

/** A value of GGUF's metadata. */
export type GgufEntry = { key: string } & (
  | { text: string }
  | { texts: readonly string[] }
  | { numbers: readonly number[] }
)

/** The bytes of a GGUF file of version 3. Shapes have the slowest dimension first. */
export function ggufBytes(
  entries: readonly GgufEntry[],
  tensors: Readonly<Record<string, { type: number; shape: number[]; bytes: Uint8Array }>>,
): Uint8Array {
  const parts: Buffer[] = []
  const u32 = (value: number) => parts.push(Buffer.from(Uint32Array.of(value).buffer))
  const u64 = (value: number) => parts.push(Buffer.from(BigUint64Array.of(BigInt(value)).buffer))
  const text = (value: string) => {
    u64(Buffer.byteLength(value))
    parts.push(Buffer.from(value))
  }
  u32(0x46554747)
  u32(3)
  u64(Object.keys(tensors).length)
  u64(entries.length)
  for (const entry of entries) {
    text(entry.key)
    if ('text' in entry) {
      u32(8)
      text(entry.text)
    } else {
      const [type, list] = 'texts' in entry ? [8, entry.texts] : [5, entry.numbers]
      u32(9)
      u32(type)
      u64(list.length)
      for (const value of list) {
        if (typeof value === 'string') text(value)
        else u32(value)
      }
    }
  }
  let offset = 0
  const padded = (length: number) => Math.ceil(length / 32) * 32
  for (const [name, { type, shape, bytes }] of Object.entries(tensors)) {
    text(name)
    u32(shape.length)
    for (const count of shape.toReversed()) u64(count)
    u32(type)
    u64(offset)
    offset += padded(bytes.length)
  }
  const header = Buffer.concat(parts)
  const data = Object.values(tensors).map(({ bytes }) =>
    Buffer.concat([bytes, Buffer.alloc(padded(bytes.length) - bytes.length)]),
  )
  return Buffer.concat([header, Buffer.alloc(padded(header.length) - header.length), ...data])
}
