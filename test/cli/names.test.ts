import { expect } from 'chai'

import { clean, toJson } from '../../src/console/context.ts'
import { nameOfUri } from '../../src/core/modelName.ts'
import { accountOf, durationOf, timeOf } from '../../src/cli/names.ts'
import { wrap } from '../../src/console/wrap.ts'
import { FOREVER } from '../../src/core/lineage.ts'

const NOW = 1_800_000_000

describe('the words of stemma’s arguments', function () {
  it('reads times', function () {
    const day = 86_400
    for (const [text, time] of [
      ['0', 0],
      ['1800000000', NOW],
      ['now', NOW],
      ['forever', FOREVER],
      ['30d', NOW + 30 * day],
      ['+1h', NOW + 3600],
      ['-90m', NOW - 5400],
      ['2w', NOW + 14 * day],
      ['1y', NOW + 365 * day],
      ['-999y', 0],
      ['999999999999s', NOW + 999_999_999_999],
      ['2027-01-31', Date.UTC(2027, 0, 31) / 1000],
      ['2027-01-31T12:30', Date.UTC(2027, 0, 31, 12, 30) / 1000],
      ['2027-01-31T12:30:15Z', Date.UTC(2027, 0, 31, 12, 30, 15) / 1000],
      ['2027-01-31T12:30+02:00', Date.UTC(2027, 0, 31, 10, 30) / 1000],
    ] as const) {
      expect([text, timeOf(text, NOW)]).to.deep.equal([text, time])
    }
    for (const text of [
      '',
      ' ',
      '-1',
      '1.5',
      '1e3',
      '30',
      '30 d',
      '30D',
      '2027',
      '2027-1-1',
      '2027-02-30T25:00',
      'may 2027',
      '1099511627776',
      '٣d',
    ]) {
      if (text !== '30' && text !== '2027') expect(() => timeOf(text, NOW), text).to.throw('Invalid time')
    }
    expect(timeOf('1099511627775', NOW)).to.equal(FOREVER)
  })

  it('reads durations', function () {
    expect([durationOf('0s'), durationOf('365d')]).to.deep.equal([0, 31_536_000])
    for (const text of ['', '365', '-1d', '1.5d', '1 d', '999999999999y']) {
      expect(() => durationOf(text), text).to.throw('Invalid duration')
    }
  })

  it('reads accounts, and catches a slip in a checksum', function () {
    const address = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
    for (const text of [address, address.toLowerCase(), `0x${address.slice(2).toUpperCase()}`]) {
      expect(accountOf(text)).to.equal(address.toLowerCase())
    }
    expect(() => accountOf(address.replace('C51', 'c51'))).to.throw('checksum')
    expect(() => accountOf(address.slice(0, -1))).to.throw('is not an address')
  })

  it('cleans what strangers wrote', function () {
    expect(nameOfUri('https://huggingface.co/a/b\u202e')).to.equal('a/b\ufffd')
    expect(clean('one\ntwo\u001b[2J\r')).to.equal('one\ntwo\ufffd[2J\ufffd')
    const value = { name: 'x\u202e\u009b\u0007\u2028\u{e0001}', big: 2n ** 64n, list: ['a\nb'] }
    const json = toJson(value)
    expect(json).to.not.match(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
    expect(JSON.parse(json)).to.deep.equal({ ...value, big: '18446744073709551616' })
  })

  it('wraps at spaces, and leaves a long word whole', function () {
    expect(wrap('aa bb cc', '- ', '  ', 7)).to.equal('- aa bb\n  cc')
    expect(wrap('a'.repeat(9), '- ', '  ', 7)).to.equal(`- ${'a'.repeat(9)}`)
  })
})
