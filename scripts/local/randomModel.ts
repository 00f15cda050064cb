import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'

/**
 * A language model with random weights, in GGUF of version 3: the architecture is that of Llama, with one layer, and each byte is a token. It
 * speaks nonsense, but an engine loads it and computes each token as it does for a real model.
 */
const SHAPE = { width: 64, hidden: 128, heads: 4, layers: 1, context: 512 }

/** Types of values in GGUF's header. */
const TYPE = { uint32: 4, int32: 5, float32: 6, boolean: 7, string: 8, array: 9 } as const
const ALIGNMENT = 32

/** Kinds of tokens: of a word, unknown, control, and of a byte. */
const KIND = { normal: 1, unknown: 2, control: 3, byte: 6 } as const

type Tensor = { name: string; shape: readonly number[] }

/** Writes the model to a file: the same bytes each time. */
export async function writeRandomModel(file: string): Promise<void> {
  const vocabulary = tokens()
  const tensors = tensorsOf(vocabulary.length)
  const header = [Buffer.from('GGUF'), uint32(3), uint64(tensors.length), ...metadata(vocabulary), ...placesOf(tensors)]
  const head = padded(Buffer.concat(header))
  const data = tensors.map(({ name, shape }) => {
    const count = shape.reduce((product, size) => product * size, 1)
    const drawn = createHash('shake256', { outputLength: count }).update(name).digest()
    // Norms are ones; all else is small, so that the numbers stay finite through the layer.
    const weights = Float32Array.from(drawn, (byte) => (name.includes('norm') ? 1 : (byte - 127.5) / 1024))
    return padded(Buffer.from(weights.buffer))
  })
  await writeFile(file, Buffer.concat([head, ...data]))
}

/** The vocabulary: control tokens, each byte, and words until the size is a round one. */
function tokens(): { text: string; kind: number }[] {
  const bytes = Array.from({ length: 256 }, (_, byte) => ({
    text: `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
    kind: KIND.byte,
  }))
  const words = Array.from({ length: 252 }, (_, index) => ({ text: `\u2581word${index}`, kind: KIND.normal }))
  return [
    { text: '<unk>', kind: KIND.unknown },
    { text: '<s>', kind: KIND.control },
    { text: '</s>', kind: KIND.control },
    ...bytes,
    { text: '\u2581', kind: KIND.normal },
    ...words,
  ]
}

function tensorsOf(vocabulary: number): Tensor[] {
  const { width, hidden, layers } = SHAPE
  const layer = (index: number): Tensor[] => [
    { name: `blk.${index}.attn_norm.weight`, shape: [width] },
    ...['attn_q', 'attn_k', 'attn_v', 'attn_output'].map((name) => ({
      name: `blk.${index}.${name}.weight`,
      shape: [width, width],
    })),
    { name: `blk.${index}.ffn_norm.weight`, shape: [width] },
    { name: `blk.${index}.ffn_gate.weight`, shape: [width, hidden] },
    { name: `blk.${index}.ffn_up.weight`, shape: [width, hidden] },
    { name: `blk.${index}.ffn_down.weight`, shape: [hidden, width] },
  ]
  return [
    { name: 'token_embd.weight', shape: [width, vocabulary] },
    ...Array.from({ length: layers }, (_, index) => layer(index)).flat(),
    { name: 'output_norm.weight', shape: [width] },
    { name: 'output.weight', shape: [width, vocabulary] },
  ]
}

/** The number of the entries, and the entries. */
function metadata(vocabulary: readonly { text: string; kind: number }[]): Buffer[] {
  const { width, hidden, heads, layers, context } = SHAPE
  const entry = (name: string, type: number, value: Buffer): Buffer =>
    Buffer.concat([string(name), uint32(type), value])
  const number = (name: string, value: number): Buffer => entry(name, TYPE.uint32, uint32(value))
  const list = (name: string, type: number, items: readonly Buffer[]): Buffer =>
    entry(name, TYPE.array, Buffer.concat([uint32(type), uint64(items.length), ...items]))
  const entries = [
    entry('general.architecture', TYPE.string, string('llama')),
    entry('general.name', TYPE.string, string('random weights')),
    number('llama.block_count', layers),
    number('llama.context_length', context),
    number('llama.embedding_length', width),
    number('llama.feed_forward_length', hidden),
    number('llama.attention.head_count', heads),
    number('llama.attention.head_count_kv', heads),
    number('llama.rope.dimension_count', width / heads),
    number('llama.vocab_size', vocabulary.length),
    entry('llama.attention.layer_norm_rms_epsilon', TYPE.float32, float32(1e-5)),
    entry('tokenizer.ggml.model', TYPE.string, string('llama')),
    list(
      'tokenizer.ggml.tokens',
      TYPE.string,
      vocabulary.map(({ text }) => string(text)),
    ),
    list(
      'tokenizer.ggml.scores',
      TYPE.float32,
      vocabulary.map(() => float32(0)),
    ),
    list(
      'tokenizer.ggml.token_type',
      TYPE.int32,
      vocabulary.map(({ kind }) => uint32(kind)),
    ),
    entry('tokenizer.ggml.add_space_prefix', TYPE.boolean, Buffer.from([0])),
    number('tokenizer.ggml.unknown_token_id', 0),
    number('tokenizer.ggml.bos_token_id', 1),
    number('tokenizer.ggml.eos_token_id', 2),
  ]
  return [uint64(entries.length), ...entries]
}

/** Name, shape, type (0: float32) and place of each tensor. */
function placesOf(tensors: readonly Tensor[]): Buffer[] {
  let offset = 0
  return tensors.map(({ name, shape }) => {
    const place = Buffer.concat([string(name), uint32(shape.length), ...shape.map(uint64), uint32(0), uint64(offset)])
    const bytes = shape.reduce((product, size) => product * size, 4)
    offset += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
    return place
  })
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & (ALIGNMENT - 1))])
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([uint64(bytes.length), bytes])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}
