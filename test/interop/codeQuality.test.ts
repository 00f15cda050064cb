import { expect } from 'chai'
import fc from 'fast-check'

import type { Answers } from '../../src/interop/answers.ts'
import { codeQualityReport, MOST_ISSUES, type CodeQualityIssue } from '../../src/interop/codeQuality.ts'
import { accepting, answerAbout, answersOf, tunedModel } from '../fixtures/answers.ts'

const { ledger, tuned } = tunedModel()

/** Writes a report, and checks it against what GitLab reads and documents. */
function checked(answers: Answers): CodeQualityIssue[] {
  const issues = JSON.parse(JSON.stringify(codeQualityReport(answers))) as CodeQualityIssue[]
  for (const issue of issues) {
    expect(Object.keys(issue).toSorted()).to.deep.equal([
      'check_name',
      'description',
      'fingerprint',
      'location',
      'severity',
    ])
    expect(issue.severity).to.be.oneOf(['info', 'minor', 'major', 'critical', 'blocker'])
    expect(issue.description).to.match(/\S/)
    expect(issue.description).to.not.match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
    expect(issue.description.length).to.be.at.most(1000)
    expect(issue.check_name).to.match(/^[a-z0-9-]+(\/[\w-]+)?$/)
    const { path, lines } = issue.location
    expect(path).to.not.match(/^\/|^\.\/|(^|\/)\.\.?(\/|$)|\/\/|^$/)
    expect(lines.begin).to.be.at.least(1)
  }
  expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).to.equal(issues.length)
  return issues
}

describe('codeQualityReport', function () {
  it('has an issue a finding, the gravest first, each at its place', async function () {
    const answer = await answerAbout(ledger, tuned, ['commercial', 'redistribute'])
    const issues = checked(answersOf([answer]))
    expect(issues[0]).to.deep.include({
      severity: 'blocker',
      location: { path: 'models/tuned/README.md', lines: { begin: 3 } },
    })
    expect(issues[0]!.check_name).to.equal('right-withheld/commercial')
    const grades = issues.map(({ severity }) => ['blocker', 'major', 'info'].indexOf(severity))
    expect(grades).to.deep.equal(grades.toSorted((one, other) => one - other))
    expect(grades).to.include(2)
  })

  it('leaves out what a waiver accepts', async function () {
    const answer = await answerAbout(ledger, tuned, ['commercial'])
    const all = checked(answersOf([answer]))
    const accepted = checked(answersOf([accepting(answer, ({ severity }) => severity === 'blocking')]))
    expect(all.some(({ severity }) => severity === 'blocker')).to.equal(true)
    expect(accepted).to.deep.equal(all.filter(({ severity }) => severity !== 'blocker'))
  })

  it('is empty where nothing was found, and has an issue for a subject without an answer', function () {
    expect(codeQualityReport(answersOf([]))).to.deep.equal([])
    const error = {
      code: 'WEIGHTS_NOT_REGISTERED',
      message: 'Nobody registered [it] {0}.',
      docs: 'https://acme.example',
    }
    const [issue] = checked(answersOf([{ subject: 'a', place: { file: './weights/ü b%.bin' }, error }]))
    expect(issue).to.deep.include({
      description: 'Nobody registered [it] {0}.',
      check_name: 'weights-not-registered',
      severity: 'blocker',
      location: { path: 'weights/ü b%.bin', lines: { begin: 1 } },
    })
  })

  it('takes any path and any words', function () {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (file, message) => {
        const error = { code: 'A', message: `${message}.`, docs: 'https://acme.example' }
        checked(answersOf([{ subject: file, place: { file }, error }]))
      }),
    )
  })

  it('cuts what is more than GitLab shows, and says how much', function () {
    const error = { code: 'A', message: 'b', docs: 'https://acme.example' }
    const subjects = Array.from({ length: MOST_ISSUES + 1 }, (_, index) => ({
      subject: `s${index}`,
      place: { file: 'a' },
      error,
    }))
    const issues = checked(answersOf(subjects))
    expect(issues).to.have.length(MOST_ISSUES)
    expect(issues.at(-1)).to.deep.include({ check_name: 'results-cut', severity: 'info' })
    expect(issues.at(-1)!.description).to.contain('2 more findings')
    expect(checked(answersOf(subjects.slice(1)))).to.have.length(MOST_ISSUES)
  })
})
