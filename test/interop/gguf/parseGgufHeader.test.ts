import { expect } from 'chai'
import fc from 'fast-check'

import { sourceOfBytes } from '../../../src/interop/byteSource.ts'
import { parseGgufHeader } from '../../../src/interop/gguf/parseGgufHeader.ts'
import { GGUF_ARRAY_SAMPLE } from '../../../src/interop/gguf/reader.ts'
import { fileOf, info, text, u32, u64, u8, entry } from './ggufFile.ts'
import { rejection } from '../../artifacts/folder.ts'

const F32 = 0
const Q4_0 = 2

describe('parseGgufHeader', function () {
  const read = (bytes: Uint8Array) => parseGgufHeader(sourceOfBytes('model.gguf', bytes))

  it('reads metadata of every type, and tensors in the order of their bytes', async function () {
    const float = Buffer.alloc(4)
    float.writeFloatLE(0.5)
    const double = Buffer.alloc(8)
    double.writeDoubleLE(0.25)
    const bytes = fileOf({
      entries: [
        entry('general.architecture', 8, text('llama')),
        entry('u8', 0, u8(255)),
        entry('i8', 1, u8(255)),
        entry('u16', 2, Buffer.from([0xff, 0xff])),
        entry('i16', 3, Buffer.from([0xff, 0xff])),
        entry('u32', 4, u32(0xffff_ffff)),
        entry('i32', 5, u32(0xffff_ffff)),
        entry('f32', 6, float),
        entry('yes', 7, u8(1)),
        entry('u64', 10, u64(2n ** 64n - 1n)),
        entry('small', 10, u64(7)),
        entry('i64', 11, u64(2n ** 64n - 1n)),
        entry('f64', 12, double),
        entry('list', 9, u32(8), u64(3), text('a'), text(''), text('c')),
        entry('long', 9, u32(4), u64(100), Buffer.alloc(400)),
        entry('words', 9, u32(8), u64(100), ...Array.from({ length: 100 }, (_, index) => text(`w${index}`))),
        entry('nested', 9, u32(9), u64(2), u32(0), u64(1), u8(5), u32(0), u64(0)),
        entry('last', 7, u8(0)),
      ],
      infos: [info('b', [64, 2], Q4_0, 32), info('a', [3], F32, 0), info('scalar', [], F32, 128)],
      data: 132,
    })
    const { metadata, tensors, dataOffset, ...others } = await read(bytes)
    expect(Object.fromEntries(metadata)).to.deep.equal({
      'general.architecture': 'llama',
      u8: 255,
      i8: -1,
      u16: 65_535,
      i16: -1,
      u32: 0xffff_ffff,
      i32: -1,
      f32: 0.5,
      yes: true,
      u64: 2n ** 64n - 1n,
      small: 7,
      i64: -1,
      f64: 0.25,
      list: { length: 3, first: ['a', '', 'c'] },
      long: { length: 100, first: Array.from({ length: GGUF_ARRAY_SAMPLE }, () => 0) },
      words: { length: 100, first: Array.from({ length: GGUF_ARRAY_SAMPLE }, (_, index) => `w${index}`) },
      nested: {
        length: 2,
        first: [
          { length: 1, first: [5] },
          { length: 0, first: [] },
        ],
      },
      last: false,
    })
    expect(tensors).to.deep.equal([
      { name: 'a', type: 'F32', typeNumber: 0, shape: [3], offset: dataOffset, length: 12 },
      { name: 'b', type: 'Q4_0', typeNumber: 2, shape: [64, 2], offset: dataOffset + 32, length: 72 },
      { name: 'scalar', type: 'F32', typeNumber: 0, shape: [], offset: dataOffset + 128, length: 4 },
    ])
    expect(others).to.deep.equal({ version: 3, alignment: 32, size: bytes.length })
    expect(dataOffset % 32).to.equal(0)
  })

  it('reads version 2, a file without tensors, and one whose last tensor is padded', async function () {
    expect((await read(fileOf({ version: 2 }))).version).to.equal(2)
    expect((await read(fileOf({ infos: [info('a', [1], F32, 0)], data: 32 }))).tensors).to.have.length(1)
  })

  it('follows the alignment that the metadata states', async function () {
    const entries = [entry('general.alignment', 4, u32(8))]
    const bytes = fileOf({ entries, infos: [info('a', [1], F32, 0), info('b', [1], F32, 8)], data: 12, alignment: 8 })
    expect(await read(bytes)).to.include({ alignment: 8 })
  })

  it('skips an array that is longer than what is read at once', async function () {
    const words = Array.from({ length: 300 }, () => text('x'.repeat(10_000)))
    const entries = [
      entry('w', 9, u32(8), u64(300), ...words),
      entry('n', 9, u32(0), u64(3_000_000), Buffer.alloc(3_000_000)),
      entry('z', 0, u8(9)),
    ]
    const { metadata } = await read(fileOf({ entries }))
    expect(metadata.get('w')).to.have.property('length', 300)
    expect(metadata.get('z')).to.equal(9)
  })

  const one = [info('a', [8], F32, 0)]
  const aligned = (type: number, ...value: Uint8Array[]) =>
    fileOf({ entries: [entry('general.alignment', type, ...value)] })
  const cases: [string, string, Uint8Array][] = [
    ['an empty file', 'NOT_GGUF', Buffer.alloc(0)],
    ['a short file of another kind', 'NOT_GGUF', Buffer.from('ggml')],
    ['a file of another kind', 'NOT_GGUF', fileOf({ magic: 'ggjt' })],
    ['a file that ends in its first line', 'FILE_TRUNCATED', fileOf({}).subarray(0, 23)],
    ['version 1', 'GGUF_VERSION', fileOf({ version: 1 })],
    ['version 4', 'GGUF_VERSION', fileOf({ version: 4 })],
    ['a big-endian file', 'GGUF_VERSION', fileOf({ version: 0x0300_0000 })],
    ['more tensors than there is room for', 'GGUF_COUNT', fileOf({ tensorCount: 5 })],
    ['2^64 - 1 tensors', 'GGUF_COUNT', fileOf({ tensorCount: 2n ** 64n - 1n })],
    ['more entries than there is room for', 'GGUF_COUNT', fileOf({ entryCount: 3, data: 0 })],
    ['a key longer than keys may be', 'GGUF_LENGTH', fileOf({ entryCount: 1, entries: [u64(65_536)], data: 70_000 })],
    ['a key longer than the file', 'FILE_TRUNCATED', fileOf({ entryCount: 1, entries: [u64(65_535)], data: 99 })],
    ['an empty key', 'GGUF_FIELD', fileOf({ entries: [entry('', 0, u8(1))] })],
    ['a key with a control character', 'GGUF_FIELD', fileOf({ entries: [entry('a\u001b', 0, u8(1))] })],
    ['a key that is not UTF-8', 'GGUF_FIELD', fileOf({ entries: [entry(Buffer.from([0xff]), 0, u8(1))] })],
    ['a key twice', 'GGUF_DUPLICATE', fileOf({ entries: [entry('a', 0, u8(1)), entry('a', 0, u8(2))] })],
    ['an unknown type of value', 'GGUF_FIELD', fileOf({ entries: [entry('a', 13, u8(1))] })],
    ['a boolean of 2', 'GGUF_FIELD', fileOf({ entries: [entry('a', 7, u8(2))] })],
    ['a string longer than the file', 'GGUF_LENGTH', fileOf({ entries: [entry('a', 8, u64(2n ** 63n))] })],
    ['an array longer than the file', 'GGUF_COUNT', fileOf({ entries: [entry('a', 9, u32(4), u64(100))] })],
    ['an array of 2^64 - 1 strings', 'GGUF_COUNT', fileOf({ entries: [entry('a', 9, u32(8), u64(2n ** 64n - 1n))] })],
    [
      'an array whose 17th string is longer than the file',
      'GGUF_LENGTH',
      fileOf({ entries: [entry('a', 9, u32(8), u64(17), ...Array.from({ length: 16 }, () => text('')), u64(10_000))] }),
    ],
    [
      'an array of an unknown type',
      'GGUF_FIELD',
      fileOf({ entries: [entry('a', 9, u32(99), u64(1), Buffer.alloc(64))] }),
    ],
    [
      'arrays in arrays in arrays',
      'GGUF_FIELD',
      fileOf({
        entries: [entry('a', 9, ...Array.from({ length: 6 }, () => Buffer.concat([u32(9), u64(1)])), Buffer.alloc(64))],
      }),
    ],
    ['an alignment of 0', 'GGUF_FIELD', aligned(4, u32(0))],
    ['an alignment of 4', 'GGUF_FIELD', aligned(4, u32(4))],
    ['an alignment of 24', 'GGUF_FIELD', aligned(4, u32(24))],
    ['an alignment of another type', 'GGUF_FIELD', aligned(10, u64(32))],
    ['a tensor without a name', 'GGUF_FIELD', fileOf({ infos: [info('', [8], F32, 0)], data: 32 })],
    ['a name of 65 bytes', 'GGUF_NAME', fileOf({ infos: [info('x'.repeat(65), [8], F32, 0)], data: 32 })],
    ['a name of 65 bytes in 33 characters', 'GGUF_NAME', fileOf({ infos: [info(`${'é'.repeat(32)}x`, [8], F32, 0)] })],
    ['a name of 65,536 bytes', 'GGUF_LENGTH', fileOf({ infos: [info('x'.repeat(65_536), [8], F32, 0)], data: 32 })],
    ['a tensor twice', 'GGUF_DUPLICATE', fileOf({ infos: [...one, ...one], data: 32 })],
    ['five dimensions', 'GGUF_SHAPE', fileOf({ infos: [info('a', [1, 1, 1, 1, 1], F32, 0)], data: 32 })],
    ['a dimension beyond 2^53', 'GGUF_SHAPE', fileOf({ infos: [info('a', [2n ** 53n], F32, 0)], data: 32 })],
    ['a row that is half a block', 'GGUF_SHAPE', fileOf({ infos: [info('a', [16, 2], Q4_0, 0)], data: 32 })],
    ['a type that was given up', 'GGUF_TYPE', fileOf({ infos: [info('a', [32], 4, 0)], data: 32 })],
    ['an unknown type', 'GGUF_TYPE', fileOf({ infos: [info('a', [32], 1000, 0)], data: 32 })],
    ['an offset that is not aligned', 'GGUF_FIELD', fileOf({ infos: [info('a', [8], F32, 4)], data: 64 })],
    ['a tensor that ends a byte after the file', 'GGUF_BOUNDS', fileOf({ infos: one, data: 31 })],
    ['a tensor in a file that ends in the padding', 'GGUF_BOUNDS', fileOf({ infos: one }).subarray(0, -1)],
    ['an offset near 2^64', 'GGUF_BOUNDS', fileOf({ infos: [info('a', [8], F32, 2n ** 64n - 32n)], data: 32 })],
    [
      'a shape whose product wraps around 2^64',
      'GGUF_BOUNDS',
      fileOf({ infos: [info('a', [2 ** 32, 2 ** 32], F32, 0)], data: 32 }),
    ],
    [
      'tensors that share bytes',
      'GGUF_OVERLAP',
      fileOf({ infos: [info('a', [9], F32, 0), info('b', [8], F32, 32)], data: 64 }),
    ],
    ['tensors that share all bytes', 'GGUF_OVERLAP', fileOf({ infos: [...one, info('b', [8], F32, 0)], data: 32 })],
    ['a gap before the first tensor', 'GGUF_GAP', fileOf({ infos: [info('a', [8], F32, 32)], data: 64 })],
    ['a gap between tensors', 'GGUF_GAP', fileOf({ infos: [...one, info('b', [8], F32, 64)], data: 96 })],
    ['a byte after the last tensor', 'GGUF_GAP', fileOf({ infos: one, data: 33 })],
    ['bytes without a tensor', 'GGUF_GAP', fileOf({ data: 1 })],
  ]
  for (const [what, code, bytes] of cases) {
    it(`refuses ${what}`, async function () {
      const error = await rejection(read(bytes))
      expect(error.code, error.message).to.equal(code)
      expect(error.message)
        .to.include('model.gguf')
        .and.to.match(/^[^\p{Cc}\p{Cf}]*$/u)
    })
  }

  const remedies: [string, string, Uint8Array][] = [
    [
      'a long name',
      'convert the model again with shorter names',
      fileOf({ infos: [info('x'.repeat(70), [8], F32, 0)] }),
    ],
    ['a type of ik_llama.cpp', 'fork', fileOf({ infos: [info('a', [32], 138, 0)], data: 32 })],
    ['a removed type', 'ggml has removed', fileOf({ infos: [info('a', [32], 4, 0)], data: 32 })],
    ['big-endian files', 'big-endian GGUF file (version 3', fileOf({ version: 0x0300_0000 })],
    ['version 1', 'of version 1', fileOf({ version: 1 })],
  ]
  for (const [what, words, bytes] of remedies) {
    it(`has a remedy of its own for ${what}`, async function () {
      const { message } = await rejection(read(bytes))
      expect(message).to.include(words).and.to.not.include('download it again')
    })
  }

  it('reads a name of 64 bytes', async function () {
    expect((await read(fileOf({ infos: [info('x'.repeat(64), [8], F32, 0)], data: 32 }))).tensors).to.have.length(1)
  })

  it('accepts a damaged file or throws an error of ours, and nothing else', async function () {
    const whole = fileOf({
      entries: [entry('a', 9, u32(8), u64(2), text('x'), text('y')), entry('general.alignment', 4, u32(32))],
      infos: [info('a', [8], F32, 0), info('b', [32], Q4_0, 32)],
      data: 50,
    })
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), async (at, value, length) => {
        const bytes = Buffer.from(whole)
        bytes[at] = value
        const outcome = await read(bytes.subarray(0, length)).catch((error: unknown) => error)
        expect(outcome).to.have.property(outcome instanceof Error ? 'code' : 'tensors')
      }),
      { numRuns: 500 },
    )
  })
})
