import type { Command } from 'commander'

import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import { EXIT, note, type Context } from '../../../console/context.ts'
import { readJsonFile } from '../../../console/files.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { listTrustedPublishers } from '../../../deployments/trustedPublishers.ts'
import { verifyLock } from '../../../sdk/compliance/verifyLock.ts'
import type { CheckedEntry } from '../../../verify/locked.ts'
import { parsePolicy, type TrustPolicy } from '../../../verify/policy.ts'
import { questionDigest } from '../../../verify/questionDigest.ts'
import type { JudgedWaiver } from '../../../verify/waivers.ts'
import { findingKey } from '../../../core/report.ts'
import { factOption, factsOf, unansweredBy, type FactOptions } from '../../facts.ts'
import { formatChecked, formatWaiverFault } from '../../formatLock.ts'
import { entriesNamed, lockOption, lockPlace, readLock, subjectWeights, type LockOptions } from '../../lockFile.ts'
import { lockAnswers } from '../../lockAnswers.ts'
import { LockPins } from '../../lockPins.ts'
import { accountOf } from '../../names.ts'
import { read } from '../../open.ts'
import { printReport, reportFormatOf, withReportOptions, type ReportOptions } from '../../reportFormat.ts'
import { durationOf } from '../../times.ts'
import { packageVersion } from '../../version.ts'

type Options = LedgerOptions &
  LockOptions &
  FactOptions &
  ReportOptions & { policy?: string; licensee?: string; maxAge?: string; strict?: boolean; proofs: boolean }

/** `stemma lock check`: verifies what a lock file has. Exit code 0 clean, 1 a finding, 3 unknown. */
export function lockCheck(command: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(
    withReportOptions(command)
      .addOption(lockOption())
      .option('--policy <file>', 'whose word counts (JSON); its publishers replace those of the lock file')
      .option('--facts <file>', 'facts of the licensee (JSON), which replace those of the policy')
      .addOption(factOption())
      .option('--licensee <address>', "who wants to use them; by default the policy's licensee, else the public")
      .option(
        '--max-age <duration>',
        "how old the latest block may be; by default the deployment's, or 1h; 0s for any age",
      )
      .option('--strict', 'count conditions, warnings and waivers without a finding as findings')
      .option('--no-proofs', 'ask no host whether a publisher proves a name'),
    {
      example: '$ stemma lock check\n$ stemma lock check acme/tiny-chat --strict --json',
      json: '{ version, outcome, file, block, chainId, at, trusted: [{ name, publisher }], results: [{ file, line, name, model,\npublisher, standing, outcome, outcomes: [{ use, verdict, outcome }], reports: [...], claims,\ndifferences: [{ code, severity, reason, remedy }], accepted: [{ use, finding, at, reason, who, until, line }] }],\nwaivers: [{ finding, model, at, use, reason, who, until, line, state }], deployment } (docs/formats/lock.md)',
    },
  ).action(async (names: string[], options: Options) => {
    reportFormatOf(options)
    const place = lockPlace(context, options)
    const lock = await readLock(context, place)
    const entries = entriesNamed(lock, names)
    const policy: TrustPolicy = {
      ...(options.policy !== undefined && parsePolicy(await readJsonFile(context, options.policy))),
      ...(options.licensee !== undefined && { licensee: accountOf(options.licensee) }),
    }
    const facts = await factsOf(options, context)
    const maxAge = options.maxAge === undefined ? undefined : durationOf(options.maxAge)
    const subjects = new Map<string, Awaited<ReturnType<typeof subjectWeights>>>()
    for (const { name, subject } of entries) subjects.set(name, await subjectWeights(context, place, subject))
    const licenses = await loadLicenses()
    const now = context.now() / 1000
    const countsNames = options.proofs && !options.strict && !policy.trustedPublishers
    const {
      found,
      trusted: own,
      ledger,
      deployment,
    } = await read(context, options, async (ledger) => {
      const pins = new LockPins(context, ledger, lock)
      const trusted = (await listTrustedPublishers(context, ledger.deployment)).map(({ publisher }) => publisher)
      const found = await verifyLock(ledger, {
        lock,
        ...(names.length > 0 && { only: entries.map(({ name }) => name) }),
        policy,
        trusted,
        ...(countsNames && { prove: pins.proveLocked(maxAge) }),
        pins: pins.bindings,
        subjects,
        licenses,
        facts,
        maxAge,
        now,
      })
      const { name: deployment, contracts } = ledger.deployment
      return { found, trusted, deployment, ledger: contracts.ledger }
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
