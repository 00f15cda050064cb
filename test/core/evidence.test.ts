import { createHash } from 'node:crypto'

import { expect } from 'chai'
import { AbiCoder, keccak256 } from 'ethers'

import { claimIdOf, commitmentOf, parseClaimId } from '../../src/core/claim.ts'
import {
  canonicalProductUrl,
  evidenceDigest,
  evidenceText,
  InvalidEvidenceError,
  InvalidProductUrlError,
  parseEvidence,
  productSubject,
} from '../../src/core/evidence.ts'
import { parseAddress, parseDigest, parseModelId } from '../../src/core/hex.ts'

const ITEM = { kind: 'served-id', text: 'the id names the base' }
const EVIDENCE = { version: 1, summary: 'It names its base.', items: [ITEM] }
const word = (digits: string) => `0x${digits.repeat(32)}`
const sha256 = (text: string) => `0x${createHash('sha256').update(text).digest('hex')}`

describe('evidence', function () {
  it('has the digest of its canonical text, whatever the order of its fields', function () {
    const text =
      '{"items":[{"kind":"served-id","text":"the id names the base"}],"summary":"It names its base.","version":1}'
    expect(evidenceText(parseEvidence(EVIDENCE))).to.equal(text)
    expect(evidenceDigest(parseEvidence(EVIDENCE))).to.equal(sha256(text))
    const { items, summary } = EVIDENCE
    expect(evidenceDigest(parseEvidence({ items, summary, version: 1 }))).to.equal(sha256(text))
  })

  it('keeps every field, the product in its canonical form and the digest in lower case', function () {
    const item = { ...ITEM, uri: 'https://archive.example', digest: word('AB') }
    const parsed = parseEvidence({ ...EVIDENCE, product: 'http://A.example/x/', items: [item] })
    expect(parsed).to.deep.equal({
      ...EVIDENCE,
      product: 'https://a.example/x',
      items: [{ ...item, digest: word('ab') }],
    })
  })

  for (const [what, value] of [
    ['no object', []],
    ['another version', { ...EVIDENCE, version: 2 }],
    ['no summary', { ...EVIDENCE, summary: ' ' }],
    ['no items', { ...EVIDENCE, items: [] }],
    ['items that are not a list', { ...EVIDENCE, items: { 0: ITEM } }],
    ['too many items', { ...EVIDENCE, items: Array(1001).fill(ITEM) }],
    ['an unknown field', { ...EVIDENCE, note: '' }],
    ['an unknown kind', { ...EVIDENCE, items: [{ ...ITEM, kind: 'rumour' }] }],
    ['an item without text', { ...EVIDENCE, items: [{ kind: 'other', text: '' }] }],
    ['an unknown field in an item', { ...EVIDENCE, items: [{ ...ITEM, who: 'me' }] }],
    ['a malformed digest', { ...EVIDENCE, items: [{ ...ITEM, digest: '0x12' }] }],
    ['a URI that is not text', { ...EVIDENCE, items: [{ ...ITEM, uri: 7 }] }],
    ['too many bytes', { ...EVIDENCE, summary: 'x'.repeat(1_000_000) }],
  ] as const) {
    it(`is refused with ${what}`, function () {
      expect(() => parseEvidence(value)).to.throw(InvalidEvidenceError)
    })
  }
})

describe('canonicalProductUrl', function () {
  for (const [url, canonical] of [
    ['https://shop.example', 'https://shop.example'],
    ['https://shop.example/', 'https://shop.example'],
    ['HTTP://Shop.Example:80/Composer/#top', 'https://shop.example/Composer'],
    ['https://shop.example.:443/a//', 'https://shop.example/a'],
    ['https://shop.example:8443/a', 'https://shop.example:8443/a'],
    ['https://shop.example/a/../b?id=1&x=%20', 'https://shop.example/b?id=1&x=%20'],
    ['https://bücher.example/é', 'https://xn--bcher-kva.example/%C3%A9'],
  ] as const) {
    it(`makes ${canonical} of ${url}`, function () {
      expect(canonicalProductUrl(url)).to.equal(canonical)
      expect(canonicalProductUrl(canonical)).to.equal(canonical)
      expect(productSubject(url)).to.equal(sha256(canonical))
    })
  }

  for (const url of [
    '',
    'shop.example',
    'ftp://shop.example',
    'https://',
    'https://me@shop.example',
    'https://a b',
    'https://a.example/\u202e',
  ]) {
    it(`refuses ${JSON.stringify(url)}`, function () {
      expect(() => canonicalProductUrl(url)).to.throw(InvalidProductUrlError)
    })
  }
})

describe('claimIdOf', function () {
  const claimant = parseAddress(`0x${'11'.repeat(20)}`)
  const evidence = parseDigest(word('22'))
  const statement = {
    claimant,
    subject: parseDigest(word('33')),
    product: true,
    parent: parseModelId(word('44')),
    relation: 'merge',
    commitment: commitmentOf(claimant, evidence, parseDigest(word('55'))),
  } as const

  it('is the hash of the ABI encoding, as the contract computes it', function () {
    const encode = (types: string[], values: unknown[]) => keccak256(AbiCoder.defaultAbiCoder().encode(types, values))
    const commitment = encode(['address', 'bytes32', 'bytes32'], [claimant, word('22'), word('55')])
    expect(statement.commitment).to.equal(commitment)
    expect(claimIdOf(statement)).to.equal(
      encode(
        ['address', 'bytes32', 'bool', 'bytes32', 'uint8', 'bytes32', 'bytes32'],
        [claimant, word('33'), true, word('44'), 3, word('00'), commitment],
      ),
    )
  })

  it('changes with every field', function () {
    const others = [
      { ...statement, claimant: parseAddress(`0x${'12'.repeat(20)}`) },
      { ...statement, subject: parseDigest(word('34')) },
      { ...statement, product: false },
      { ...statement, parent: parseModelId(word('45')) },
      { ...statement, relation: 'copy' as const },
      { ...statement, replaces: parseModelId(word('57')) },
      { ...statement, commitment: parseDigest(word('56')) },
    ]
    expect(new Set([statement, ...others].map(claimIdOf)).size).to.equal(8)
  })

  it('is parsed in either case, and refused when it is not an id', function () {
    expect(parseClaimId(word('AB'))).to.equal(word('ab'))
    expect(() => parseClaimId('0x12')).to.throw('claim id')
  })
})
