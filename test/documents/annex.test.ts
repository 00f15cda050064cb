import { createHash } from 'node:crypto'

import { expect } from 'chai'

import { ZERO_DIGEST, type Digest } from '../../src/core/hex.ts'
import { annexDigest, annexText, parseAnnex } from '../../src/documents/annex.ts'

const A = `0x${'ab'.repeat(32)}` as Digest
const B = `0x${'01'.repeat(32)}` as Digest

describe('parseAnnex', function () {
  it('reads digests by name, in lower case', function () {
    const upper = `0x${'AB'.repeat(32)}`
    expect(parseAnnex({ 'minhash-tensors-1': upper, 'x.y_2': B })).to.deep.equal({ 'minhash-tensors-1': A, 'x.y_2': B })
  })

  const refused: [string, unknown][] = [
    ['a list', [A]],
    ['null', null],
    ['a text', A],
    ['an empty name', { '': A }],
    ['a name in capitals', { Sketch: A }],
    ['a name of 65 characters', { ['a'.repeat(65)]: A }],
    ['a name with a line feed', { 'a\n': A }],
    ['a name that begins with a dash', { '-a': A }],
    ['a name that is __proto__', JSON.parse(`{"__proto__":"${A}"}`)],
    ['a number', { a: 1 }],
    ['a short digest', { a: A.slice(0, -2) }],
    ['a digest without 0x', { a: A.slice(2) }],
    ['a digest of zero', { a: ZERO_DIGEST }],
    ['257 entries', Object.fromEntries(Array.from({ length: 257 }, (_, index) => [`a${index}`, A]))],
  ]
  for (const [what, value] of refused) {
    it(`refuses ${what}`, function () {
      expect(() => parseAnnex(value))
        .to.throw()
        .with.property('code', 'ANNEX')
    })
  }
})

describe('annexDigest', function () {
  it('is SHA-256 of the canonical JSON, in whatever order the names come', function () {
    const text = `{"a":"${A}","b":"${B}"}`
    expect(annexText({ b: B, a: A })).to.equal(text)
    expect(annexDigest({ b: B, a: A })).to.equal(`0x${createHash('sha256').update(text).digest('hex')}`)
  })

  it('is zero without entries, and refuses what is not an annex', function () {
    expect(annexDigest({})).to.equal(ZERO_DIGEST)
    expect(() => annexDigest({ A }))
      .to.throw()
      .with.property('code', 'ANNEX')
  })
})
