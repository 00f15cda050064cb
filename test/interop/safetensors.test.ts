import { expect } from 'chai'
import fc from 'fast-check'

import { sourceOfBytes } from '../../src/interop/byteSource.ts'
import { MAX_SAFETENSORS_HEADER_BYTES, parseSafetensorsHeader } from '../../src/interop/safetensors.ts'
import { rejection } from '../artifacts/folder.ts'
import { fileOf, tensor } from './safetensorsFile.ts'

describe('parseSafetensorsHeader', function () {
  const read = (bytes: Uint8Array) => parseSafetensorsHeader(sourceOfBytes('model.safetensors', bytes))
  const codeOf = async (bytes: Uint8Array) => (await rejection(read(bytes))).code

  it('reads tensors in the order of their bytes, and the metadata', async function () {
    const header = {
      b: tensor('F32', [2, 3], 8, 32),
      __metadata__: { format: 'pt' },
      a: tensor('BF16', [4], 0, 8),
      scalar: tensor('I64', [], 32, 40),
      empty: tensor('F16', [0, 7], 40, 40),
    }
    const bytes = fileOf(`${JSON.stringify(header)}   `, 40)
    const result = await read(bytes)
    const dataOffset = bytes.length - 40
    expect(result).to.deep.equal({
      metadata: new Map([['format', 'pt']]),
      dataOffset,
      size: bytes.length,
      tensors: [
        { name: 'a', dtype: 'BF16', shape: [4], offset: dataOffset, length: 8 },
        { name: 'b', dtype: 'F32', shape: [2, 3], offset: dataOffset + 8, length: 24 },
        { name: 'scalar', dtype: 'I64', shape: [], offset: dataOffset + 32, length: 8 },
        { name: 'empty', dtype: 'F16', shape: [0, 7], offset: dataOffset + 40, length: 0 },
      ],
    })
  })

  it('reads files without tensors, and types of less than a byte', async function () {
    expect((await read(fileOf('{}'))).tensors).to.deep.equal([])
    expect((await read(fileOf({ x: tensor('F4', [3, 2], 0, 3) }, 3))).tensors[0]).to.include({ length: 3 })
    expect(await codeOf(fileOf({ x: tensor('F4', [3], 0, 2) }, 2))).to.equal('SAFETENSORS_SIZE')
    expect((await read(fileOf({ x: tensor('F6_E2M3', [4], 0, 3) }, 3))).tensors[0]).to.include({ length: 3 })
  })

  it('reads a tensor that is called __proto__', async function () {
    const bytes = fileOf('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1)
    expect((await read(bytes)).tensors[0]!.name).to.equal('__proto__')
  })

  it('reads what the reference implementation accepts', async function () {
    expect((await read(fileOf('{"__metadata__":null}'))).metadata).to.deep.equal(new Map())
    const unknown = `{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"q":${'{"y":'.repeat(100)}1.5${'}'.repeat(100)}}}`
    expect((await read(fileOf(unknown, 4))).tensors[0]).to.include({ length: 4 })
    const zeroFirst = fileOf({ x: tensor('U8', [0, 2 ** 32, 2 ** 32], 0, 0) })
    expect((await read(zeroFirst)).tensors[0]).to.include({ length: 0 })
  })

  const good = { x: tensor('U8', [4], 0, 4) }
  const cases: [string, string, Uint8Array][] = [
    ['an empty file', 'FILE_TRUNCATED', Buffer.alloc(0)],
    ['a file of seven bytes', 'FILE_TRUNCATED', Buffer.alloc(7)],
    ['a header of no bytes', 'SAFETENSORS_LENGTH', fileOf('', 0)],
    ['a header of one byte', 'SAFETENSORS_LENGTH', fileOf('{', 0)],
    ['a header one byte longer than the file', 'SAFETENSORS_LENGTH', fileOf('{}', 0, 3n)],
    [
      'a header of more than is allowed',
      'SAFETENSORS_LENGTH',
      fileOf('{}', 0, BigInt(MAX_SAFETENSORS_HEADER_BYTES) + 1n),
    ],
    ['a header of 2^64 - 1 bytes', 'SAFETENSORS_LENGTH', fileOf('{}', 0, 2n ** 64n - 1n)],
    ['a header that is a list', 'SAFETENSORS_FIELD', fileOf('[]')],
    ['a header that begins with a space', 'SAFETENSORS_FIELD', fileOf(' {}')],
    ['a header that is not UTF-8', 'SAFETENSORS_FIELD', fileOf(Buffer.from([0x7b, 0x22, 0xff, 0x22]))],
    ['a header that is not JSON', 'INVALID_JSON', fileOf('{"x":}')],
    ['a header with bytes after the JSON', 'INVALID_JSON', fileOf('{}x')],
    [
      'a tensor twice',
      'DUPLICATE_JSON_NAME',
      fileOf(`{"x":${JSON.stringify(good.x)},"x":${JSON.stringify(good.x)}}`, 4),
    ],
    [
      'a field twice',
      'DUPLICATE_JSON_NAME',
      fileOf('{"x":{"dtype":"U8","dtype":"I8","shape":[4],"data_offsets":[0,4]}}', 4),
    ],
    ['deep JSON', 'JSON_TOO_DEEP', fileOf(`{"x":${'['.repeat(5000)}${']'.repeat(5000)}}`)],
    ['a shape of 1.0', 'SAFETENSORS_FIELD', fileOf('{"x":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}', 1)],
    ['a shape of 1e0', 'SAFETENSORS_FIELD', fileOf('{"x":{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}}', 1)],
    ['an offset of -0', 'SAFETENSORS_FIELD', fileOf('{"x":{"dtype":"U8","shape":[1],"data_offsets":[-0,1]}}', 1)],
    [
      'a shape that overflows before its zero',
      'SAFETENSORS_SIZE',
      fileOf({ x: tensor('U8', [2 ** 32, 2 ** 32, 0], 0, 0) }),
    ],
    ['a shape whose bits overflow', 'SAFETENSORS_SIZE', fileOf({ x: tensor('F64', [2 ** 31, 2 ** 31], 0, 0) })],
    ['metadata that is not an object', 'SAFETENSORS_FIELD', fileOf({ __metadata__: 'x' })],
    ['metadata that is not a string', 'SAFETENSORS_FIELD', fileOf({ __metadata__: { a: 1 } })],
    ['a tensor that is null', 'SAFETENSORS_FIELD', fileOf({ x: null })],
    ['a tensor without a name', 'SAFETENSORS_FIELD', fileOf({ '': good.x }, 4)],
    ['a name that rewrites a terminal', 'SAFETENSORS_FIELD', fileOf({ 'a\u001b[2J': good.x }, 4)],
    ['an unknown type', 'SAFETENSORS_DTYPE', fileOf({ x: tensor('toString', [4], 0, 4) }, 4)],
    ['no type', 'SAFETENSORS_DTYPE', fileOf({ x: { shape: [4], data_offsets: [0, 4] } }, 4)],
    ['a negative size', 'SAFETENSORS_FIELD', fileOf({ x: tensor('U8', [-4], 0, 4) }, 4)],
    ['half a size', 'SAFETENSORS_FIELD', fileOf({ x: tensor('U8', [0.5], 0, 4) }, 4)],
    ['a size beyond 2^53', 'SAFETENSORS_FIELD', fileOf({ x: tensor('U8', [2 ** 53], 0, 4) }, 4)],
    ['no shape', 'SAFETENSORS_FIELD', fileOf({ x: { dtype: 'U8', data_offsets: [0, 4] } }, 4)],
    ['three offsets', 'SAFETENSORS_FIELD', fileOf({ x: { ...good.x, data_offsets: [0, 4, 4] } }, 4)],
    ['offsets in the wrong order', 'SAFETENSORS_FIELD', fileOf({ x: tensor('U8', [4], 4, 0) }, 4)],
    ['offsets that are strings', 'SAFETENSORS_FIELD', fileOf({ x: { ...good.x, data_offsets: ['0', '4'] } }, 4)],
    ['a tensor that ends a byte after the file', 'SAFETENSORS_BOUNDS', fileOf(good, 3)],
    ['a shape that needs a byte more', 'SAFETENSORS_SIZE', fileOf({ x: tensor('U8', [5], 0, 4) }, 4)],
    [
      'a shape whose product wraps around 2^64',
      'SAFETENSORS_SIZE',
      fileOf({ x: tensor('U8', [2 ** 32, 2 ** 32], 0, 0) }, 0),
    ],
    [
      'tensors that share one byte',
      'SAFETENSORS_OVERLAP',
      fileOf({ a: tensor('U8', [4], 0, 4), b: tensor('U8', [4], 3, 7) }, 7),
    ],
    [
      'tensors that share all bytes',
      'SAFETENSORS_OVERLAP',
      fileOf({ a: tensor('U8', [4], 0, 4), b: tensor('U8', [4], 0, 4) }, 4),
    ],
    ['a byte before the first tensor', 'SAFETENSORS_GAP', fileOf({ x: tensor('U8', [4], 1, 5) }, 5)],
    [
      'a byte between two tensors',
      'SAFETENSORS_GAP',
      fileOf({ a: tensor('U8', [1], 0, 1), b: tensor('U8', [1], 2, 3) }, 3),
    ],
    ['a byte after the last tensor', 'SAFETENSORS_GAP', fileOf(good, 5)],
    ['bytes without a tensor', 'SAFETENSORS_GAP', fileOf('{}', 1)],
  ]
  for (const [what, code, bytes] of cases) {
    it(`refuses ${what}`, async function () {
      const error = await rejection(read(bytes))
      expect(error.code).to.equal(code)
      expect(error.message)
        .to.include('model.safetensors')
        .and.to.match(/^[^\p{Cc}\p{Cf}]*$/u)
    })
  }

  it('accepts a damaged file or throws an error of ours, and nothing else', async function () {
    const whole = fileOf({ __metadata__: { a: 'b' }, x: tensor('F32', [2], 0, 8), y: tensor('U8', [1], 8, 9) }, 9)
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), async (at, value, length) => {
        const bytes = Buffer.from(whole)
        bytes[at] = value
        const outcome = await read(bytes.subarray(0, length)).catch((error: unknown) => error)
        expect(outcome).to.have.property(outcome instanceof Error ? 'code' : 'tensors')
      }),
      { numRuns: 300 },
    )
  })
})
