import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'

import { AGREEMENT_DIGEST } from '../../scripts/local/composerActs.ts'
import { playOnOwnChain, type Play, type PlayedAnswer } from '../../scripts/play.ts'
import type { Verdict } from '../../src/core/evaluate.ts'

const root = join(import.meta.dirname, '../..')
const PUBLISHED = /modified MIT/
const WHAT_IF = /research only/

describe('npm run play', function () {
  let play: Play
  const printed: string[] = []

  before(async function () {
    this.timeout(400_000)
    play = await playOnOwnChain((line) => void printed.push(line))
  })

  const answersOf = (reading: RegExp, day: string): PlayedAnswer[] =>
    play.answers.filter((answer) => reading.test(answer.reading) && answer.day === day)

  const verdicts = (reading: RegExp, day: string): Record<string, Verdict> =>
    Object.fromEntries(answersOf(reading, day).map(({ about, who, report }) => [`${about}: ${who}`, report.verdict]))

  const commands = (start: string) => play.played.filter(({ command }) => command.startsWith(`stemma ${start}`))

  // That the text of a license is not at hand is said of each, and is not what the play is about.
  const codesOf = ({ report }: PlayedAnswer): string[] =>
    report.findings.map(({ code }) => code).filter((code) => code !== 'text-unread')

  const SELLER = "composer: Composer 2's publisher"
  const BUYER = 'composer: a downstream user of Composer 2'
  const FORK_A = 'forkA: a user of the fork of Composer 2'
  const FORK_B = 'forkB: a user of the fork of K2.5'
  const NEWER = "newer: Composer 2.5's publisher"
  const SUCCESSOR = "successor: the successor's publisher"

  it('answers by the public license: once the lineage is acknowledged, the publisher owes the display of the name, with or without credentials', function () {
    expect(verdicts(PUBLISHED, '2026-03-19')).to.deep.equal({ [SELLER]: 'permitted', [BUYER]: 'permitted' })
    expect(verdicts(PUBLISHED, '2026-03-20')).to.deep.equal({ [SELLER]: 'permitted', [BUYER]: 'permitted' })
    for (const day of ['2026-03-21', '2026-03-25']) {
      expect(verdicts(PUBLISHED, day), day).to.deep.equal({ [SELLER]: 'conditional', [BUYER]: 'permitted' })
    }
    expect(verdicts(PUBLISHED, '2026-03-23')).to.deep.equal({ [FORK_A]: 'not-permitted', [FORK_B]: 'conditional' })
    for (const day of ['2026-03-26', '2026-05-29']) {
      expect(verdicts(PUBLISHED, day), day).to.include({
        [SELLER]: 'conditional',
        [BUYER]: 'permitted',
        [FORK_A]: 'not-permitted',
        [FORK_B]: 'conditional',
      })
    }
    const [seller] = answersOf(PUBLISHED, '2026-03-26')
    expect(seller!.report.obligations.map(({ obligation, certain }) => ({ obligation, certain }))).to.deep.equal([
      { obligation: 'display-credit', certain: true },
    ])
    expect(codesOf(seller!)).to.include('threshold-exceeded').and.not.include('private-agreement')
  })

  it('answers by the private agreement what if K2.5 were for research only: the use rests on it, and ends with the credential that it needs', function () {
    const denied = { [SELLER]: 'not-permitted', [BUYER]: 'not-permitted' }
    expect(verdicts(WHAT_IF, '2026-03-20')).to.deep.equal({ [SELLER]: 'permitted', [BUYER]: 'permitted' })
    for (const day of ['2026-03-21', '2026-03-25']) expect(verdicts(WHAT_IF, day), day).to.deep.equal(denied)
    const forks = { [FORK_A]: 'not-permitted', [FORK_B]: 'not-permitted' }
    expect(verdicts(WHAT_IF, '2026-03-23')).to.deep.equal(forks)
    expect(verdicts(WHAT_IF, '2026-03-26')).to.deep.equal({ [SELLER]: 'permitted', [BUYER]: 'permitted', ...forks })
    for (const answer of answersOf(WHAT_IF, '2026-03-26').slice(0, 2)) {
      const { findings, models, model } = answer.report
      const agreement = findings.find(({ code }) => code === 'private-agreement')!.agreement!
      const kimi = models.find((each) => each.publisher === agreement.licensor)!
      expect(kimi.model).to.not.equal(model)
      expect(agreement).to.include({ licensorName: 'moonshotai', digest: AGREEMENT_DIGEST })
      const said = play.played.filter(({ output }) =>
        output.includes(`It is permitted by a private agreement of moonshotai (${agreement.licensor}).`),
      )
      expect(said.length).to.be.greaterThan(1)
    }
    expect(verdicts(WHAT_IF, '2026-05-29')).to.include({ ...denied, [NEWER]: 'not-permitted' })
    for (const answer of answersOf(WHAT_IF, '2026-05-29').slice(0, 2)) {
      expect(codesOf(answer)).to.include('credential-revoked')
    }
  })

  it('names the parent of Composer 2.5 from the start, and lets a successor without parents be, whatever is revoked', function () {
    expect(verdicts(PUBLISHED, '2026-05-18')).to.include({ [NEWER]: 'conditional' })
    expect(verdicts(WHAT_IF, '2026-05-18')).to.include({ [NEWER]: 'permitted' })
    for (const reading of [PUBLISHED, WHAT_IF]) {
      const newer = answersOf(reading, '2026-05-18').find(({ about }) => about === 'newer')!
      expect(codesOf(newer)).to.not.include('parent-undisclosed')
      const others = newer.report.models.filter(({ model }) => model !== newer.report.model)
      expect(others.map(({ publisher }) => publisher))
        .to.not.include(newer.report.publisher)
        .and.not.deep.equal([])
      for (const day of ['2026-05-25', '2026-05-29']) {
        expect(verdicts(reading, day), day).to.include({ [SUCCESSOR]: 'permitted' })
      }
      const successor = answersOf(reading, '2026-05-25').find(({ about }) => about === 'successor')!
      expect(successor.report.models.map(({ model }) => model)).to.deep.equal([successor.report.model])
    }
  })

  it('answers day by day as the page of the case says, asked at the end of the play by --at, as on the day itself', function () {
    const page = readFileSync(join(root, 'examples/composer-2/README.md'), 'utf8')
    const table = /<!-- days: [^\n]*-->\n([^]*?)<!-- \/days -->/.exec(page)![1]!
    const rows = table
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .filter(([, day]) => /^\d{4}-\d\d-\d\d$/.test(day ?? ''))
    const askedLater = (reading: RegExp, day: string): Verdict => {
      const { onTheDay, later } = play.days.find((each) => reading.test(each.reading) && each.day === day)!
      expect(later.at - Date.parse(`${day}T23:59:00Z`) / 1000).to.equal(0)
      expect(new Date(onTheDay.at * 1000).toISOString().slice(0, 10)).to.equal(day)
      // Nothing of the end of the play is known then: the answer is that of the day, with all its reasons.
      const { at: _, dated: __, ...then } = onTheDay
      expect(later, day).to.deep.include(then)
      return later.verdict
    }
    const published = play.days.filter(({ reading }) => PUBLISHED.test(reading)).map(({ day }) => day)
    expect(rows.map(([, day]) => day)).to.deep.equal(published)
    for (const [, day, , ...cells] of rows) {
      expect(cells.slice(0, 2), day).to.deep.equal([askedLater(PUBLISHED, day!), askedLater(WHAT_IF, day!)])
    }
  })

  it('shows a claim while it is pending, and names both steps once the publisher acknowledges', function () {
    for (const reading of [PUBLISHED, WHAT_IF]) {
      expect(answersOf(reading, '2026-03-19').flatMap(codesOf)).to.deep.equal([])
      expect(answersOf(reading, '2026-03-20').flatMap(codesOf)).to.deep.equal([])
      expect(codesOf(answersOf(reading, '2026-03-21')[0]!)).to.include('parent-undisclosed')
    }
    const pending = play.played.filter(({ output }) => output.includes('A claim is pending. It changes nothing yet'))
    expect(pending.map(({ command }) => command.split(' ')[1])).to.deep.equal(['verify', 'verify', 'verify', 'verify'])
    for (const { output } of pending) expect(output).to.contain('(reinforcement-learning)')
    const ancestries = commands('ancestry').filter(({ output }) => output.includes('Kimi'))
    expect(ancestries).to.have.length(2)
    for (const { output } of ancestries) {
      expect(output).to.contain('reinforcement-learning (undisclosed, countersigned) of moonshotai/Kimi-K2.5')
    }
    expect(commands('model attest').map(({ command }) => / --relation (\S+) /.exec(command)![1])).to.deep.equal([
      'continued-pretraining',
      'continued-pretraining',
    ])
    for (const { output } of commands('claim list')) {
      expect(output)
        .to.match(/reinforcement-learning/)
        .and.to.match(/acknowledged/)
    }
  })

  it('issues a credential under that of the hosting company, which ends with it', function () {
    const under = commands('credential grant').filter(({ command }) => command.includes('--parent'))
    expect(under).to.have.length(2)
    const ended = commands('credential show')
    expect(ended).to.have.length(2)
    for (const [index, { output }] of ended.entries()) {
      const [, id] = /^ *credential (0x[0-9a-f]{64})$/m.exec(under[index]!.output)!
      expect(output)
        .to.contain(id)
        .and.to.match(/state +revoked, not valid now/)
    }
  })

  it('keeps a side-loaded fork frozen for a day and an hour, and quarantines it for the scan that failed', function () {
    const [before, after] = commands('review status')
    expect(before!.output)
      .to.match(/state +frozen\n/)
      .and.to.match(/time left +1 day 1 hour \(90000 s\), 32 blocks\n/)
    expect(after!.output)
      .to.match(/state +quarantined\n/)
      .and.to.match(/open +no/)
      .and.to.match(/scan +passed by/)
      .and.to.match(/scan +failed by/)
    expect([before!.code, after!.code]).to.deep.equal([1, 1])
    expect(printed.filter((line) => line.includes('moves the clock of its own chain'))).to.have.length(2)
  })

  it('loads Composer 2 with the credentials, after its review, and no longer when one is revoked', function () {
    const [cleared, shut] = commands('review check')
    expect(cleared!.output)
      .to.match(/loadable +yes for commercial/)
      .and.to.match(/review +cleared\n/)
    expect(shut!.output)
      .to.match(/loadable +no for commercial/)
      .and.to.match(/review +cleared\n/)
      .and.to.match(/license +not-permitted/)
    expect([cleared!.code, shut!.code]).to.deep.equal([0, 1])
  })

  it('says of each act on which day it is, and of what is invented that it is', function () {
    const acts = printed.filter((line) => /^\n-- \d{4}/.test(line))
    expect(acts).to.have.length(9 + 12)
    expect(acts.map((line) => line.slice(4, 14))).to.deep.equal(play.days.map(({ day }) => day))
    for (const line of acts) {
      expect(/Invented for the play/.test(line), line).to.equal(/fork|larger model|revoked/.test(line))
    }
    expect(printed.join('\n')).to.not.match(/\bpress\b|newspaper/)
  })

  it('prints the commands that it runs, each with what it printed, and says there what the report says', function () {
    const { played, answers } = play
    expect(printed.filter((line) => line.startsWith('\n$ '))).to.deep.equal(
      played.map(({ command }) => `\n$ ${command}`),
    )
    const text = printed.join('\n')
    for (const { command, output } of played) {
      const indented = output
        .trimEnd()
        .split('\n')
        .map((line) => `  ${line}`.trimEnd())
      expect(text).to.contain([`$ ${command}`, ...indented].join('\n'))
    }
    const verified = commands('verify')
    expect(verified).to.have.length(answers.length)
    const openings = {
      permitted: 'Permitted: ',
      conditional: 'Permitted on',
      'not-permitted': 'Not permitted',
      unknown: '',
    }
    for (const [index, { code, output }] of verified.entries()) {
      const { verdict, model } = answers[index]!.report
      expect(output)
        .to.match(new RegExp(`^${openings[verdict]}`, 'm'))
        .and.to.contain(`Model ${model}`)
      expect(code).to.equal(verdict === 'not-permitted' ? 1 : 0)
    }
    for (const { command, code } of played) {
      if (!/^stemma (verify|review (status|check)|credential show) /.test(command)) {
        expect([command, code]).to.deep.equal([command, 0])
      }
    }
  })

  it('names the path from the model that was asked about to the one that the reason lies at', function () {
    for (const { report } of play.answers) {
      for (const { path, model } of report.findings) {
        expect(path[0]).to.equal(report.model)
        expect(path.at(-1)).to.equal(model)
      }
    }
  })

  it('gives reports of the published schema', function () {
    const schema = JSON.parse(readFileSync(join(root, 'docs/verify-report.schema.json'), 'utf8'))
    const validate = new Ajv2020().compile(schema)
    for (const { report } of play.answers) expect([validate(report), validate.errors]).to.deep.equal([true, null])
    expect(validate({ ...play.answers[0]!.report, verdict: 'maybe' })).to.equal(false)
  })
})
