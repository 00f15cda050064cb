import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'
import fc from 'fast-check'

import { modelDigest, requireTensors } from '../../src/artifacts/modelDigest.ts'
import { tensorListBytes } from '../../src/core/tensors.ts'
import { entry, fileOf as ggufFileOf, info, u32 } from '../interop/gguf/ggufFile.ts'
import { fileOf, tensor } from '../interop/safetensorsFile.ts'
import { ggufOf, referenceDigest, referenceList, safetensorsOf, type Sample } from '../interop/tensorFiles.ts'
import { createFolder, createHubCache, rejection, removeFolders } from './folder.ts'

const A: Sample = { dtype: 'F32', shape: [2], data: '0000803f00000040' }
const EMPTY: Sample = { dtype: 'F32', shape: [0, 4], data: '' }
const HALF: Sample = { dtype: 'F16', shape: [2, 3], data: '000102030405060708090a0b' }
const Q4_0: Sample = { dtype: 'GGML_2', shape: [32], data: '000102030405060708090a0b0c0d0e0f1011' }
const ZERO = `0x${'00'.repeat(32)}`
const later = () => Date.now() + 3_600_000

type Files = Record<string, string | Uint8Array>

async function tensorsIn(files: Files): Promise<string> {
  const { tensors } = await modelDigest(createFolder(files), { cache: false })
  return requireTensors(tensors!).digest
}

async function refusalOf(files: Files): Promise<{ code: string; message: string }> {
  const { tensors } = await modelDigest(createFolder(files), { cache: false })
  if (tensors === null || !('refused' in tensors)) throw new Error('Expected a refusal, but there is a digest.')
  return tensors.refused
}

