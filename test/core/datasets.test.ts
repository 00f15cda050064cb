import { expect } from 'chai'
import fc from 'fast-check'

import {
  DATASET_SOURCE_NAMES,
  DatasetNotFoundError,
  DatasetPresentError,
  DatasetSharesError,
  datasetsRoot,
  DuplicateDatasetError,
  InvalidDatasetEntryError,
  NoDatasetsError,
  parseDatasetEntry,
  proveDataset,
  proveDatasetAbsent,
  verifyDataset,
  verifyDatasetAbsent,
  type DatasetAbsenceProof,
  type DatasetEntry,
  type DatasetMembershipProof,
} from '../../src/core/datasets.ts'
import { keccak, keccakText, ZERO_DIGEST, type Digest, type Hex } from '../../src/core/hex.ts'

const digestOf = (value: bigint | number) => `0x${value.toString(16).padStart(64, '0')}` as Digest
const entryOf = (value: bigint | number, extra: Partial<DatasetEntry> = {}): DatasetEntry => ({
  digest: digestOf(value),
  license: 'cc-by-4.0',
  source: 'public',
  share: 0,
  ...extra,
})
/** Entries with even digests 2, 4, 6, …, so that every odd digest is absent. */
const evenEntries = (count: number) => Array.from({ length: count }, (_, index) => entryOf(2 * (index + 1)))

const entries = fc.uniqueArray(
  fc.record({
    digest: fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }).map(digestOf),
    license: fc.constantFrom('', 'mit', 'odc-by'),
    source: fc.constantFrom(...DATASET_SOURCE_NAMES),
    share: fc.integer({ min: 0, max: 300 }),
  }),
  { selector: (entry) => entry.digest, minLength: 1, maxLength: 33 },
)

describe('datasetsRoot', function () {
  it('is zero for no entries', function () {
    expect(datasetsRoot([])).to.equal(ZERO_DIGEST)
  })

  it('is the hash that the documentation describes', function () {
    const word = (hex: string) => hex.replace(/^0x/, '').padStart(64, '0')
    const hash = (...parts: string[]) => keccak(Buffer.from(parts.join(''), 'hex'))
    const leaf = (entry: DatasetEntry, source: string, share: string) =>
      hash('00', word(entry.digest), word(keccakText(entry.license)), word(source), word(share))
    const [a, b, c] = [entryOf(1, { share: 16 }), entryOf(2, { source: 'other' }), entryOf(3)] as const
    const left = hash('01', word(leaf(a, '1', '10')), word(leaf(b, '7', '0')))
    const top = hash('01', word(left), word(leaf(c, '1', '0')))
    expect(datasetsRoot([c, a, b])).to.equal(hash('02', word('3'), word(top)))
  })

  it('does not depend on the order of the entries', function () {
    fc.assert(
      fc.property(entries, (list) => {
        expect(datasetsRoot([...list].reverse())).to.equal(datasetsRoot(list))
      }),
    )
  })

  it('changes with every field', function () {
    const root = datasetsRoot([entryOf(1)])
    for (const extra of [{ digest: digestOf(2) }, { license: 'mit' }, { source: 'user' as const }, { share: 1 }]) {
      expect(datasetsRoot([entryOf(1, extra)])).to.not.equal(root)
    }
  })

  it('refuses two entries with one digest', function () {
    expect(() => datasetsRoot([entryOf(1), entryOf(1, { share: 5 })]))
      .to.throw(DuplicateDatasetError, digestOf(1))
      .with.property('code', 'DUPLICATE_DATASET')
  })

  it('accepts shares of a whole and refuses one basis point more', function () {
    expect(datasetsRoot([entryOf(1, { share: 4000 }), entryOf(2, { share: 6000 })])).to.be.a('string')
    expect(() => datasetsRoot([entryOf(1, { share: 4000 }), entryOf(2, { share: 6001 })]))
      .to.throw(DatasetSharesError, '10001')
      .with.property('code', 'DATASET_SHARES')
  })
})

