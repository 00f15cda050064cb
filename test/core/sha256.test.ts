import { createHash } from 'node:crypto'

import { expect } from 'chai'
import fc from 'fast-check'

import { sha256, sha256Joined, sha256Text } from '../../src/core/sha256.ts'

describe('sha256', function () {
  it('is what Node computes, of bytes, texts and hex set end to end', function () {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string({ unit: 'grapheme' }), (bytes, text) => {
        const expected = (value: Uint8Array | string) => `0x${createHash('sha256').update(value).digest('hex')}`
        expect(sha256(bytes)).to.equal(expected(bytes))
        expect(sha256Text(text)).to.equal(expected(text))
        const [a, b] = [sha256(bytes), sha256Text(text)]
        expect(sha256Joined([a, b])).to.equal(expected(Buffer.from(a.slice(2) + b.slice(2), 'hex')))
      }),
    )
    expect(sha256Joined([])).to.equal(sha256Text(''))
  })
})
