import { expect } from 'chai'

import { parseAddress, parseDigest, parseModelId, ZERO_DIGEST } from '../../src/core/hex.ts'
import { judgeStart, type PublisherStanding, type Standing } from '../../src/guard/judgeStart.ts'
import type { GuardPolicy } from '../../src/verify/guardPolicy.ts'

const digest = parseDigest(`0x${'11'.repeat(32)}`)

type Registration = NonNullable<Standing['registration']>

function registration(change: Partial<Registration> = {}): Registration {
  return {
    model: parseModelId(`0x${'22'.repeat(32)}`),
    publisher: parseAddress(`0x${'33'.repeat(20)}`),
    standing: 'unverified',
    license: 'permitted',
    findings: [],
    certified: false,
    cleared: false,
    shut: false,
    misstated: false,
    ...change,
  }
}

function standing(change: Partial<Standing> = {}): Standing {
  return {
    block: 100,
    time: 1_800_000_000,
    weights: digest,
    tensors: digest,
    registration: registration(),
    recalled: false,
    tensorsShut: false,
    failedBy: [],
    scanned: false,
    review: { state: 'none', requestedAt: 0, readyAt: 0, readyBlock: 0 },
    conditions: null,
    timeLeft: 0,
    blocksLeft: 0,
    ...change,
  }
}

const outcome = (of: Standing, policy?: GuardPolicy): [string, string[]] => {
  const { outcome: result, because, missing } = judgeStart(of, policy)
  return [because ?? result, missing.map(({ rule }) => rule)]
}

describe('judgeStart', function () {
  it('starts what a trusted publisher registered, and accredited ones where the policy says so', function () {
    const by = (who: PublisherStanding): Standing => standing({ registration: registration({ standing: who }) })
    expect(outcome(by('own'))).to.deep.equal(['publisher', []])
    expect(outcome(by('trusted'))).to.deep.equal(['publisher', []])
    expect(outcome(by('accredited'))[0]).to.equal('held')
    expect(outcome(by('accredited'), { acceptAccredited: true })).to.deep.equal(['publisher', []])
    expect(outcome(by('unverified'), { acceptAccredited: true })[0]).to.equal('held')
  })

  it('starts what is certified or cleared', function () {
    expect(outcome(standing({ registration: registration({ certified: true }) }))).to.deep.equal(['certified', []])
    expect(outcome(standing({ registration: registration({ cleared: true }) }))).to.deep.equal(['cleared', []])
    const unregistered = standing({ registration: null, scanned: true })
    expect(outcome(unregistered)).to.deep.equal(['cleared', []])
    expect(outcome(unregistered, { acceptUnregistered: false })).to.deep.equal(['held', ['unregistered']])
  })

  it('takes no missing permission as given, of any publisher', function () {
    for (const who of ['own', 'trusted', 'accredited'] as const) {
      for (const license of ['unknown', 'not-permitted'] as const) {
        const [result, rules] = outcome(standing({ registration: registration({ standing: who, license }) }))
        expect([result, rules[0]]).to.deep.equal([
          'refused',
          license === 'unknown' ? 'license-unknown' : `license-${license}`,
        ])
      }
    }
    expect(outcome(standing({ registration: registration({ standing: 'own', license: 'conditional' }) }))[0]).to.equal(
      'publisher',
    )
  })

  it('names scanners that failed the weights, and not more than a line has room for', function () {
    const shut = { ...registration(), shut: true }
    const scanners = Array.from({ length: 6 }, (_, index) => parseAddress(`0x${String(index + 1).repeat(40)}`))
    const { missing } = judgeStart(standing({ registration: shut, failedBy: scanners }))
    expect(missing[0]!.what).to.match(/Failed by 0x1{40}, 0x2{40}, 0x3{40}, 0x4{40} and 2 more\.$/)
  })

  it('refuses what is recalled, shut or misstated, whatever else is in its favor', function () {
    const good = registration({ standing: 'own', certified: true, cleared: true })
    const refused: [Standing, string][] = [
      [standing({ registration: good, recalled: true }), 'recalled'],
      [standing({ registration: good, tensorsShut: true }), 'tensors-shut'],
      [standing({ registration: { ...good, shut: true } }), 'quarantined'],
      [standing({ registration: { ...good, misstated: true } }), 'tensors-misstated'],
      [standing({ registration: null, scanned: true, recalled: true }), 'recalled'],
      [
        standing({ registration: null, review: { state: 'quarantined', requestedAt: 1, readyAt: 2, readyBlock: 3 } }),
        'quarantined',
      ],
    ]
    for (const [of, rule] of refused) {
      const [result, rules] = outcome(of)
      expect([result, rules[0]]).to.deep.equal(['refused', rule])
    }
  })

  it('names everything that a review lacks', function () {
    const conditions = { clockRunning: true, passed: 0, failed: 1, quorum: 2, acceptedClaims: 1 }
    const review = { state: 'frozen', requestedAt: 1, readyAt: 2, readyBlock: 3 } as const
    const held = standing({ registration: null, review, conditions, timeLeft: 5, blocksLeft: 6 })
    expect(outcome(held)).to.deep.equal([
      'held',
      ['unregistered', 'review-clock', 'scan-failed', 'review-scans', 'review-claims'],
    ])
    const ready = { clockRunning: false, passed: 2, failed: 0, quorum: 2, acceptedClaims: 0 }
    expect(outcome({ ...held, conditions: ready })[1]).to.deep.equal(['unregistered', 'review-not-cleared'])
  })

  it('says what was not compared of a model that starts', function () {
    for (const tensors of [null, ZERO_DIGEST]) {
      const { notes } = judgeStart(standing({ registration: null, scanned: true, tensors }))
      expect(notes).to.have.length(2)
    }
  })
})