describe('verifyDataset', function () {
  it('accepts the proof of every entry of lists of 1 to 20', function () {
    for (let count = 1; count <= 20; count++) {
      const list = evenEntries(count)
      const root = datasetsRoot(list)
      for (const entry of list) expect(verifyDataset(root, proveDataset(list, entry.digest))).to.equal(true)
    }
  })

  it('refuses any other entry, index, size or sibling', function () {
    fc.assert(
      fc.property(entries, fc.nat(), fc.nat(), (list, pick, flip) => {
        const root = datasetsRoot(list)
        const proof = proveDataset(list, list[pick % list.length]!.digest)
        expect(verifyDataset(root, proof)).to.equal(true)
        const wrong: DatasetMembershipProof[] = [
          { ...proof, entry: { ...proof.entry, share: proof.entry.share + 1 } },
          { ...proof, entry: { ...proof.entry, license: 'gpl-3.0' } },
          { ...proof, size: proof.size + 1 },
          { ...proof, size: proof.size - 1 },
          { ...proof, index: proof.index + 1 },
          { ...proof, siblings: [...proof.siblings, root] },
          ...(proof.siblings.length > 0
            ? [
                { ...proof, siblings: proof.siblings.slice(1) },
                { ...proof, siblings: proof.siblings.with(flip % proof.siblings.length, ZERO_DIGEST) },
              ]
            : []),
        ]
        for (const each of wrong) expect(verifyDataset(root, each)).to.equal(false)
      }),
    )
  })

  it('refuses proofs that are not of this world', function () {
    const list = evenEntries(3)
    const root = datasetsRoot(list)
    const proof = proveDataset(list, digestOf(2))
    for (const wrong of [
      { index: -1 },
      { index: 0.5 },
      { size: Number.NaN },
      { size: 2 ** 53 },
      { siblings: ['0x' as Hex] },
    ]) {
      expect(verifyDataset(root, { ...proof, ...wrong })).to.equal(false)
    }
    expect(verifyDataset(ZERO_DIGEST, { ...proof, size: 0 })).to.equal(false)
  })

  it('does not take an inner node for a leaf', function () {
    // The preimage of a node has 65 bytes and that of a leaf 129, and they begin with different bytes.
    const list = evenEntries(4)
    const proof = proveDataset(list, digestOf(2))
    const forged = { ...proof, size: 2, siblings: proof.siblings.slice(1) }
    expect(verifyDataset(datasetsRoot(list), forged)).to.equal(false)
  })

  it('says which dataset has no proof', function () {
    expect(() => proveDataset(evenEntries(2), digestOf(3)))
      .to.throw(DatasetNotFoundError, digestOf(3))
      .with.property('code', 'DATASET_NOT_FOUND')
  })
})

