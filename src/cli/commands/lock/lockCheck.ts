import type { Command } from 'commander'

import { EXIT, note, type Context } from '../../../console/context.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import type { CheckedEntry } from '../../../verify/locked.ts'
import { questionDigest } from '../../../verify/questionDigest.ts'
import type { JudgedWaiver } from '../../../verify/waivers.ts'
import { findingKey } from '../../../core/report.ts'
import { unansweredBy } from '../../facts.ts'
import { formatChecked, formatWaiverFault } from '../../formatLock.ts'
import { entriesNamed, lockOption, lockPlace, readLock, subjectWeights, type LockOptions } from '../../lockFile.ts'
import { lockAnswers } from '../../lockAnswers.ts'
import { askLock, readLockQuestion, withLockQuestion, type LockQuestionOptions } from '../../lockQuestion.ts'
import { read } from '../../open.ts'
import { printReport, reportFormatOf, withReportOptions, type ReportOptions } from '../../reportFormat.ts'
import { packageVersion } from '../../version.ts'

type Options = LockQuestionOptions & LockOptions & ReportOptions

/** `stemma lock check`: verifies what a lock file has. Exit code 0 clean, 1 a finding, 3 unknown. */
export function lockCheck(command: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(
    withLockQuestion(withReportOptions(command).addOption(lockOption())).option(
      '--strict',
      'count conditions, warnings and waivers without a finding as findings',
    ),
    {
      example: '$ stemma lock check\n$ stemma lock check acme/tiny-chat --strict --json',
      json: '{ version, outcome, file, block, chainId, at, trusted: [{ name, publisher }], results: [{ file, line, name, model,\npublisher, standing, outcome, outcomes: [{ use, verdict, outcome }], reports: [...], claims,\ndifferences: [{ code, severity, reason, remedy }], accepted: [{ use, finding, at, reason, who, until, line }] }],\nwaivers: [{ finding, model, at, use, reason, who, until, line, state }], deployment } (docs/formats/lock.md)',
    },
  ).action(async (names: string[], options: Options) => {
    reportFormatOf(options)
    const place = lockPlace(context, options)
    const lock = await readLock(context, place)
    const entries = entriesNamed(lock, names)
    const question = await readLockQuestion(context, options)
    const { policy, facts, countsNames } = question
    const subjects = new Map<string, Awaited<ReturnType<typeof subjectWeights>>>()
    for (const { name, subject } of entries) subjects.set(name, await subjectWeights(context, place, subject))
    const asked = { ...(names.length > 0 && { only: entries.map(({ name }) => name) }), subjects }
    const {
      found,
      trusted: own,
      ledger,
      deployment,
    } = await read(context, options, async (ledger) => {
      const { name: deployment, contracts } = ledger.deployment
      return {
        ...(await askLock(context, ledger, lock, question, asked)),
        deployment,
        ledger: contracts.ledger,
      }
    })
    const { file } = place
    const relied = policy.trustedPublishers ? [] : entries.filter(({ standing }) => standing === 'trusted')
    for (const { name, publisher } of relied) {
      note(context, `${file} lets the word of ${publisher} count for ${name}: nobody else vouches for it here.`)
    }
    const findings = found.entries.flatMap(({ reports }) => reports.flatMap((report) => report.findings))
    for (const remark of unansweredBy({ ...policy.facts, ...facts }, findings)) note(context, remark)
    const faults = found.waivers.map((waiver) => formatWaiverFault(waiver, file)).filter((text) => text !== undefined)
    for (const fault of faults) note(context, fault)
    const { block, chainId, timestamp: at } = found.block
    const { outcome, waivers } = found
    const trusted = relied.map(({ name, publisher }) => ({ name, publisher }))
    const results = found.entries.map((checked) => resultOf(checked, file))
    const strict = options.strict ?? false
    await printReport(context, options, {
      text: () =>
        [
          `${file}: ${found.entries.length} ${found.entries.length === 1 ? 'model' : 'models'} as of block ${block} of chain ${chainId}`,
          ...found.entries.map((checked) => formatChecked(checked, file)),
        ].join('\n'),
      json: () => ({ version: 1, outcome, file, block, chainId, at, trusted, results, waivers }),
      answers: () => ({
        version: packageVersion(),
        subjects: lockAnswers(found.entries, {
          file,
          deployment,
          ledger,
          passes: (checked) => exitOf([checked], checked.waivers, strict) === EXIT.ok,
        }),
      }),
      policyOf: ({ subject, reports, accepted = [] }) => {
        const { standing, publisher } = entries.find(({ name }) => name === subject)!
        const byLock = standing === 'trusted' ? [publisher] : []
        return questionDigest({
          uses: reports.map(({ use }) => use),
          policy,
          facts,
          trusted: policy.trustedPublishers ?? [...own, ...byLock],
          countsNames,
          strict,
          accepted: accepted.map(({ finding, report: { use } }) => `${findingKey(finding)} ${finding.model} ${use}`),
        })
      },
    })
    exit(exitOf(found.entries, found.waivers, strict))
  })
}

/** What was found out about an entry, as JSON. */
function resultOf(
  { entry, outcome, outcomes, standing, reports, claims, differences, accepted }: CheckedEntry,
  file: string,
) {
  const { line, name, model, publisher } = entry
  return {
    file,
    line,
    name,
    model,
    publisher,
    standing,
    outcome,
    outcomes,
    reports,
    claims,
    differences,
    accepted: accepted.map(({ report, finding, waiver }) => ({
      use: report.use,
      finding: findingKey(finding),
      at: finding.model,
      reason: waiver.reason,
      who: waiver.who,
      until: waiver.until,
      line: waiver.line,
    })),
  }
}

function exitOf(entries: readonly CheckedEntry[], waivers: readonly JudgedWaiver[], strict: boolean): number {
  const outcomes = new Set(entries.map(({ outcome }) => outcome))
  const severities = new Set(entries.flatMap(({ differences }) => differences.map(({ severity }) => severity)))
  const states = new Set(waivers.map(({ state }) => state))
  if (outcomes.has('not-permitted') || severities.has('error')) return EXIT.finding
  if (states.has('expired') || states.has('too-long') || states.has('refused')) return EXIT.finding
  if (strict && (outcomes.has('conditional') || severities.has('warning') || states.has('unused'))) return EXIT.finding
  return outcomes.has('unknown') || severities.has('unknown') ? EXIT.undecided : EXIT.ok
}
