import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'

import { playOnOwnChain, type PlayedAnswer, type Played } from '../../scripts/play.ts'

describe('npm run play', function () {
  let answers: PlayedAnswer[]
  let played: Played[]
  const printed: string[] = []

  before(async function () {
    ;({ answers, played } = await playOnOwnChain((line) => void printed.push(line)))
  })

  const verdicts = (reading: RegExp, act: RegExp): string[] =>
    answers.filter((answer) => reading.test(answer.reading) && act.test(answer.act)).map(({ report }) => report.verdict)

  const answerOf = (reading: RegExp, act: RegExp): PlayedAnswer =>
    answers.find((answer) => reading.test(answer.reading) && act.test(answer.act))!

  it('answers the case by the license as published: once the lineage is confirmed, the publisher owes the display of the name, with or without a credential', function () {
    const expected = ['conditional', 'permitted', 'not-permitted', 'conditional']
    expect(verdicts(/modified MIT/, /without a word/)).to.deep.equal(['permitted', ...expected.slice(1)])
    expect(verdicts(/modified MIT/, /claims/)).to.deep.equal(['permitted', 'permitted'])
    for (const act of [/without a credential/, /grants/, /revoked/]) {
      expect(verdicts(/modified MIT/, act)).to.deep.equal(expected)
    }
    const { report } = answerOf(/modified MIT/, /without a credential/)
    expect(report.obligations.map(({ obligation, certain }) => ({ obligation, certain }))).to.deep.include({
      obligation: 'display-credit',
      certain: true,
    })
    expect(report.findings.map(({ code }) => code)).to.include('threshold-exceeded')
  })

  it('answers the case by the research-only reading: a credential lifts what it grants, as long as it is valid', function () {
    const denied = ['not-permitted', 'not-permitted', 'not-permitted', 'not-permitted']
    expect(verdicts(/research only/, /without a word/)).to.deep.equal(['permitted', 'permitted', ...denied.slice(2)])
    expect(verdicts(/research only/, /claims/)).to.deep.equal(['permitted', 'permitted'])
    expect(verdicts(/research only/, /without a credential/)).to.deep.equal(denied)
    expect(verdicts(/research only/, /grants/)).to.deep.equal([
      'conditional',
      'permitted',
      'not-permitted',
      'not-permitted',
    ])
    expect(verdicts(/research only/, /revoked/)).to.deep.equal(denied)
    const revoked = answers.filter(({ reading, act }) => /research/.test(reading) && /revoked/.test(act))
    expect(revoked[0]!.report.findings.map(({ code }) => code)).to.include('credential-revoked')
    expect(revoked[1]!.report.findings.map(({ code }) => code)).to.include('credential-revoked')
  })

  it('shows a claim while it is pending, and counts the parent that the publisher confirmed', function () {
    for (const reading of [/modified MIT/, /research only/]) {
      expect(answerOf(reading, /without a word/).report.findings).to.deep.equal([])
      expect(answerOf(reading, /claims/).report.findings).to.deep.equal([])
      const codes = answerOf(reading, /without a credential/).report.findings.map(({ code }) => code)
      expect(codes).to.include('parent-undisclosed')
    }
    const pending = played.filter(({ output }) => output.includes('A claim is pending. It changes nothing yet'))
    expect(pending.map(({ command }) => command.split(' ')[1])).to.deep.equal(['verify', 'verify', 'verify', 'verify'])
    const ancestries = played.filter(({ command }) => command.startsWith('stemma ancestry '))
    expect(ancestries).to.have.length(2)
    for (const { output } of ancestries) {
      expect(output).to.contain('reinforcement-learning (undisclosed, acknowledged) of moonshotai/Kimi-K2.5')
    }
  })

  it('keeps a side-loaded fork frozen for a day and an hour, and quarantines it for the scan that failed', function () {
    const [before, after] = played.filter(({ command }) => /review status \S+$/.test(command))
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

  it('loads Composer 2 with the credential, after its review, and no longer when the credential is revoked', function () {
    const [cleared, shut] = played.filter(({ command }) => command.startsWith('stemma review check '))
    expect(cleared!.output)
      .to.match(/loadable +yes for commercial/)
      .and.to.match(/review +cleared\n/)
    expect(shut!.output)
      .to.match(/loadable +no for commercial/)
      .and.to.match(/review +cleared\n/)
      .and.to.match(/license +not-permitted/)
    expect([cleared!.code, shut!.code]).to.deep.equal([0, 1])
  })

  it('prints the commands that it runs, each with what it printed, and says there what the report says', function () {
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
    const verified = played.filter(({ command }) => command.startsWith('stemma verify '))
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
    const others = played.filter(({ command }) => !command.startsWith('stemma verify '))
    const begun = ['register', 'register', 'register', 'claim file', 'claim acknowledge', 'ancestry']
    const request = ['review request', 'review status', 'review scan', 'review scan']
    const names = others.map(({ command }) => /^stemma ((?:claim |review |credential )?\w+)/.exec(command)![1])
    const published = begun.concat('tier', 'credential grant', 'credential revoke')
    const fork = request.concat('review quarantine', 'review status', 'tier', 'credential grant')
    const composer = request
      .filter((name) => name !== 'review status')
      .concat('review clear', 'review check', 'credential revoke')
    expect(names).to.deep.equal(published.concat('register', begun, fork, composer, 'review check'))
    for (const { command, code } of others) {
      if (!/^stemma review (status|check) /.test(command)) expect([command, code]).to.deep.equal([command, 0])
    }
  })

  it('names the path from the model that was asked about to the one that the reason lies at', function () {
    for (const { report } of answers) {
      for (const { path, model } of report.findings) {
        expect(path[0]).to.equal(report.model)
        expect(path.at(-1)).to.equal(model)
      }
    }
  })

  it('gives reports of the published schema', function () {
    const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/verify-report.schema.json'), 'utf8'))
    const validate = new Ajv2020().compile(schema)
    for (const { report } of answers) expect([validate(report), validate.errors]).to.deep.equal([true, null])
    expect(validate({ ...answers[0]!.report, verdict: 'maybe' })).to.equal(false)
  })
})
