import { expect } from 'chai'

import type { Verdict } from '../../src/core/evaluate.ts'
import { parseAddress, parseDigest, parseModelId, parseTermsId, ZERO_ADDRESS, ZERO_DIGEST } from '../../src/core/hex.ts'
import { externalModel, type LineageModel } from '../../src/core/lineage.ts'
import type { Registration } from '../../src/core/registration.ts'
import { lockedLineage, parseWaiver, type LockedModel } from '../../src/documents/lock.ts'
import type { Answer } from '../../src/verify/answer.ts'
import { checkLocked, worstOutcome, type LockedFacts } from '../../src/verify/locked.ts'
import { findingKey, REPORT_VERSION, type Finding, type Report, type Severity } from '../../src/core/report.ts'
import { judgeWaivers, LONGEST_WAIVER, type LinedWaiver } from '../../src/verify/waivers.ts'

const hash = (digit: string) => `0x${digit.repeat(64)}`
const [MODEL, BASE, OTHER] = ['a', 'b', 'c'].map((digit) => parseModelId(hash(digit))) as [
  LockedModel['model'],
  LockedModel['model'],
  LockedModel['model'],
]
const PUBLISHER = parseAddress(`0x${'1'.repeat(40)}`)
const WEIGHTS = parseDigest(hash('d'))
const NOW = Date.parse('2027-01-01T12:00:00Z') / 1000

const finding = (severity: Severity, more: Partial<Finding> = {}): Finding => ({
  code: 'right-withheld',
  severity,
  right: 'commercial',
  model: BASE,
  path: [MODEL, BASE],
  reason: 'x',
  remedy: 'y',
  docs: 'https://example.org/findings',
  ...more,
})
const report = (verdict: Verdict, findings: readonly Finding[]): Report => ({
  version: REPORT_VERSION,
  verdict,
  use: 'commercial',
  model: MODEL,
  licensee: ZERO_ADDRESS,
  at: NOW,
  dated: 'ledger',
  block: 1,
  blockTime: NOW,
  chainId: 1,
  source: 'node',
  publisher: PUBLISHER,
  publisherStanding: 'accredited',
  publishers: [],
  findings,
  obligations: [],
  deciding: [],
  ownWork: [],
  models: [],
})
const waiver = (more: Partial<LinedWaiver> = {}): LinedWaiver => ({
  finding: 'right-withheld/commercial',
  model: MODEL,
  at: BASE,
  use: 'commercial',
  reason: 'a deal',
  who: 'ann',
  until: '2027-06-30',
  line: 9,
  ...more,
})
const lineageModel = (model: LockedModel['model'], more: Partial<LineageModel> = {}): LineageModel => ({
  ...externalModel(model),
  publisher: PUBLISHER,
  terms: parseTermsId(hash('5')),
  ...more,
})
const LINEAGE = [
  lineageModel(MODEL, { parents: [{ model: BASE, relation: 'finetune', grade: 'declared', undisclosed: false }] }),
  lineageModel(BASE),
]
const ENTRY: LockedFacts['entry'] = {
  name: 'acme/chat',
  model: MODEL,
  weights: WEIGHTS,
  tensors: ZERO_DIGEST,
  publisher: PUBLISHER,
  standing: 'accredited',
  use: ['commercial'],
  subject: null,
  ...lockedLineage(LINEAGE),
  line: 5,
}
const REGISTRATION: Registration = {
  publisher: PUBLISHER,
  weights: WEIGHTS,
  tensors: ZERO_DIGEST,
  annex: ZERO_DIGEST,
  datasets: ZERO_DIGEST,
  method: ZERO_DIGEST,
  terms: parseTermsId(hash('5')),
  parents: [],
  uri: '',
}
const factsOf = (reports: readonly Report[], more: Partial<LockedFacts> = {}, lineage = LINEAGE): LockedFacts => ({
  entry: ENTRY,
  waivers: [],
  found: {
    answer: {
      verdict: 'permitted',
      model: MODEL,
      reports,
      registrations: [],
      publisherVerifiedUntil: 0,
      claims: [],
      origin: null,
    } satisfies Answer,
    lineage: { models: lineage, terms: new Map() },
    registration: REGISTRATION,
  },
  subject: null,
  quarantined: new Set(),
  now: NOW,
  ...more,
})
const outcomeOf = (verdict: Verdict, findings: readonly Finding[], waivers: readonly LinedWaiver[]) =>
  checkLocked(factsOf([report(verdict, findings)], { waivers })).outcome
const codesOf = (facts: LockedFacts) =>
  checkLocked(facts).differences.map(({ code, severity }) => `${severity} ${code}`)

