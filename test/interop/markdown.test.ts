import { expect } from 'chai'
import fc from 'fast-check'

import type { Answers, SubjectAnswer } from '../../src/interop/answers.ts'
import { markdownReport } from '../../src/interop/markdown.ts'
import { accepting, answerAbout, answersOf, tunedModel } from '../fixtures/answers.ts'
import { HOSTILE_TEXTS, hostileText, markdownParser, shapeOf } from '../fixtures/markdownShape.ts'
import { accountNumber } from '../fixtures/memoryLedger.ts'

const { ledger, base, tuned } = tunedModel()

/** An answer in which everything that strangers write is a text. */
async function written(text: string): Promise<Answers> {
  const answer = await answerAbout(ledger, tuned, ['commercial'])
  const reports = answer.reports.map((report) => ({
    ...report,
    models: report.models.map((each) => ({ ...each, name: text, license: text })),
    publishers: report.publishers.map((each) => ({ ...each, domain: text })),
    findings: report.findings.map((each) => ({ ...each, reason: text, remedy: text })),
  }))
  const subject: SubjectAnswer = { ...answer, subject: text, reports }
  const error = { code: 'WEIGHTS_NOT_REGISTERED', message: text, docs: 'https://github.com/a/b#c' }
  const waiver = { reason: text, who: text, until: text }
  const differences = [
    { code: 'lock-superseded', severity: 'warning' as const, reason: text, remedy: text, docs: error.docs },
  ]
  const accepted = accepting(subject, (_, use) => use === 'commercial', waiver)
  return answersOf([accepted, { subject: text, place: { file: 'a' }, error, differences }])
}

describe('markdownReport', function () {
  it('has the verdict, the reasons with their path, licenses, and how fresh it is', async function () {
    ledger.domains.set(accountNumber(2), 'acme.example')
    const page = markdownReport(answersOf([await answerAbout(ledger, tuned, ['research', 'commercial'])]))
    const html = markdownParser.render(page)
    const text = html
      .replaceAll(/<[^>]*>/g, '')
      .replaceAll('\u200b', '')
      .replaceAll('&quot;', '"')
      .replaceAll(/\s+/g, ' ')
    for (const part of [
      'Stemma: 0 of 1 model passes',
      'research use: permitted; commercial use: not permitted',
      `Model ${tuned}, registered by acme.example, ${accountNumber(2)} (accredited).`,
      'blocking right-withheld (commercial): The terms of labs/base (',
      'Path: acme/tuned → labs/base.',
      'research-only labs/base',
      'As of 2027-01-15T08:00:00Z, block 7 of chain 31337, read from a bundle.',
    ]) {
      expect(text).to.contain(part)
    }
    expect(html).to.contain(
      '<a href="https://github.com/stemma-ledger/stemma/blob/main/docs/findings.md#right-withheld">',
    )
  })

  it('lists what the licenses ask for, and what is accepted, by whom and until when', async function () {
    const asked = markdownReport(answersOf([await answerAbout(ledger, tuned, ['redistribute'])]))
    expect(asked).to.contain('**What the licenses ask for**').and.to.contain('credit the authors')
    expect(markdownReport(await written('for the demo'))).to.contain(
      'Accepted until for the demo by for the demo: for the demo',
    )
  })

  it('keeps to the table when everything passes', async function () {
    const page = markdownReport(answersOf([await answerAbout(ledger, base, ['research'], { subject: 'labs/base' })]))
    expect(shapeOf(page).filter((each) => each.startsWith('heading_open'))).to.have.length(
      page.includes('purpose') ? 2 : 1,
    )
  })

  const plain = async () => shapeOf(markdownReport(await written('plain')))
  for (const hostile of HOSTILE_TEXTS) {
    it(`makes nothing but text of ${JSON.stringify(hostile)}`, async function () {
      expect(shapeOf(markdownReport(await written(hostile)))).to.deep.equal(await plain())
    })
  }

  it('makes nothing but text of any text', async function () {
    const shape = await plain()
    await fc.assert(
      fc.asyncProperty(hostileText, async (hostile) => {
        // An empty name or license has words of its own.
        fc.pre(hostile !== '')
        expect(shapeOf(markdownReport(await written(hostile)))).to.deep.equal(shape)
      }),
      { numRuns: 500 },
    )
  })

  it('mentions nobody', async function () {
    const page = markdownReport(await written('@octocat and acme/x#12'))
    expect(page.replaceAll(/`[^`]*`/g, '')).to.not.match(/[@#](?=\w)(?!right-withheld|c\))/)
  })

  it('is one page, however many models and findings there are', async function () {
    const answer = await answerAbout(ledger, tuned, ['commercial'])
    const [report] = answer.reports
    const findings = Array.from({ length: 10_000 }, (_, index) => ({ ...report!.findings[0]!, fact: `f${index}` }))
    const subjects = Array.from({ length: 1_000 }, () => ({ ...answer, reports: [{ ...report!, findings }] }))
    const page = markdownReport(answersOf(subjects))
    expect(page.length).to.be.lessThan(1_000_000)
    expect(page).to.contain('800 more models are in').and.to.contain('9975 more entries are in')
  })

  it('gives the same bytes for the same answers', async function () {
    expect(markdownReport(await written('x'))).to.equal(markdownReport(await written('x')))
  })
})
