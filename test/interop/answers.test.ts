import { readFileSync } from 'node:fs'

import { expect } from 'chai'

import type { Right } from '../../src/core/vocabulary.ts'
import { findingsOf, type Waiver } from '../../src/interop/answers.ts'
import { FINDING_RULES, ruleOf } from '../../src/interop/findingRules.ts'
import { answerAbout, answersOf, tunedModel } from '../fixtures/answers.ts'

const { ledger, base, tuned } = tunedModel()
const waiverFor = (use: Right, given: Partial<Waiver> = {}): Waiver => ({
  finding: `right-withheld/${use}`,
  model: base,
  use,
  reason: 'agreed by mail',
  who: 'legal@acme.example',
  until: 1_800_000_001,
  ...given,
})

describe('findingsOf', function () {
  it('gives a finding once for all its uses', async function () {
    const answer = await answerAbout(ledger, tuned, ['commercial', 'commercial-modify', 'research'])
    const found = findingsOf(answer, answersOf([answer]))
    const commercial = found.filter(({ finding }) => finding.right === 'commercial-modify' && finding.model === base)
    expect(commercial.map(({ uses }) => uses)).to.deep.equal([['commercial', 'commercial-modify']])
  })

  it('has what terms ask for as findings, but not where the use is not permitted', async function () {
    const asked = async (use: Right) => {
      const answer = await answerAbout(ledger, tuned, [use])
      const found = findingsOf(answer, answersOf([answer]))
      return found
        .filter(({ finding }) => finding.code === 'obligation')
        .map(({ finding }) => [finding.model, finding.reason])
    }
    expect(await asked('redistribute')).to.deep.equal([
      [
        base,
        'The terms of labs/base (research-only) ask for "attribution" with redistribute, redistribute-derivatives: credit the authors.',
      ],
    ])
    expect(await asked('commercial')).to.deep.equal([])
  })

  it('accepts a finding only with a waiver for each of its uses that has not ended', async function () {
    const answer = await answerAbout(ledger, tuned, ['commercial', 'host'])
    const waived = (waivers: readonly Waiver[]): number =>
      findingsOf({ ...answer, waivers }, answersOf([answer])).filter((each) => each.waivers.length > 0).length
    const both = [waiverFor('commercial'), waiverFor('host')]
    const all = waived(both)
    expect(all).to.be.greaterThan(0)
    expect(waived([waiverFor('commercial')])).to.be.lessThan(all)
    expect(waived(both.map((waiver) => ({ ...waiver, until: 1_800_000_000 })))).to.equal(0)
    expect(waived(both.map((waiver) => ({ ...waiver, model: tuned })))).to.equal(0)
    expect(waived(both.map((waiver) => ({ ...waiver, finding: 'right-withheld' })))).to.equal(0)
    expect(waived(both.map((waiver) => ({ ...waiver, finding: 'right-withheld/modify' })))).to.equal(0)
  })

  it('accepts nothing about a model that is recalled', async function () {
    const recalled = tunedModel()
    recalled.ledger.recalled.add(recalled.base)
    const answer = await answerAbout(recalled.ledger, recalled.tuned, ['research'])
    const waivers = [waiverFor('research', { finding: 'model-recalled', model: recalled.base })]
    const found = findingsOf({ ...answer, waivers }, answersOf([answer]))
    const ofRecall = found.filter(({ finding }) => finding.code === 'model-recalled')
    expect(ofRecall).to.not.have.length(0)
    for (const each of ofRecall) expect(each.waivers).to.have.length(0)
  })
})

describe('FINDING_RULES', function () {
  it('has every code of the schema of reports, and the page explains each', function () {
    const schema = JSON.parse(readFileSync(new URL('../../docs/verify-report.schema.json', import.meta.url), 'utf8'))
    const codes: string[] = schema.$defs.report.properties.findings.items.properties.code.enum
    const ofVerify = Object.keys(FINDING_RULES).filter((code) => !code.startsWith('lock-'))
    expect(ofVerify.toSorted()).to.deep.equal([...codes, 'obligation'].toSorted())
    const page = readFileSync(new URL('../../docs/findings.md', import.meta.url), 'utf8')
    for (const [code, { title, meaning }] of Object.entries(FINDING_RULES)) {
      expect(page).to.contain(`<a id="${code}"></a>\n\n## ${title}\n\n\`${code}\`: ${meaning}\n`)
    }
  })

  it('lets a code that it does not have stand for itself', function () {
    expect(ruleOf('constructor').title).to.equal('constructor')
    expect(ruleOf('weights-not-registered').title).to.equal('weights not registered')
  })
})
