import { expect } from 'chai'
import fc from 'fast-check'

import { RIGHT_NAMES } from '../../src/core/vocabulary.ts'
import type { AnsweredUse, Answers, SubjectAnswer } from '../../src/interop/answers.ts'
import { MOST_RESULTS, sarifLog, type SarifLog, type SarifResult, type SarifRule } from '../../src/interop/sarif.ts'
import { accepting, answerAbout, answersOf, tunedModel } from '../fixtures/answers.ts'
import { sarifValidator } from '../fixtures/sarifSchema.ts'

const validate = sarifValidator()
const { ledger, base, tuned } = tunedModel()

/** What GitHub would not take, or not show, of a result. */
function problemsOf(result: SarifResult, rules: SarifRule[]): string[] {
  const { ruleId, ruleIndex, locations, message, partialFingerprints } = result
  const { artifactLocation, region } = locations[0].physicalLocation
  const parts = artifactLocation.uri.split('/').map(decodeURIComponent)
  const problems = {
    'another rule': rules[ruleIndex]?.id !== ruleId,
    'not one place': locations.length !== 1,
    'not below the root': artifactLocation.uriBaseId !== '%SRCROOT%',
    'not a relative reference': !/^[^/:]+(?:\/[^/:]+)*$/.test(artifactLocation.uri),
    'a path that leads out': parts.includes('.') || parts.includes('..'),
    'a line that no file has': !(region.startLine >= 1),
    'no message': !/\S/.test(message.text),
    'another fingerprint': Object.keys(partialFingerprints).join() !== 'stemmaFinding/v1',
  }
  return Object.entries(problems).flatMap(([problem, isSo]) => (isSo ? [`${problem}: ${JSON.stringify(result)}`] : []))
}

