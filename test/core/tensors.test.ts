import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { expect } from 'chai'
import fc from 'fast-check'

import { hexOf, type Digest } from '../../src/core/hex.ts'
import { tensorLeaf, tensorListBytes, tensorsDigest, type TensorContent } from '../../src/core/tensors.ts'
import { referenceDigest, referenceLeaf, referenceList, type Sample } from '../interop/tensorFiles.ts'

const vectors = JSON.parse(readFileSync(new URL('../vectors/tensors.json', import.meta.url), 'utf8')) as {
  leaves: (Sample & { what: string; leaf: string })[]
  sets: { what: string; tensors: Sample[]; digest: string }[]
}

const leafOf = ({ dtype, shape, data }: Sample): Digest =>
  tensorLeaf({ dtype, shape, dataDigest: createHash('sha256').update(Buffer.from(data, 'hex')).digest() })
const digestOf = (samples: readonly Sample[]) =>
  tensorsDigest(samples.filter(({ shape }) => !shape.includes(0)).map(leafOf))

const samples = fc.array(
  fc.record({
    dtype: fc.stringMatching(/^[A-Z0-9_]{1,16}$/),
    shape: fc.array(fc.oneof(fc.nat(3), fc.maxSafeNat()), { maxLength: 5 }),
    data: fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  }),
  { maxLength: 6 },
)

describe('tensors', function () {
  for (const { what, leaf, ...sample } of vectors.leaves) {
    it(`gives the leaf of the vector: ${what}`, function () {
      expect(leafOf(sample)).to.equal(leaf)
      expect(hexOf(referenceLeaf(sample))).to.equal(leaf)
    })
  }

  for (const { what, tensors, digest } of vectors.sets) {
    it(`gives the digest of the vector: ${what}`, function () {
      expect(digestOf(tensors)).to.equal(digest)
      expect(referenceDigest(tensors)).to.equal(digest)
    })
  }

  it('agrees with a second implementation on any tensors, in any order', function () {
    fc.assert(
      fc.property(samples, (some) => {
        expect(digestOf(some)).to.equal(referenceDigest(some))
        expect(digestOf([...some, ...some].toReversed())).to.equal(referenceDigest(some))
        const leaves = some.filter(({ shape }) => !shape.includes(0)).map(leafOf)
        expect(Buffer.from(tensorListBytes(leaves))).to.deep.equal(referenceList(some))
      }),
    )
  })

  it('gives another leaf for another type, shape, or content', function () {
    const base: Sample = { dtype: 'F16', shape: [2, 3], data: '00'.repeat(12) }
    const others: Sample[] = [
      { ...base, dtype: 'BF16' },
      { ...base, dtype: 'F1' },
      { ...base, shape: [3, 2] },
      { ...base, shape: [6] },
      { ...base, shape: [1, 2, 3] },
      { ...base, data: `01${'00'.repeat(11)}` },
    ]
    expect(new Set([base, ...others].map(leafOf)).size).to.equal(7)
  })

  const good: TensorContent = { dtype: 'F32', shape: [1], dataDigest: new Uint8Array(32) }
  const refused: [string, TensorContent][] = [
    ['an empty type', { ...good, dtype: '' }],
    ['a type of 17 characters', { ...good, dtype: 'A'.repeat(17) }],
    ['a type in small letters', { ...good, dtype: 'f32' }],
    ['a type with a line feed', { ...good, dtype: 'F32\n' }],
    ['256 dimensions', { ...good, shape: Array.from({ length: 256 }, () => 1) }],
    ['a dimension of 0', { ...good, shape: [0] }],
    ['a negative dimension', { ...good, shape: [-1] }],
    ['a dimension of 2^53', { ...good, shape: [2 ** 53] }],
    ['half a dimension', { ...good, shape: [0.5] }],
    ['a short digest', { ...good, dataDigest: new Uint8Array(31) }],
  ]
  for (const [what, content] of refused) {
    it(`refuses a leaf of ${what}`, function () {
      expect(() => tensorLeaf(content))
        .to.throw()
        .with.property('code', 'TENSOR_LEAF')
    })
  }

  it('takes 255 dimensions', function () {
    const shape = Array.from({ length: 255 }, () => 1)
    expect(leafOf({ dtype: 'U8', shape, data: '00' })).to.equal(
      hexOf(referenceLeaf({ dtype: 'U8', shape, data: '00' })),
    )
  })
})