describe('waivers', function () {
  it('name a finding by its code, its right or obligation, and its fact', function () {
    expect(findingKey(finding('blocking'))).to.equal('right-withheld/commercial')
    expect(findingKey(finding('unknown', { code: 'fact-missing', fact: 'monthlyRevenueUsd/product' }))).to.equal(
      'fact-missing/commercial/monthlyRevenueUsd/product',
    )
    const { right: _, ...bare } = finding('unknown', { code: 'publisher-unverified' })
    expect(findingKey(bare)).to.equal('publisher-unverified')
    expect(findingKey({ ...bare, obligation: 'notice' })).to.equal('publisher-unverified/notice')
  })

  it('name what a rule of the policy asks, and whether it is open', function () {
    const byRule = (severity: Severity, asked: string) => finding(severity, { code: 'lineage-country', asked })
    const { right: _, ...open } = byRule('unknown', 'denyCountries-1')
    const { right: __, ...broken } = byRule('blocking', 'denyCountries-1')
    const { right: ___, ...other } = byRule('unknown', 'onlyCountries-2')
    const all = [open, broken, other]
    expect(all.map(findingKey)).to.deep.equal([
      'lineage-country/denyCountries-1/open',
      'lineage-country/denyCountries-1',
      'lineage-country/onlyCountries-2/open',
    ])
    const accepted = waiver({ finding: findingKey(open) })
    for (const each of [broken, other]) {
      const reports = [report('not-permitted', [each])]
      expect(judgeWaivers(reports, [accepted], new Set(), NOW).accepted).to.deep.equal([])
    }
    expect(judgeWaivers([report('unknown', [open])], [accepted], new Set(), NOW).accepted).to.have.length(1)
    const { line: _line, ...written } = accepted
    expect(parseWaiver(written)).to.deep.equal(written)
  })

  it('hide what they name and nothing else', function () {
    const reports = [report('not-permitted', [finding('blocking')])]
    const stateOf = (more: Partial<LinedWaiver>) =>
      judgeWaivers(reports, [waiver(more)], new Set(), NOW).judged[0]!.state
    expect(stateOf({})).to.equal('applied')
    const others: Partial<LinedWaiver>[] = [
      { finding: 'right-withheld' },
      { finding: 'right-withheld/host' },
      { finding: 'right-unstated/commercial' },
      { at: MODEL },
      { at: OTHER },
      { model: OTHER },
      { use: 'host' },
    ]
    for (const more of others) expect(stateOf(more), JSON.stringify(more)).to.equal('unused')
  })

  it('hold until the last second of their day, and at most a year', function () {
    const reports = [report('not-permitted', [finding('blocking')])]
    const stateAt = (now: number) => judgeWaivers(reports, [waiver()], new Set(), now).judged[0]!.state
    const end = Date.parse('2027-06-30T23:59:59Z') / 1000
    expect([stateAt(end), stateAt(end + 1)]).to.deep.equal(['applied', 'expired'])
    expect([stateAt(end - LONGEST_WAIVER), stateAt(end - LONGEST_WAIVER - 1)]).to.deep.equal(['applied', 'too-long'])
  })

  it('never hold for what is barred, whether the model or where the finding lies', function () {
    const reports = [report('not-permitted', [finding('blocking')])]
    for (const barred of [MODEL, BASE]) {
      const { accepted, judged } = judgeWaivers(reports, [waiver()], new Set([barred]), NOW)
      expect([accepted, judged[0]!.state]).to.deep.equal([[], 'refused'])
    }
  })
})