/** Writes a log, and checks it against the schema and against what GitHub asks beyond it. */
function checkedLog(answers: Answers): SarifLog {
  // As a reader of the file has it.
  const log = JSON.parse(JSON.stringify(sarifLog(answers))) as SarifLog
  if (validate) expect(validate(log), JSON.stringify(validate.errors)).to.equal(true)
  const { tool, results } = log.runs[0]
  const { rules } = tool.driver
  expect(results.length).to.be.at.most(MOST_RESULTS)
  expect(new Set(rules.map(({ id }) => id)).size).to.equal(rules.length)
  for (const { id, helpUri, name, properties, shortDescription, fullDescription, help } of rules) {
    expect(helpUri).to.match(/^https:\/\/github\.com\/.+#/)
    expect(name, id).to.match(/^[A-Za-z0-9]+$/)
    expect(properties.tags.length).to.be.within(1, 10)
    expect(properties.tags).to.not.include('security')
    for (const { text } of [shortDescription, fullDescription, help]) expect(text.length).to.be.within(10, 1000)
    expect(help.markdown).to.contain(`(${helpUri})`)
  }
  expect(results.flatMap((result) => problemsOf(result, rules))).to.deep.equal([])
  const marks = results.map(({ partialFingerprints }) => partialFingerprints['stemmaFinding/v1'])
  expect(new Set(marks).size).to.equal(marks.length)
  return log
}

const resultsOf = (answers: Answers): SarifResult[] => checkedLog(answers).runs[0].results

/** An answer with as many findings as asked for, in two severities. */
async function manyFindings(count: number): Promise<SubjectAnswer> {
  const answer = await answerAbout(ledger, tuned, ['commercial'])
  const [report] = answer.reports
  const [first] = report!.findings
  const findings = Array.from({ length: count }, (_, index) => ({
    ...first!,
    severity: index % 3 === 0 ? ('blocking' as const) : ('warning' as const),
    fact: `monthlyRevenueUsd/firm${index}`,
  }))
  return { ...answer, reports: [{ ...report!, findings } as AnsweredUse] }
}

describe('sarifLog', function () {
  it('has a result for each finding, at its place, with a rule for its code and right', async function () {
    const answer = await answerAbout(ledger, tuned, ['commercial'])
    const log = checkedLog(answersOf([answer]))
    const [run] = log.runs
    expect([run.tool.driver.name, run.tool.driver.version]).to.deep.equal(['Stemma', '1.2.3'])
    expect(run.results.map(({ ruleId, level }) => [ruleId, level])).to.deep.equal([
      ['right-withheld/commercial', 'error'],
      ['right-withheld/commercial-modify', 'error'],
    ])
    const [{ locations, message, properties }] = run.results as [SarifResult]
    expect(locations[0].physicalLocation).to.deep.equal({
      artifactLocation: { uri: 'models/tuned/README.md', uriBaseId: '%SRCROOT%' },
      region: { startLine: 3 },
    })
    expect(message.text).to.contain('The terms of labs/base')
    expect(message.text).to.contain('Path: acme/tuned > labs/base.')
    expect(properties).to.deep.equal({
      subject: 'acme/tuned',
      uses: ['commercial'],
      model: base,
      modelName: 'labs/base',
      path: [tuned, base],
      pathLength: 2,
    })
    expect(run.properties.answers).to.deep.equal([
      {
        subject: 'acme/tuned',
        model: tuned,
        verdicts: { commercial: 'not-permitted' },
        passed: false,
        chainId: 31337,
        block: 7,
        source: 'bundle',
      },
    ])
  })

  it('notes what the licenses ask for where a use is permitted on conditions', async function () {
    const answer = await answerAbout(ledger, tuned, ['redistribute'])
    expect(resultsOf(answersOf([answer])).map(({ ruleId, level }) => [ruleId, level])).to.deep.equal([
      ['purpose-limited/redistribute', 'note'],
      ['obligation/attribution', 'note'],
    ])
  })

  it('keeps a fingerprint while words, severity, order and line change, and never gives one twice', async function () {
    const answer = await answerAbout(ledger, tuned, ['commercial', 'host'])
    const marksOf = (given: Partial<SubjectAnswer>): string[] =>
      resultsOf(answersOf([{ ...answer, ...given }]))
        .map((each) => each.partialFingerprints['stemmaFinding/v1'])
        .toSorted()
    const marks = marksOf({})
    const reports = answer.reports.map((report) => ({
      ...report,
      block: 99,
      findings: report.findings
        .map((each) => ({ ...each, reason: 'Other words.', severity: 'unknown' as const }))
        .toReversed(),
    }))
    expect(marksOf({ reports, place: { file: 'models/tuned/README.md', line: 77 } })).to.deep.equal(marks)
    const twice = answer.reports.map((report) => ({ ...report, findings: [...report.findings, ...report.findings] }))
    expect(marksOf({ reports: twice })).to.have.length(2 * marks.length)
    expect(marksOf({ subject: 'acme/other' })).to.not.deep.equal(marks)
  })

  it('suppresses what waivers accept, and then says of every other result that nothing suppresses it', async function () {
    const answer = await answerAbout(ledger, tuned, ['commercial', 'host'])
    const waiver = { reason: 'a [deal]', who: 'legal', until: '2027-01-31' }
    const results = resultsOf(answersOf([accepting(answer, (_, use) => use === 'host', waiver)]))
    const suppressed = results.filter(({ suppressions }) => suppressions!.length > 0)
    expect(suppressed.map(({ properties }) => properties.uses)).to.deep.equal(suppressed.map(() => ['host']))
    expect(suppressed.length).to.be.within(1, results.length - 1)
    expect(suppressed[0]!.suppressions).to.deep.equal([
      { kind: 'external', status: 'accepted', justification: 'a [deal] (legal)' },
    ])
    const others = resultsOf(answersOf([answer]))
    for (const each of others) expect(each).to.not.have.property('suppressions')
  })

  it('has a result for a subject without an answer', function () {
    const error = { code: 'WEIGHTS_NOT_REGISTERED', message: 'Nobody has …', docs: 'https://github.com/a/b#c' }
    const results = resultsOf(answersOf([{ subject: 'models/x', place: { file: 'stemma.lock.json', line: 9 }, error }]))
    expect(results.map(({ ruleId, level, message }) => [ruleId, level, message.text])).to.deep.equal([
      ['weights-not-registered', 'error', 'Nobody has …'],
    ])
  })

  it('has a result for what differs from what the repository states, at its line', async function () {
    const answer = await answerAbout(ledger, tuned, ['host'])
    const difference = (severity: 'error' | 'unknown' | 'warning') => ({
      code: 'lock-bases-changed',
      severity,
      reason: 'Other bases.',
      remedy: 'Look.',
      docs: 'https://github.com/a/b#c',
    })
    const place = { file: 'stemma.lock.json', line: 7 }
    const differences = (['error', 'unknown', 'warning'] as const).map(difference)
    const error = { code: 'lock-not-registered', message: 'Nobody …', docs: 'https://github.com/a/b#d' }
    const results = resultsOf(
      answersOf([
        { ...answer, place, differences },
        { subject: 'b', place, error, differences: [difference('error')] },
      ]),
    )
    const ofDifference = results.filter(({ ruleId }) => ruleId === 'lock-bases-changed')
    expect(
      ofDifference.map(({ level, message, locations }) => [level, message.text, locations[0].physicalLocation.region]),
    ).to.deep.equal(
      (['error', 'error', 'warning', 'note'] as const).map((level) => [level, 'Other bases. Look.', { startLine: 7 }]),
    )
  })

  it('cuts 30,000 findings to what GitHub takes, the least grave first, and says how many', async function () {
    const answer = await manyFindings(30_000)
    const [run] = checkedLog(answersOf([answer])).runs
    expect(run.results).to.have.length(MOST_RESULTS)
    expect(run.results.filter(({ level }) => level === 'error')).to.have.length(10_000)
    const texts = run.invocations[0].toolExecutionNotifications.map(({ message }) => message.text)
    expect(texts).to.have.length(2)
    expect(texts[0]).to.match(/^5000 of 30000 results were left out/)
    expect(run.tool.driver.notifications.map(({ id }) => id)).to.deep.equal(['results-cut', 'results-hidden'])
    const [few] = checkedLog(answersOf([await manyFindings(5_000)])).runs
    expect([few.results.length, few.invocations[0].toolExecutionNotifications]).to.deep.equal([5_000, []])
    const [more] = checkedLog(answersOf([await manyFindings(5_001)])).runs
    expect(more.invocations[0].toolExecutionNotifications.map(({ descriptor }) => descriptor.id)).to.deep.equal([
      'results-hidden',
    ])
  })

  it('keeps both ends of a long path, and how long it is', async function () {
    const answer = await answerAbout(ledger, tuned, ['commercial'])
    const path = Array.from({ length: 5_000 }, (_, index) => (index % 2 === 0 ? tuned : base))
    const reports = answer.reports.map((report) => ({
      ...report,
      findings: report.findings.map((each) => ({ ...each, path })),
    }))
    const [{ properties, message }] = resultsOf(answersOf([{ ...answer, reports }])) as [SarifResult]
    expect([(properties.path as string[]).length, properties.pathLength]).to.deep.equal([32, 5_000])
    expect(message.text).to.contain('> … 4994 more … >')
  })

  it('places what is outside of the repository, or has no path, at a relative path within', async function () {
    const answer = await answerAbout(ledger, tuned, ['commercial'])
    const uriOf = (file: string, subject = 'acme/tuned'): string =>
      resultsOf(answersOf([{ ...answer, subject, place: { file } }]))[0]!.locations[0].physicalLocation.artifactLocation
        .uri
    expect(uriOf('../../data/m')).to.equal('data/m')
    expect(uriOf('/etc/passwd')).to.equal('etc/passwd')
    expect(uriOf('')).to.equal('acme/tuned')
    expect(uriOf('../..', '..')).to.equal('model')
    expect(uriOf('https://huggingface.co/a/b?c#d')).to.equal('https%3A/huggingface.co/a/b%3Fc%23d')
    expect(uriOf('a b/ü%2e\n\u{d800}')).to.equal('a%20b/%C3%BC%252e%0A%EF%BF%BD')
  })

  it('stays valid, and makes no link or placeholder of what others wrote', async function () {
    const hostile = fc.string({ unit: 'binary', maxLength: 60 })
    const text = fc.oneof(hostile, fc.constantFrom('[x](https://evil.example)', '{0} {{', '\u{202e}\n\r|`', '\u{d800}'))
    await fc.assert(
      fc.asyncProperty(text, text, text, async (name, reason, file) => {
        const answer = await answerAbout(ledger, tuned, ['commercial'])
        const reports = answer.reports.map((report) => ({
          ...report,
          models: report.models.map((each) => ({ ...each, name })),
          findings: report.findings.map((each) => ({ ...each, reason, field: name })),
        }))
        for (const { message } of resultsOf(answersOf([{ ...answer, subject: name, place: { file }, reports }]))) {
          expect(message.text).to.not.match(/(?<!\\)(?:\\\\)*[[\]]/)
          expect(message.text.replaceAll(/\{\{|\}\}/g, '')).to.not.match(/[{}]/)
          expect(message.text).to.not.match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('gives the same bytes for the same answers', async function () {
    const write = async () => JSON.stringify(sarifLog(answersOf([await answerAbout(ledger, tuned, RIGHT_NAMES)])))
    expect(await write()).to.equal(await write())
  })
})
