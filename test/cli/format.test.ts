import { expect } from 'chai'

import { fields, formatDuration, formatTime, formatWei, shortId } from '../../src/cli/format.ts'
import { formatTerms } from '../../src/cli/formatTerms.ts'
import { parseDigest, parseTermsId, ZERO_DIGEST } from '../../src/core/hex.ts'
import { FOREVER } from '../../src/core/lineage.ts'

describe('formats for people', function () {
  it('write amounts in ether, and exactly in wei', function () {
    expect([0n, 1n, 10n ** 16n, 10n ** 18n, 1_500_000_000_000_000_000n, 12n * 10n ** 18n].map(formatWei)).to.deep.equal(
      [
        '0 ether (0 wei)',
        '0.000000000000000001 ether (1 wei)',
        '0.01 ether (10000000000000000 wei)',
        '1 ether (1000000000000000000 wei)',
        '1.5 ether (1500000000000000000 wei)',
        '12 ether (12000000000000000000 wei)',
      ],
    )
  })

  it('write times in UTC, and the last one in a word', function () {
    expect([formatTime(0), formatTime(1_800_000_000), formatTime(FOREVER)]).to.deep.equal([
      '1970-01-01 00:00:00Z',
      '2027-01-15 08:00:00Z',
      'forever',
    ])
  })

  it('write durations in their two largest units, and in seconds', function () {
    expect([0, 59, 3600, 90_061].map(formatDuration)).to.deep.equal([
      '0 seconds',
      '59 seconds',
      '1 hour (3600 s)',
      '1 day 1 hour (90061 s)',
    ])
  })

  it('align the values of fields, and shorten ids', function () {
    expect(
      fields('title', [
        ['a', '1'],
        ['long', ''],
      ]),
    ).to.equal('title\n  a     1\n  long')
    expect(shortId(`0x${'12'.repeat(32)}`)).to.equal('0x12121212…')
  })

  it('say in words that terms or a set of terms do not state something', function () {
    const id = parseTermsId(`0x${'12'.repeat(32)}`)
    const terms = { name: 'Own', uri: '', rights: [], duties: {}, thresholds: [] }
    expect(formatTerms({ id, terms: { ...terms, text: ZERO_DIGEST } })).to.equal(
      [
        `terms ${id}`,
        '  name         Own',
        '  uri          not stated',
        '  text         digest of the license text not stated',
        '  rights       none',
        '  obligations  none',
      ].join('\n'),
    )
    const text = parseDigest(`0x${'ab'.repeat(32)}`)
    expect(formatTerms({ id, terms: { ...terms, text } })).to.contain(`SHA-256 ${text}`)
    const none = parseTermsId(ZERO_DIGEST)
    expect(formatTerms({ id, set: { weights: id, code: none, outputs: none } })).to.equal(
      [`set of terms ${id}`, `  weights  ${id}`, '  code     not stated', '  outputs  not stated'].join('\n'),
    )
  })
})