describe('verifyDatasetAbsent', function () {
  it('accepts the proof of every absent digest of lists of 1 to 20, at both ends too', function () {
    for (let count = 1; count <= 20; count++) {
      const list = evenEntries(count)
      const root = datasetsRoot(list)
      for (let odd = 1; odd <= 2 * count + 1; odd += 2) {
        const proof = proveDatasetAbsent(list, digestOf(odd))
        expect(verifyDatasetAbsent(root, digestOf(odd), proof)).to.equal(true)
        // It excludes nothing that is there.
        for (const entry of list) expect(verifyDatasetAbsent(root, entry.digest, proof)).to.equal(false)
      }
    }
  })

  it('holds for random lists and digests', function () {
    fc.assert(
      fc.property(entries, fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }).map(digestOf), (list, digest) => {
        fc.pre(list.every((entry) => entry.digest !== digest))
        expect(verifyDatasetAbsent(datasetsRoot(list), digest, proveDatasetAbsent(list, digest))).to.equal(true)
      }),
    )
  })

  it('refuses neighbours that do not touch', function () {
    const list = evenEntries(5)
    const root = datasetsRoot(list)
    const before = proveDatasetAbsent(list, digestOf(3)).before
    const after = proveDatasetAbsent(list, digestOf(7)).after
    // 4 and 6 lie between the two, so the pair excludes nothing.
    expect(verifyDatasetAbsent(root, digestOf(5), { size: 5, before, after })).to.equal(false)
  })

  it('refuses one neighbour alone unless it stands at that end', function () {
    const list = evenEntries(3)
    const root = datasetsRoot(list)
    const middle = proveDatasetAbsent(list, digestOf(3))
    expect(verifyDatasetAbsent(root, digestOf(3), middle)).to.equal(true)
    expect(verifyDatasetAbsent(root, digestOf(3), { ...middle, before: null })).to.equal(false)
    expect(verifyDatasetAbsent(root, digestOf(3), { ...middle, after: null })).to.equal(false)
    expect(verifyDatasetAbsent(root, digestOf(3), { size: 3, before: null, after: null })).to.equal(false)
  })

  it('refuses a size that is not the one in the root', function () {
    const list = evenEntries(3)
    const proof = proveDatasetAbsent(list, digestOf(7))
    const shorter: DatasetAbsenceProof = { ...proof, size: 4 }
    expect(verifyDatasetAbsent(datasetsRoot(list), digestOf(7), shorter)).to.equal(false)
  })

  it('excludes nothing for a list that was not stated', function () {
    expect(verifyDatasetAbsent(ZERO_DIGEST, digestOf(1), { size: 0, before: null, after: null })).to.equal(false)
    expect(() => proveDatasetAbsent([], digestOf(1)))
      .to.throw(NoDatasetsError)
      .with.property('code', 'NO_DATASETS')
  })

  it('says which dataset is present', function () {
    expect(() => proveDatasetAbsent(evenEntries(2), digestOf(4)))
      .to.throw(DatasetPresentError, digestOf(4))
      .with.property('code', 'DATASET_PRESENT')
  })
})

describe('parseDatasetEntry', function () {
  it('reads an entry and lower-cases its digest', function () {
    const digest = `0x${'AB'.repeat(32)}`
    expect(parseDatasetEntry({ digest, license: '', source: 'crawled', share: 10_000 }, 'datasets[0]')).to.deep.equal({
      digest: digest.toLowerCase(),
      license: '',
      source: 'crawled',
      share: 10_000,
    })
  })

  it('counts the bytes of a license and not its characters', function () {
    expect(parseDatasetEntry(entryOf(1, { license: 'é'.repeat(32) }), 'x').license).to.have.length(32)
    expect(() => parseDatasetEntry(entryOf(1, { license: 'é'.repeat(32) + 'a' }), 'x')).to.throw('x.license')
  })

  const wrong: [string, unknown][] = [
    ['d', null],
    ['d', []],
    ['d', 'text'],
    ['d.digest', { ...entryOf(1), digest: '0x12' }],
    ['d.digest', { ...entryOf(1), digest: ZERO_DIGEST }],
    ['d.digest', { ...entryOf(1), digest: 5 }],
    ['d.license', { ...entryOf(1), license: 'mit\n' }],
    ['d.license', { ...entryOf(1), license: null }],
    ['d.source', { ...entryOf(1), source: 'constructor' }],
    ['d.share', { ...entryOf(1), share: -1 }],
    ['d.share', { ...entryOf(1), share: 10_001 }],
    ['d.share', { ...entryOf(1), share: 0.5 }],
    ['d.share', { ...entryOf(1), share: '5' }],
  ]
  wrong.forEach(([path, value], index) => {
    it(`refuses case ${index} and names ${path}`, function () {
      expect(() => parseDatasetEntry(value, 'd'))
        .to.throw(InvalidDatasetEntryError, `${path} is`)
        .with.property('code', 'INVALID_DATASET_ENTRY')
    })
  })
})
