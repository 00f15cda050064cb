import { expect } from 'chai'
import { keccak256 as keccakByEthers } from 'ethers'

import { hexOf } from '../../src/core/hex.ts'
import { keccak256 } from '../../src/core/keccak.ts'
import { sha256Text } from '../../src/core/sha256.ts'

/** Bytes without a pattern, `length` of them. */
function bytesOf(length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) => sha256Text(`${length} ${index}`).slice(2))
  return Uint8Array.from(Buffer.from(blocks.join(''), 'hex').subarray(0, length))
}

describe('keccak256', function () {
  it('gives the digests that Ethereum is defined by', function () {
    const digestOf = (text: string) => hexOf(keccak256(new TextEncoder().encode(text)))
    expect(digestOf('')).to.equal('0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470')
    expect(digestOf('abc')).to.equal('0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45')
  })

  it('gives what ethers gives, at every length around the ends of rounds', function () {
    for (let length = 0; length <= 4 * 136 + 1; ++length) {
      const bytes = bytesOf(length)
      expect(hexOf(keccak256(bytes)), `${length} bytes`).to.equal(keccakByEthers(bytes))
    }
  })

  it('takes a view of other bytes, and leaves them as they are', function () {
    const whole = bytesOf(1000)
    for (const [start, end] of [
      [0, 136],
      [1, 137],
      [3, 1000],
      [7, 7],
    ] as const) {
      const before = whole.slice()
      expect(hexOf(keccak256(whole.subarray(start, end)))).to.equal(keccakByEthers(whole.slice(start, end)))
      expect(whole).to.deep.equal(before)
    }
  })
})
