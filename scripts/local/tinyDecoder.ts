import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The shape of the play's models: that of Llama, with three layers. */
const SHAPE = { columns: 64, hidden: 128, layers: 3, vocabulary: 512, heads: 4 }
/** How far training on moves a weight, as a share of its own spread. */
const TRAINED_ON = 0.05

/** A layer's tensors: matrices row after row. */
type Layer = Record<'q' | 'k' | 'v' | 'o' | 'gate' | 'up' | 'down' | 'inputGain' | 'gain', Float32Array>

/** A decoder whose weights are numbers of a generator: no trained one, but with all that a loader and the readers of sketches need. */
export type TinyDecoder = { embedding: Float32Array; layers: readonly Layer[]; outputGain: Float32Array }

/** Makes a decoder: the same one for the same seed, on every machine. */
export function tinyDecoder(seed: number): TinyDecoder {
  const normal = normalFrom(seed)
  const { columns, hidden, layers, vocabulary } = SHAPE
  const list = (length: number, scale: number): Float32Array => Float32Array.from({ length }, () => normal() * scale)
  const square = (): Float32Array => list(columns * columns, 0.05)
  const gains = (): Float32Array => list(columns, 0.1).map((value) => 1 + value)
  const layer = (): Layer => {
    // As in trained models: rows have different lengths, and the two halves of a unit are alike.
    const lengths = Array.from({ length: hidden }, () => 0.5 + Math.abs(normal()))
    const gate = list(hidden * columns, 0.05).map((value, at) => value * lengths[Math.floor(at / columns)]!)
    const up = list(hidden * columns, 0.05).map((value, at) => value + 0.3 * gate[at]!)
    const attention = { q: square(), k: square(), v: square(), o: square() }
    return { ...attention, gate, up, down: list(columns * hidden, 0.05), inputGain: gains(), gain: gains() }
  }
  return {
    embedding: list(vocabulary * columns, 0.05),
    layers: Array.from({ length: layers }, layer),
    outputGain: gains(),
  }
}

/** A fork in disguise: trained on, and with the units of each layer in another order, which changes nothing of what it computes. */
export function disguisedFork({ embedding, layers, outputGain }: TinyDecoder, seed: number): TinyDecoder {
  const normal = normalFrom(seed)
  const trained = (values: Float32Array): Float32Array => {
    const spread = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)
    return values.map((value) => value + TRAINED_ON * spread * normal())
  }
  const { columns, hidden } = SHAPE
  return {
    embedding: trained(embedding),
    outputGain,
    layers: layers.map((layer) => {
      const { inputGain, gain, ...matrices } = layer
      const moved = Object.fromEntries(Object.entries(matrices).map(([name, values]) => [name, trained(values)]))
      const { gate, up, down, ...attention } = moved as Omit<Layer, 'inputGain' | 'gain'>
      const order = Array.from({ length: hidden }, (_, unit) => [normal(), unit] as const)
        .toSorted(([a], [b]) => a - b)
        .map(([, unit]) => unit)
      const rows = (matrix: Float32Array): Float32Array =>
        Float32Array.from({ length: matrix.length }, (_, at) => {
          const unit = order[Math.floor(at / columns)]!
          return matrix[unit * columns + (at % columns)]!
        })
      const across = (matrix: Float32Array): Float32Array =>
        Float32Array.from({ length: matrix.length }, (_, at) => {
          const row = Math.floor(at / hidden)
          return matrix[row * hidden + order[at % hidden]!]!
        })
      return { ...attention, gate: rows(gate), up: rows(up), down: across(down), inputGain, gain }
    }),
  }
}

/** Writes a decoder into a new folder, as transformers does: weights in safetensors, configuration and tokenizer, with a card. */
export async function writeDecoder(folder: string, decoder: TinyDecoder, card: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const { columns, hidden, layers, vocabulary, heads } = SHAPE
  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: columns,
    intermediate_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    vocab_size: vocabulary,
    tie_word_embeddings: true,
    torch_dtype: 'float32',
  }
  const vocab = Object.fromEntries(Array.from({ length: vocabulary }, (_, index) => [wordOf(index), index]))
  const tokenizer = {
    version: '1.0',
    added_tokens: [],
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab, merges: [] },
  }
  await writeFile(join(folder, 'README.md'), card)
  await writeFile(join(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`)
  await writeFile(join(folder, 'tokenizer.json'), `${JSON.stringify(tokenizer)}\n`)
  await writeFile(join(folder, 'model.safetensors'), safetensorsOf(tensorsOf(decoder)))
}

/** The tensors by their names in the layout of Llama, with their shapes. */
function tensorsOf({ embedding, layers, outputGain }: TinyDecoder): [string, number[], Float32Array][] {
  const { columns, hidden, vocabulary } = SHAPE
  const square = [columns, columns]
  return [
    ['model.embed_tokens.weight', [vocabulary, columns], embedding],
    ['model.norm.weight', [columns], outputGain],
    ...layers.flatMap(({ q, k, v, o, gate, up, down, inputGain, gain }, index): [string, number[], Float32Array][] => {
      const name = `model.layers.${index}`
      return [
        [`${name}.self_attn.q_proj.weight`, square, q],
        [`${name}.self_attn.k_proj.weight`, square, k],
        [`${name}.self_attn.v_proj.weight`, square, v],
        [`${name}.self_attn.o_proj.weight`, square, o],
        [`${name}.mlp.gate_proj.weight`, [hidden, columns], gate],
        [`${name}.mlp.up_proj.weight`, [hidden, columns], up],
        [`${name}.mlp.down_proj.weight`, [columns, hidden], down],
        [`${name}.input_layernorm.weight`, [columns], inputGain],
        [`${name}.post_attention_layernorm.weight`, [columns], gain],
      ]
    }),
  ]
}

function safetensorsOf(tensors: readonly [string, number[], Float32Array][]): Buffer {
  const header: Record<string, object> = { __metadata__: { format: 'pt' } }
  let end = 0
  for (const [name, shape, { byteLength }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + byteLength] }
    end += byteLength
  }
  const text = JSON.stringify(header)
  const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(padded.length))
  return Buffer.concat([length, padded, ...tensors.map(([, , values]) => Buffer.from(values.buffer))])
}

/** A word with a space before it, in the alphabet in which tokenizers write bytes. */
function wordOf(index: number): string {
  const letter = (place: number): string => String.fromCodePoint(0x61 + (Math.floor(index / 26 ** place) % 26))
  return `\u0120t${letter(0)}${letter(1)}${letter(2)}`
}

/** Nearly normal numbers with a spread of 1, exact on every machine: sums of a linear congruential generator of 32 bits. */
function normalFrom(seed: number): () => number {
  let state = seed >>> 0
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  }
  return () => next() + next() + next()
}
