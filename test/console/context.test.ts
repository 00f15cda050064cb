import { expect } from 'chai'

import { clean, toJson } from '../../src/console/context.ts'

describe('output', function () {
  it('cleans what strangers wrote', function () {
    expect(clean('one\ntwo\u001b[2J\r')).to.equal('one\ntwo\ufffd[2J\ufffd')
    const value = { name: 'x\u202e\u009b\u0007\u2028\u{e0001}', big: 2n ** 64n, list: ['a\nb'] }
    const json = toJson(value)
    expect(json).to.not.match(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
    expect(JSON.parse(json)).to.deep.equal({ ...value, big: '18446744073709551616' })
  })
})
