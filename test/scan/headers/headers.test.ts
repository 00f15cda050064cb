import { expect } from 'chai'

import { headersScanner } from '../../../src/scan/headers/headers.ts'
import type { ModelView, NewFinding } from '../../../src/scan/ports.ts'
import { fileOf, tensor } from '../../interop/safetensorsFile.ts'
import { contentOf, externalTensor, field, onnxNode, onnxOf } from '../serialisation/formats/judged.ts'

const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
const uint64 = (value: bigint) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes
}
const text = (value: string) => Buffer.concat([uint64(BigInt(value.length)), Buffer.from(value)])
const info = (name: string, shape: bigint[], type: number, offset: bigint) =>
  Buffer.concat([text(name), uint32(shape.length), ...shape.map(uint64), uint32(type), uint64(offset)])
const entry = (key: string, type: number, value: Uint8Array) => Buffer.concat([text(key), uint32(type), value])

function gguf(
  entries: Uint8Array[],
  infos: Uint8Array[],
  data = 0,
  counts: { version?: number; tensors?: bigint; entries?: bigint } = {},
): Buffer {
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    uint32(counts.version ?? 3),
    uint64(counts.tensors ?? BigInt(infos.length)),
    uint64(counts.entries ?? BigInt(entries.length)),
    ...entries,
    ...infos,
  ])
  return Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32), Buffer.alloc(data)])
}

const weight = (dims: number[], type: number, length: number, more: Uint8Array[] = []) =>
  field(5, [
    ...dims.map((each) => field(1, each)),
    field(2, type),
    field(8, 'w'),
    field(9, Buffer.alloc(length)),
    ...more,
  ])
const negative = field(5, [Buffer.from([8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]), field(2, 1)])

async function scan(files: Readonly<Record<string, Uint8Array | string>>): Promise<NewFinding[]> {
  const findings: NewFinding[] = []
  const model: ModelView = {
    files: Object.entries(files).map(([name, bytes]) => ({ name, size: bytes.length, digest: '' })),
    file: (name) => (Object.hasOwn(files, name) ? contentOf(name, files[name]!) : undefined),
  }
  await headersScanner.scanModel!(model, { facts: {}, found: (finding) => findings.push(finding) })
  return findings
}