describe('checkLocked', function () {
  it('accepts only where each deciding finding is accepted', function () {
    const [blocking, unknown] = [finding('blocking'), finding('unknown', { code: 'right-unstated' })]
    const waived = [waiver(), waiver({ finding: 'right-unstated/commercial' })]
    expect(outcomeOf('not-permitted', [blocking], waived)).to.equal('accepted')
    expect(outcomeOf('not-permitted', [blocking, unknown], waived)).to.equal('accepted')
    expect(outcomeOf('not-permitted', [blocking, unknown], [waiver()])).to.equal('unknown')
    expect(outcomeOf('not-permitted', [blocking, unknown], [waived[1]!])).to.equal('not-permitted')
    expect(outcomeOf('not-permitted', [blocking, finding('blocking', { model: OTHER })], waived)).to.equal(
      'not-permitted',
    )
    expect(outcomeOf('unknown', [unknown], waived)).to.equal('accepted')
    expect(outcomeOf('unknown', [unknown, finding('unknown', { code: 'fact-missing' })], waived)).to.equal('unknown')
    expect(outcomeOf('unknown', [unknown], [])).to.equal('unknown')
  })

  it('accepts no verdict whose reason is not among its findings', function () {
    expect(outcomeOf('not-permitted', [], [waiver()])).to.equal('not-permitted')
    expect(outcomeOf('not-permitted', [finding('warning')], [waiver()])).to.equal('not-permitted')
    expect(outcomeOf('unknown', [finding('duty')], [waiver()])).to.equal('unknown')
    for (const verdict of ['permitted', 'conditional'] as const)
      expect(outcomeOf(verdict, [], [waiver()])).to.equal(verdict)
  })

  it('accepts nothing about what is recalled, by the finding, the mark or the status, or quarantined', function () {
    const blocking = finding('blocking')
    const recall = finding('blocking', { code: 'model-recalled', model: MODEL })
    const waivers = [waiver()]
    const states = (facts: LockedFacts) => checkLocked(facts).waivers.map(({ state }) => state)
    const reports = [report('not-permitted', [blocking])]
    expect(states(factsOf([report('not-permitted', [blocking, recall])], { waivers }))).to.deep.equal(['refused'])
    expect(states(factsOf(reports, { waivers, quarantined: new Set([BASE]) }))).to.deep.equal(['refused'])
    for (const more of [{ recalled: true }, { status: 'recalled' as const }]) {
      expect(states(factsOf(reports, { waivers }, [LINEAGE[0]!, { ...LINEAGE[1]!, ...more }]))).to.deep.equal([
        'refused',
      ])
    }
    expect(states(factsOf(reports, { waivers }))).to.deep.equal(['applied'])
  })

  it('finds what differs, and nothing where nothing does', function () {
    const fine = [report('permitted', [])]
    expect(codesOf(factsOf(fine))).to.deep.equal([])
    expect(codesOf(factsOf(fine, { entry: { ...ENTRY, weights: parseDigest(hash('e')) } }))).to.deep.equal([
      'error lock-entry-mismatch',
    ])
    expect(codesOf(factsOf(fine, { entry: { ...ENTRY, lineage: parseDigest(hash('e')) } }))).to.deep.equal([
      'error lock-bases-changed',
    ])
    expect(codesOf(factsOf(fine, { quarantined: new Set([BASE]) }))).to.deep.equal(['error lock-quarantined'])
    for (const status of ['superseded', 'retired'] as const) {
      expect(codesOf(factsOf(fine, {}, [{ ...LINEAGE[0]!, status }, LINEAGE[1]!]))).to.deep.equal([
        `warning lock-${status}`,
      ])
    }
    const subjects: [LockedFacts['subject'], string[]][] = [
      [{ weights: WEIGHTS }, []],
      [{ weights: parseDigest(hash('e')) }, ['error lock-weights-differ']],
      ['missing', ['warning lock-subject-missing']],
      [{ unchecked: 'x' }, ['warning lock-subject-unchecked']],
      [{ unreadable: 'x' }, ['unknown lock-subject-unreadable']],
    ]
    for (const [subject, codes] of subjects) expect(codesOf(factsOf(fine, { subject }))).to.deep.equal(codes)
    const { outcome, differences } = checkLocked({ ...factsOf(fine), found: undefined })
    expect([outcome, differences.map(({ code }) => code)]).to.deep.equal(['unknown', ['lock-not-registered']])
  })

  it('says that the word of a publisher counts for less than when it was locked', function () {
    const now = (publisherStanding: Report['publisherStanding'], standing: LockedModel['standing']) =>
      codesOf(factsOf([{ ...report('unknown', []), publisherStanding }], { entry: { ...ENTRY, standing } }))
    expect(now('unverified', 'accredited')).to.deep.equal(['error lock-standing-changed'])
    expect(now('named', 'accredited')).to.deep.equal(['error lock-standing-changed'])
    expect(now('unverified', 'named')).to.deep.equal(['unknown lock-standing-changed'])
    expect(now('accredited', 'named')).to.deep.equal([])
    expect(now('trusted', 'accredited')).to.deep.equal([])
    expect(now('unverified', 'trusted')).to.deep.equal([])
  })

  it('ranks outcomes from the worst', function () {
    expect(worstOutcome(['permitted', 'accepted', 'conditional', 'unknown', 'not-permitted'])).to.equal('not-permitted')
    expect(worstOutcome(['permitted', 'accepted', 'conditional', 'unknown'])).to.equal('unknown')
    expect(worstOutcome(['permitted', 'accepted'])).to.equal('accepted')
    expect(worstOutcome([])).to.equal('permitted')
  })
})