describe('the tensors of modelDigest', function () {
  after(removeFolders)

  it('are those of the vectors, from files', async function () {
    const { sets } = JSON.parse(readFileSync(new URL('../vectors/tensors.json', import.meta.url), 'utf8')) as {
      sets: { tensors: Sample[]; digest: string }[]
    }
    for (const { tensors, digest } of sets) {
      const isGguf = tensors.some(({ dtype }) => dtype.startsWith('GGML_'))
      const files: Files = isGguf ? { 'm.gguf': ggufOf(tensors) } : { 'm.safetensors': safetensorsOf(tensors) }
      expect(await tensorsIn(files)).to.equal(digest)
    }
  })

  it('do not depend on names, order, shards, metadata, cards, or a copy', async function () {
    const digest = referenceDigest([A, HALF])
    expect(await tensorsIn({ 'a.safetensors': safetensorsOf([A, HALF]) })).to.equal(digest)
    expect(await tensorsIn({ 'b.SafeTensors': safetensorsOf([HALF, A, EMPTY], ['x', 'y', 'z']) })).to.equal(digest)
    expect(
      await tensorsIn({
        'm-00001-of-00002.safetensors': safetensorsOf([A]),
        'sub/m-00002-of-00002.safetensors': safetensorsOf([HALF, A]),
        'README.md': '# x',
        'pytorch_model.bin': 'pickle',
        'model.safetensors.index.txt': '{}',
      }),
    ).to.equal(digest)
  })

  it('are the same for GGUF, version 2 or 3, where type, shape and bytes are', async function () {
    const samples = ['F32', 'F16', 'BF16', 'F64', 'I8', 'I16', 'I32', 'I64'].map((dtype): Sample => {
      const bytes = { F32: 4, F16: 2, BF16: 2, F64: 8, I8: 1, I16: 2, I32: 4, I64: 8 }[dtype]!
      return { dtype, shape: [3, 1, 2], data: randomBytes(6 * bytes).toString('hex') }
    })
    const digest = referenceDigest(samples)
    expect(await tensorsIn({ 'm.safetensors': safetensorsOf(samples) })).to.equal(digest)
    expect(await tensorsIn({ 'm.gguf': ggufOf(samples) })).to.equal(digest)
    expect(await tensorsIn({ 'm.GGUF': ggufOf(samples, 2) })).to.equal(digest)
    expect(await tensorsIn({ 'm.gguf': ggufOf([Q4_0, A]) })).to.equal(referenceDigest([Q4_0, A]))
  })

  it('are hashed by type as the header writes it, known or not', async function () {
    const unknown: Sample = { dtype: 'F5_NEW', shape: [3, 3], data: 'abcdef' }
    expect(await tensorsIn({ 'm.safetensors': safetensorsOf([unknown, A]) })).to.equal(referenceDigest([unknown, A]))
    const without: Sample = { dtype: 'F0', shape: [3], data: '' }
    const samples = [without, A, { ...without, shape: [4] }]
    expect(await tensorsIn({ 'm.safetensors': safetensorsOf(samples) })).to.equal(referenceDigest(samples))
  })

  it('are zero for other formats, and null when they are not asked for', async function () {
    expect(await tensorsIn({ 'model.bin': 'x', 'm.safetensors.bak': 'x', 'm.ſafetensors': 'x' })).to.equal(ZERO)
    expect(await tensorsIn({ 'm.safetensors': safetensorsOf([EMPTY]) })).to.equal(ZERO)
    const folder = createFolder({ 'm.safetensors': 'damaged' })
    expect((await modelDigest(folder, { cache: false, tensors: false })).tensors).to.equal(null)
  })

  it('have a list whose SHA-256 is the digest', async function () {
    const samples = [A, HALF, Q4_0]
    const { tensors } = await modelDigest(createFolder({ 'm.gguf': ggufOf(samples) }), { cache: false })
    const { digest, leaves } = requireTensors(tensors!)
    const list = tensorListBytes(leaves)
    expect(Buffer.from(list)).to.deep.equal(referenceList(samples))
    expect(`0x${createHash('sha256').update(list).digest('hex')}`).to.equal(digest)
  })

  it('are those of one pass over large files, with any number of workers, and progress as without', async function () {
    const samples = [1, 1024 * 1024 - 3, 3 * 1024 * 1024 + 1, 5, 9 * 1024 * 1024].map((length): Sample => ({
      dtype: 'U8',
      shape: [length],
      data: randomBytes(length).toString('hex'),
    }))
    const files = { 'a.safetensors': safetensorsOf(samples), 'b.safetensors': safetensorsOf([samples[4]!, A]) }
    const folder = createFolder(files)
    for (const workers of [1, 2]) {
      let last = 0
      const onProgress = ({ bytes }: { bytes: number }) => (last = bytes)
      const { tensors, bytes } = await modelDigest(folder, { cache: false, workers, onProgress })
      expect(requireTensors(tensors!).digest).to.equal(referenceDigest([...samples, A]))
      expect(last).to.equal(bytes)
    }
  })

  it('come from the cache, and are hashed where it has none', async function () {
    const folder = createFolder({ 'm.safetensors': safetensorsOf([A, HALF]), 'w.bin': 'w' })
    const cache = join(createFolder(), 'c')
    const run = async (tensors: boolean) => {
      let cachedBytes = 0
      const onProgress = (progress: { cachedBytes: number }) => (cachedBytes = progress.cachedBytes)
      const result = await modelDigest(folder, { cache, now: later, tensors, onProgress })
      return { cachedBytes, digest: result.tensors && requireTensors(result.tensors).digest }
    }
    const all = safetensorsOf([A, HALF]).length + 1
    const digest = referenceDigest([A, HALF])
    expect(await run(false)).to.deep.equal({ cachedBytes: 0, digest: null })
    expect(await run(true)).to.deep.equal({ cachedBytes: 1, digest })
    expect(await run(true)).to.deep.equal({ cachedBytes: all, digest })
    expect(await run(false)).to.deep.equal({ cachedBytes: all, digest: null })
  })

  it('do not take from the cache what was read in another format', async function () {
    const files = { 'm.safetensors': safetensorsOf([A]).toString('latin1') }
    const { snapshot, blobOf } = createHubCache('models--acme--tiny', files)
    const options = { cache: join(createFolder(), 'c'), now: later }
    await modelDigest(snapshot, options)
    symlinkSync(blobOf('m.safetensors'), join(snapshot, 'm.gguf'))
    const { tensors } = await modelDigest(snapshot, options)
    expect(tensors).to.have.nested.property('refused.code', 'NOT_GGUF')
  })

  const bad = (header: object | string, data: number) => ({ 'm.safetensors': fileOf(header, data) })
  const good = tensor('U8', [4], 0, 4)
  const GGML_F32 = 0
  const gguf = (parts: Parameters<typeof ggufFileOf>[0]) => ({ 'm.gguf': ggufFileOf(parts) })
  const refusals: [string, string, Files][] = [
    ['a hole between tensors', 'SAFETENSORS_GAP', bad({ a: good, b: tensor('U8', [1], 5, 6) }, 6)],
    ['a hole before the first', 'SAFETENSORS_GAP', bad({ a: tensor('U8', [1], 1, 2) }, 2)],
    ['trailing bytes', 'SAFETENSORS_GAP', bad({ a: good }, 5)],
    ['an overlap', 'SAFETENSORS_OVERLAP', bad({ a: good, b: tensor('U8', [2], 3, 5) }, 5)],
    ['a shared range', 'SAFETENSORS_OVERLAP', bad({ a: good, b: good }, 4)],
    ['a hole of an unknown type', 'SAFETENSORS_GAP', bad({ a: tensor('NEW', [1], 0, 1) }, 2)],
    ['a name twice', 'DUPLICATE_JSON_NAME', bad('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{}}', 1)],
    [
      'a name twice, once with an escape',
      'DUPLICATE_JSON_NAME',
      bad('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{}}', 1),
    ],
    [
      'two types of one tensor',
      'DUPLICATE_JSON_NAME',
      bad('{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}', 1),
    ],
    ['a name with NUL', 'SAFETENSORS_FIELD', bad({ 'a\u0000': good }, 4)],
    ['a type in small letters', 'SAFETENSORS_DTYPE', bad({ a: tensor('f32', [1], 0, 4) }, 4)],
    ['a type of 17 letters', 'SAFETENSORS_DTYPE', bad({ a: tensor('F'.repeat(17), [1], 0, 4) }, 4)],
    ['a tensor without elements but with bytes', 'SAFETENSORS_SIZE', bad({ a: tensor('NEW', [0], 0, 4) }, 4)],
    ['a shape that overflows', 'SAFETENSORS_SIZE', bad({ a: tensor('NEW', [2 ** 32, 2 ** 32], 0, 4) }, 4)],
    ['a size of 2^53', 'SAFETENSORS_FIELD', bad({ a: tensor('NEW', [2 ** 53], 0, 4) }, 4)],
    ['a negative offset', 'SAFETENSORS_FIELD', bad({ a: tensor('U8', [4], -4, 0) }, 4)],
    ['offsets in the wrong order', 'SAFETENSORS_FIELD', bad({ a: tensor('NEW', [4], 4, 0) }, 4)],
    ['an end beyond the file', 'SAFETENSORS_BOUNDS', bad({ a: tensor('NEW', [4], 0, 5) }, 4)],
    ['256 dimensions', 'TENSOR_RANK', bad({ a: tensor('U8', [...Array.from({ length: 255 }, () => 1), 4], 0, 4) }, 4)],
    ['a header longer than any', 'SAFETENSORS_LENGTH', { 'm.safetensors': fileOf('{}', 0, 2n ** 63n) }],
    ['a truncated file', 'FILE_TRUNCATED', { 'm.safetensors': Buffer.alloc(7) }],
    [
      'a big-endian GGUF',
      'GGUF_VERSION',
      { 'm.gguf': Buffer.concat([Buffer.from('GGUF'), Buffer.of(0, 0, 0, 3), Buffer.alloc(16)]) },
    ],
    ['a GGUF of version 1', 'GGUF_VERSION', gguf({ version: 1 })],
    ['an unknown ggml number', 'GGUF_TYPE', gguf({ infos: [info('a', [1], 99, 0)], data: 32 })],
    ['a removed ggml number', 'GGUF_TYPE', gguf({ infos: [info('a', [32], 4, 0)], data: 32 })],
    [
      'a GGUF name twice',
      'GGUF_DUPLICATE',
      gguf({ infos: [info('a', [1], GGML_F32, 0), info('a', [1], GGML_F32, 32)], data: 64 }),
    ],
    [
      'an overlap in GGUF',
      'GGUF_OVERLAP',
      gguf({ infos: [info('a', [16], GGML_F32, 0), info('b', [1], GGML_F32, 32)], data: 64 }),
    ],
    [
      'a shared range in GGUF',
      'GGUF_OVERLAP',
      gguf({ infos: [info('a', [1], GGML_F32, 0), info('b', [1], GGML_F32, 0)], data: 32 }),
    ],
    ['a hole in GGUF', 'GGUF_GAP', gguf({ infos: [info('a', [1], GGML_F32, 64)], data: 96 })],
    ['trailing bytes in GGUF', 'GGUF_GAP', gguf({ infos: [info('a', [1], GGML_F32, 0)], data: 33 })],
    [
      'a GGUF offset of 2^64 - 32',
      'GGUF_BOUNDS',
      gguf({ infos: [info('a', [1], GGML_F32, 2n ** 64n - 32n)], data: 32 }),
    ],
    [
      'a GGUF dimension of 2^64 - 1',
      'GGUF_SHAPE',
      gguf({ infos: [info('a', [2n ** 64n - 1n], GGML_F32, 0)], data: 32 }),
    ],
    ['a GGUF metadata key twice', 'GGUF_DUPLICATE', gguf({ entries: [entry('k', 4, u32(1)), entry('k', 4, u32(1))] })],
    ['a GGUF that is cut short', 'GGUF_BOUNDS', gguf({ infos: [info('a', [16], GGML_F32, 0)], data: 32 })],
    ['another file by the name of a GGUF', 'NOT_GGUF', { 'm.gguf': 'x'.repeat(64) }],
  ]
  for (const [what, code, files] of refusals) {
    it(`refuse ${what}, and are not zero`, async function () {
      const refused = await refusalOf({ ...files, 'other.safetensors': safetensorsOf([A]) })
      expect(refused.code).to.equal(code)
      expect(refused.message).to.match(/^[^\p{Cc}\p{Cf}]*$/u)
      const folder = createFolder(files)
      const { digest } = await modelDigest(folder, { cache: false })
      expect((await modelDigest(folder, { cache: false, tensors: false })).digest).to.equal(digest)
    })
  }

  it('refuse a link, as the digest of the weights does', async function () {
    const folder = createFolder({ 'w.bin': 'x' })
    symlinkSync(
      join(createFolder({ 'm.safetensors': safetensorsOf([A]) }), 'm.safetensors'),
      join(folder, 'm.safetensors'),
    )
    expect(await rejection(modelDigest(folder, { cache: false }))).to.include({ code: 'SYMLINK' })
  })

  it('refuse a file of a terabyte from its header alone', async function () {
    const folder = createFolder({ 'm.safetensors': fileOf({ a: tensor('U8', [4], 0, 4) }, 4) })
    truncateSync(join(folder, 'm.safetensors'), 2 ** 20)
    const { tensors } = await modelDigest(folder, { cache: false })
    expect(tensors).to.have.nested.property('refused.code', 'SAFETENSORS_GAP')
  })

  it('are 32 bytes that are not zero, or refused, whatever one byte of a file becomes', async function () {
    const whole = { 'm.safetensors': safetensorsOf([A, HALF, EMPTY]), 'm.gguf': ggufOf([A, Q4_0]) }
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...(Object.keys(whole) as (keyof typeof whole)[])),
        fc.nat(400),
        fc.nat(255),
        async (name, at, value) => {
          const bytes = Buffer.from(whole[name])
          bytes[at % bytes.length] = value
          const { tensors } = await modelDigest(createFolder({ [name]: bytes }), { cache: false })
          if (tensors !== null && 'digest' in tensors) expect(tensors.digest).to.match(/^0x(?!0{64})[0-9a-f]{64}$/)
          else expect(tensors!.refused).to.have.property('code')
        },
      ),
      { numRuns: 60 },
    )
  })
})
