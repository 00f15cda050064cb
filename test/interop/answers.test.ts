import { readFileSync } from 'node:fs'

import { expect } from 'chai'

import type { Right } from '../../src/core/vocabulary.ts'
import { findingsOf } from '../../src/interop/answers.ts'
import { FINDING_RULES, ruleOf } from '../../src/interop/findingRules.ts'
import { accepting, answerAbout, tunedModel } from '../fixtures/answers.ts'

const { ledger, base, tuned } = tunedModel()
describe('findingsOf', function () {
  it('gives a finding once for all its uses', async function () {
    const answer = await answerAbout(ledger, tuned, ['commercial', 'commercial-modify', 'research'])
    const found = findingsOf(answer)
    const commercial = found.filter(({ finding }) => finding.right === 'commercial-modify' && finding.model === base)
    expect(commercial.map(({ uses }) => uses)).to.deep.equal([['commercial', 'commercial-modify']])
  })

  it('has what terms ask for as findings, but not where the use is not permitted', async function () {
    const asked = async (use: Right) => {
      const answer = await answerAbout(ledger, tuned, [use])
      const found = findingsOf(answer)
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

  it('accepts a finding only where each of its uses is accepted', async function () {
    const answer = await answerAbout(ledger, tuned, ['commercial', 'commercial-modify'])
    const acceptedFor = (uses: readonly Right[]): (readonly [string | undefined, number])[] =>
      findingsOf(accepting(answer, (_, use) => uses.includes(use)))
        .filter(({ finding }) => finding.code === 'right-withheld')
        .map(({ finding, waivers }) => [finding.right, waivers.length] as const)
    expect(acceptedFor([])).to.deep.equal([
      ['commercial', 0],
      ['commercial-modify', 0],
    ])
    expect(acceptedFor(['commercial'])).to.deep.equal([
      ['commercial', 1],
      ['commercial-modify', 0],
    ])
    expect(acceptedFor(['commercial', 'commercial-modify'])).to.deep.equal([
      ['commercial', 1],
      ['commercial-modify', 2],
    ])
  })

  it('accepts nothing about a model that is recalled', async function () {
    const recalled = tunedModel()
    recalled.ledger.recalled.add(recalled.base)
    const answer = await answerAbout(recalled.ledger, recalled.tuned, ['research'])
    const ofRecall = findingsOf(accepting(answer, () => true)).filter(
      ({ finding }) => finding.code === 'model-recalled',
    )
    expect(ofRecall).to.not.have.length(0)
    for (const each of ofRecall) expect(each.waivers).to.have.length(0)
  })
})

describe('FINDING_RULES', function () {
  it('has every code of the schema of reports, and the page explains each', function () {
    const schema = JSON.parse(readFileSync(new URL('../../docs/verify-report.schema.json', import.meta.url), 'utf8'))
    const codes: string[] = schema.$defs.report.properties.findings.items.properties.code.enum
    expect([...codes, 'obligation'].filter((code) => !Object.hasOwn(FINDING_RULES, code))).to.deep.equal([])
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