const HOSTILE: readonly (readonly [rule: string, what: string, file: string, bytes: Uint8Array])[] = [
  [
    'safetensors.header',
    'overlap',
    'a.safetensors',
    fileOf({ a: tensor('U8', [4], 0, 4), b: tensor('U8', [4], 2, 6) }, 6),
  ],
  ['safetensors.header', 'gap', 'a.safetensors', fileOf({ a: tensor('U8', [2], 0, 2), b: tensor('U8', [2], 4, 6) }, 6)],
  ['safetensors.header', 'trailing bytes', 'a.safetensors', fileOf({ a: tensor('U8', [2], 0, 2) }, 6)],
  ['safetensors.header', 'range beyond the file', 'a.safetensors', fileOf({ a: tensor('U8', [9], 0, 9) }, 6)],
  ['safetensors.header', 'reversed range', 'a.safetensors', fileOf({ a: tensor('U8', [0], 4, 2) }, 6)],
  ['safetensors.header', 'size that lies', 'a.safetensors', fileOf({}, 6, 2n ** 40n)],
  ['safetensors.header', 'size beyond 64 bits of a double', 'a.safetensors', fileOf({}, 6, 2n ** 64n - 1n)],
  [
    'safetensors.header',
    'duplicate tensor',
    'a.safetensors',
    fileOf(
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
      1,
    ),
  ],
  [
    'safetensors.header',
    'overflowing shape',
    'a.safetensors',
    fileOf({ a: tensor('U8', [2 ** 33, 2 ** 33], 0, 1) }, 1),
  ],
  ['safetensors.header', 'shape that does not fit', 'a.safetensors', fileOf({ a: tensor('F32', [2], 0, 4) }, 4)],
  ['safetensors.header', 'negative shape', 'a.safetensors', fileOf({ a: tensor('U8', [-1], 0, 1) }, 1)],
  ['safetensors.header', 'metadata that are not texts', 'a.safetensors', fileOf({ __metadata__: { a: 1 } })],
  ['safetensors.header', 'nested metadata', 'a.safetensors', fileOf({ __metadata__: { a: { b: 'c' } } })],
  [
    'safetensors.header',
    'another format under its name',
    'a.safetensors',
    Buffer.from('\x80\x02cos\nsystem\n.', 'latin1'),
  ],
  ['safetensors.header', 'another name', 'a.bin', fileOf({ a: tensor('U8', [2], 0, 2) }, 6)],
  ['safetensors.type', 'unknown type', 'a.safetensors', fileOf({ a: tensor('X9', [2], 0, 2) }, 2)],
  ['gguf.header', 'entries beyond the file', 'a.gguf', gguf([], [], 0, { entries: 2n ** 60n })],
  ['gguf.header', 'tensors beyond the file', 'a.gguf', gguf([], [], 0, { tensors: 2n ** 61n })],
  ['gguf.header', 'text beyond the file', 'a.gguf', gguf([Buffer.concat([uint64(2n ** 62n), Buffer.from('a')])], [])],
  ['gguf.header', 'value beyond the file', 'a.gguf', gguf([entry('a', 8, uint64(2n ** 63n))], [])],
  [
    'gguf.header',
    'array beyond the file',
    'a.gguf',
    gguf([entry('a', 9, Buffer.concat([uint32(8), uint64(2n ** 61n)]))], []),
  ],
  [
    'gguf.header',
    'arrays in arrays',
    'a.gguf',
    gguf([entry('a', 9, Buffer.concat(Array.from({ length: 60 }, () => Buffer.concat([uint32(9), uint64(1n)]))))], []),
  ],
  ['gguf.header', 'unknown type of a value', 'a.gguf', gguf([entry('a', 99, uint64(1n))], [])],
  ['gguf.header', 'duplicate key', 'a.gguf', gguf([entry('a', 4, uint32(1)), entry('a', 4, uint32(2))], [])],
  ['gguf.header', 'duplicate tensor', 'a.gguf', gguf([], [info('a', [8n], 0, 0n), info('a', [8n], 0, 32n)], 64)],
  [
    'gguf.header',
    'too many dimensions',
    'a.gguf',
    gguf(
      [],
      [
        info(
          'a',
          Array.from({ length: 9 }, () => 1n),
          0,
          0n,
        ),
      ],
      32,
    ),
  ],
  ['gguf.header', 'overflowing shape', 'a.gguf', gguf([], [info('a', [2n ** 32n, 2n ** 32n], 0, 0n)], 32)],
  ['gguf.header', 'shape beyond 2^63', 'a.gguf', gguf([], [info('a', [2n ** 63n, 2n], 0, 0n)], 32)],
  ['gguf.header', 'offset beyond the file', 'a.gguf', gguf([], [info('a', [8n], 0, 2n ** 40n)], 32)],
  ['gguf.header', 'offset off the alignment', 'a.gguf', gguf([], [info('a', [8n], 0, 1n)], 64)],
  ['gguf.header', 'overlap', 'a.gguf', gguf([], [info('a', [16n], 0, 0n), info('b', [8n], 0, 32n)], 64)],
  ['gguf.header', 'gap', 'a.gguf', gguf([], [info('a', [8n], 0, 0n), info('b', [8n], 0, 96n)], 128)],
  ['gguf.header', 'trailing bytes', 'a.gguf', gguf([], [info('a', [8n], 0, 0n)], 320)],
  ['gguf.header', 'alignment of zero', 'a.gguf', gguf([entry('general.alignment', 4, uint32(0))], [])],
  ['gguf.header', 'another name', 'a.bin', gguf([], [info('a', [8n], 0, 0n)], 320)],
  ['gguf.type', 'version 99', 'a.gguf', gguf([], [], 0, { version: 99 })],
  ['gguf.type', 'unknown type of a tensor', 'a.gguf', gguf([], [info('a', [8n], 200, 0n)], 32)],
  ['onnx.header', 'too few bytes', 'a.onnx', onnxOf([weight([3], 1, 8)])],
  ['onnx.header', 'too many bytes', 'a.onnx', onnxOf([weight([1], 1, 8)])],
  ['onnx.header', 'negative dimension', 'a.onnx', onnxOf([negative])],
  ['onnx.header', 'overflowing shape', 'a.onnx', onnxOf([weight([2 ** 40, 2 ** 40], 1, 8)])],
  ['onnx.header', 'unknown type', 'a.onnx', onnxOf([weight([2], 99, 8)])],
  [
    'onnx.header',
    'data inside and outside',
    'a.onnx',
    onnxOf([weight([2], 1, 8, [field(14, 1), field(13, [field(1, 'location'), field(2, 'x')])])]),
  ],
  ['onnx.header', 'texts with raw data', 'a.onnx', onnxOf([weight([2], 8, 8)])],
  ['onnx.header', 'stated length that lies', 'a.onnx', onnxOf([externalTensor({ location: 'x', length: '9' })])],
  ['onnx.header', 'unknown IR version', 'a.onnx', onnxOf([onnxNode('Add')], [], 99)],
  ['onnx.header', 'another name', 'a.bin', onnxOf([weight([3], 1, 8)])],
]

describe('headers scanner', function () {
  for (const [rule, what, file, bytes] of HOSTILE) {
    it(`finds ${what} in ${file}`, async function () {
      const findings = await scan({ [file]: bytes })
      expect(
        findings.map((each) => each.rule),
        JSON.stringify(findings),
      ).to.include(rule)
    })
  }

  it('does not flag files that keep to their specifications', async function () {
    const findings = await scan({
      'a.safetensors': fileOf({ __metadata__: { format: 'pt' }, a: tensor('F16', [2, 2], 0, 8) }, 8),
      'b.gguf': gguf(
        [entry('general.architecture', 8, text('llama'))],
        [info('a', [8n], 0, 0n), info('b', [8n], 0, 32n)],
        64,
      ),
      'c.onnx': onnxOf([weight([2], 1, 8), onnxNode('Add')]),
      'notes.txt': 'words',
    })
    expect(findings).to.deep.equal([])
  })

  it('says how many more findings there are', async function () {
    const findings = await scan({ 'a.onnx': onnxOf(Array.from({ length: 1000 }, () => weight([2], 99, 8))) })
    expect(findings).to.have.length(9)
    expect(findings[8]!.what).to.equal('and 992 more')
  })

  it('holds indexes of shards against the shards', async function () {
    const shard = fileOf({ a: tensor('U8', [1], 0, 1) }, 1)
    const index = (weight_map: unknown) => JSON.stringify({ weight_map })
    const files = (map: unknown) => scan({ 'm-1.safetensors': shard, 'model.safetensors.index.json': index(map) })
    expect(await files({ a: 'm-1.safetensors' })).to.deep.equal([])
    expect((await files({ b: 'm-1.safetensors' }))[0]?.what).to.include('has no tensor "b"')
    expect((await files({ a: '../x.safetensors' }))[0]?.what).to.include('outside the folder')
    expect((await files({ a: 'm-2.safetensors' }))[0]?.level).to.equal('unknown')
  })
})
