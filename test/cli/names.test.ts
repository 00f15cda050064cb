import { expect } from 'chai'

import { accountOf } from '../../src/cli/names.ts'

describe('accountOf', function () {
  it('reads accounts, and catches a slip in a checksum', function () {
    const address = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
    for (const text of [address, address.toLowerCase(), `0x${address.slice(2).toUpperCase()}`]) {
      expect(accountOf(text)).to.equal(address.toLowerCase())
    }
    expect(() => accountOf(address.replace('C51', 'c51'))).to.throw('checksum')
    expect(() => accountOf(address.slice(0, -1))).to.throw('is not an address')
  })
})
