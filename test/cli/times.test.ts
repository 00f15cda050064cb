import { expect } from 'chai'

import { durationOf, timeOf } from '../../src/cli/times.ts'
import { FOREVER } from '../../src/core/lineage.ts'

const NOW = 1_800_000_000

describe('arguments', function () {
  it('are read as times', function () {
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
      '30 d',
      '30D',
      '2027-1-1',
      '2027-02-30T25:00',
      '2027-02-30',
      '2027-02-29T12:00Z',
      '2026-04-31T00:00:00+02:00',
      '2027-00-10',
      'may 2027',
      '1099511627776',
      '٣d',
    ]) {
      expect(() => timeOf(text, NOW), text).to.throw('Invalid time')
    }
    expect(timeOf('1099511627775', NOW)).to.equal(FOREVER)
  })

  it('are read as durations', function () {
    expect([durationOf('0s'), durationOf('365d')]).to.deep.equal([0, 31_536_000])
    for (const text of ['', '365', '-1d', '1.5d', '1 d', '999999999999y']) {
      expect(() => durationOf(text), text).to.throw('Invalid duration')
    }
  })
})
