import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

import { assemble, global, int, proto, text } from '../../test/scan/serialisation/pickle/assemble.ts'
import { little, zipOf } from '../../test/scan/serialisation/containers/archives.ts'

const MIB = 1024 * 1024
/** Bytes of one tensor, where a model has more than one. */
const TENSOR = 16 * MIB

/** Writes a folder of safetensors in shards of up to 4 GiB, which are sparse, with the config and the tokenizer of a model. */
export function writeSafetensors(folder: string, bytes: number): void {
  mkdirSync(folder)
  const shard = 4096 * MIB
  const shards = Math.ceil(bytes / shard)
  for (let index = 0; index < shards; index++) {
    const size = Math.min(shard, bytes - index * shard)
    const tensors: Record<string, unknown> = {}
    for (let at = 0, count = 0; at < size; at += TENSOR, count++) {
      const length = Math.min(TENSOR, size - at)
      tensors[`model.layers.${count}.mlp.gate_proj.weight.${index}`] = {
        dtype: 'U8',
        shape: [length],
        data_offsets: [at, at + length],
      }
    }
    const header = Buffer.from(JSON.stringify(tensors))
    const name = `model-${String(index + 1).padStart(5, '0')}-of-${String(shards).padStart(5, '0')}.safetensors`
    writeSparse(join(folder, name), Buffer.concat([little(header.length, 8), header]), size)
  }
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({ model_type: 'llama', architectures: ['LlamaForCausalLM'] }),
  )
  const vocab = Object.fromEntries(Array.from({ length: 128_000 }, (_, index) => [`token ${index}`, index]))
  writeFileSync(
    join(folder, 'tokenizer.json'),
    JSON.stringify({ version: '1.0', model: { type: 'BPE', vocab, merges: [] } }),
  )
  writeFileSync(join(folder, 'README.md'), '---\nlicense: apache-2.0\n---\n# A model\n')
}

/** Writes an archive of torch: a pickle, and one stored member for each tensor; its storages are sparse. */
export function writeTorch(folder: string, bytes: number): void {
  mkdirSync(folder)
  const count = Math.ceil(bytes / TENSOR)
  const items = TENSOR / 4
  const tensors = Array.from({ length: count }, (_, index) =>
    assemble(
      text(`layer.${index}.weight`),
      `${global('torch._utils', '_rebuild_tensor_v2')}((`,
      `${text('storage')}${global('torch', 'FloatStorage')}${text(String(index))}${text('cpu')}${int(items)}tQ`,
      `K\0${int(items)}\x85K\x01\x85\x89${global('collections', 'OrderedDict')})RtR`,
    ),
  )
  const data = assemble(proto(2), `${global('collections', 'OrderedDict')})R(`, ...tensors, 'u.')
  const zeros = Buffer.alloc(MIB)
  let sum = 0
  for (let at = 0; at < TENSOR; at += MIB) sum = crc32(zeros, sum)
  const small = zipOf([
    { name: 'model/data.pkl', data },
    ...Array.from({ length: count }, (_, index) => ({
      name: `model/data/${index}`,
      local: { crc: sum, packed: TENSOR, size: TENSOR },
      entry: { crc: sum, packed: TENSOR, size: TENSOR },
    })),
  ])
  spread(join(folder, 'pytorch_model.bin'), small, count)
}

/** Writes an archive with the bytes of its storages put in: holes behind each local header of a storage. */
function spread(path: string, small: Buffer, count: number): void {
  const descriptor = openSync(path, 'wx', 0o600)
  const starts = Array.from(
    { length: count },
    (_, index) => small.indexOf(`model/data/${index}`) + `model/data/${index}`.length,
  )
  const directory = small.readUInt32LE(small.length - 6)
  let [from, at] = [0, 0]
  for (const start of starts) {
    writeSync(descriptor, small, from, start - from, at)
    at += start - from + TENSOR
    from = start
  }
  let entry = small.indexOf('PK\x01\x02', directory, 'latin1')
  for (let index = -1; index < count; index++) {
    if (index >= 0) small.writeUInt32LE(small.readUInt32LE(entry + 42) + index * TENSOR, entry + 42)
    entry = small.indexOf('PK\x01\x02', entry + 4, 'latin1')
  }
  small.writeUInt32LE(directory + count * TENSOR, small.length - 6)
  writeSync(descriptor, small, from, small.length - from, at)
  closeSync(descriptor)
}

/** Writes a sparse GGUF file with a vocabulary, a chat template and tensors. */
export function writeGguf(folder: string, bytes: number): void {
  mkdirSync(folder)
  const string = (value: string): Buffer => Buffer.concat([little(Buffer.byteLength(value), 8), Buffer.from(value)])
  const words = Array.from({ length: 128_000 }, (_, index) => string(`token ${index}`))
  const count = Math.ceil(bytes / TENSOR)
  const tensors = Array.from({ length: count }, (_, index) =>
    Buffer.concat([
      string(`blk.${index}.ffn_gate.weight`),
      little(1, 4),
      little(TENSOR / 4, 8),
      little(0, 4),
      little(index * TENSOR, 8),
    ]),
  )
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    little(3, 4),
    little(count, 8),
    little(3, 8),
    string('general.architecture'),
    little(8, 4),
    string('llama'),
    string('tokenizer.chat_template'),
    little(8, 4),
    string('{% for m in messages %}{{ m.content }}{% endfor %}'),
    string('tokenizer.ggml.tokens'),
    little(9, 4),
    little(8, 4),
    little(words.length, 8),
    ...words,
    ...tensors,
  ])
  const padding = Buffer.alloc((32 - (header.length % 32)) % 32)
  writeSparse(join(folder, 'model.gguf'), Buffer.concat([header, padding]), count * TENSOR)
}

/** Writes many small files: configs, texts, arrays and pickles. */
export function writeSmall(folder: string, count: number): void {
  mkdirSync(folder)
  for (let index = 0; index < count; index++) {
    const part = join(folder, `part-${Math.floor(index / 1000)}`)
    if (index % 1000 === 0) mkdirSync(part)
    const [name, content] = SMALL[index % SMALL.length]!
    writeFileSync(join(part, `${index}-${name}`), content)
  }
}

const SMALL: readonly (readonly [string, string | Uint8Array])[] = [
  ['config.json', JSON.stringify({ model_type: 'bert', values: Array.from({ length: 60 }, (_, index) => index) })],
  ['notes.txt', 'A line of text about the training.\n'.repeat(20)],
  ['optimizer.bin', assemble(proto(2), '}', text('lr'), 'K\x01', text('betas'), 'K\x02', 'K\x03', '\x86', 's.')],
  ['metrics.csv', 'step,loss\n1,2.5\n'.repeat(30)],
]

function writeSparse(path: string, head: Uint8Array, more: number): void {
  const descriptor = openSync(path, 'wx', 0o600)
  writeSync(descriptor, head)
  ftruncateSync(descriptor, head.length + more)
  closeSync(descriptor)
}
