import type { Command } from 'commander'

import { parseCredentialId, type Address, type CredentialId } from '../../../core/hex.ts'
import { mapConcurrent } from '../../../core/mapConcurrent.ts'
import {
  countUsage,
  isExceeded,
  type AnchoredUsage,
  type CountedUsage,
  type CredentialOf,
} from '../../../core/usage.ts'
import { readAuditors } from '../../../sdk/audit/readAuditors.ts'
import { listUsage } from '../../../sdk/audit/readUsage.ts'
import { countCredentials } from '../../../sdk/audit/usageFindings.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { listCredentials } from '../../../sdk/licensing/listCredentials.ts'
import { readTiers } from '../../../sdk/licensing/listTiers.ts'
import { readCredential } from '../../../sdk/licensing/readCredential.ts'
import { readRegistrations, registrationOf } from '../../../sdk/registry/readRegistrations.ts'
import { EXIT, print, UsageError, type Context } from '../../../console/context.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { csvOf } from '../../csv.ts'
import { fields } from '../../format.ts'
import { accountOf, modelOf } from '../../names.ts'
import { read } from '../../open.ts'
import { timeOf } from '../../times.ts'
import { usageAnchored, usageOfLogs, type DailyUsage, type UsagePeriod } from '../../usageByDay.ts'
import { usageLogPaths } from '../../usageLogPaths.ts'

type Options = LedgerOptions & {
  operator?: string
  from?: string
  to?: string
  model?: string
  publisher?: string
  log?: string[]
  csv?: boolean
}

/** Most questions about credentials and models at a time. */
const MOST_CALLS = 8

/** `stemma usage report`: what was used under a credential, or in a period by licensee, tier and day. Exit code 1 when a quota is exceeded. */
export function usageReport(command: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(
    command
      .option('--operator <address>', 'only the logs of this operator')
      .option('--from <time>', 'report by day, from this time on')
      .option('--to <time>', 'report by day, until before this time (default: now)')
      .option('--model <model>', 'report by day: the credentials of this model')
      .option('--publisher <address>', 'report by day: the credentials of all models of this publisher')
      .option('--log <path...>', 'report by day: by the records of these usage logs or folders')
      .option('--csv', 'report by day as CSV'),
    {
      example:
        '$ stemma usage report 0x5d0b…8e1f\n$ stemma usage report --publisher 0x… --from 2027-01-01 --to 2027-02-01\n$ stemma usage report --from 2027-01-01 --log gateway/logs',
      json: 'of a credential: { credential, model, tier, holder, counts: [{ kind: calls|tokens, used, quota, operators, exceeded }],\n  logs: [{ operator, log, epoch, calls, tokens }] }; by day: [{ day, licensee, tier, model, credential, operator, calls,\n  tokens, source: log|anchored }]',
    },
  ).action(async (text: string | undefined, options: Options) => {
    const operator = options.operator === undefined ? undefined : accountOf(options.operator)
    if (text === undefined) return reportByDay(context, options, operator)
    const byDay = [options.from, options.to, options.model, options.publisher, options.log, options.csv]
    if (byDay.some((each) => each !== undefined)) {
      throw new UsageError('Name a credential, or ask for a report by day with --from, but not both.')
    }
    const credential = parseCredentialId(text)
    const report = await read(context, options, async (ledger) => {
      const { model, tier, holder } = await readCredential(ledger, { credential })
      const asked = { credential, model, tier, holder }
      const logs = await listUsage(ledger, { credentials: [asked], ...(operator && { operators: [operator] }) })
      const [counted] = operator
        ? countUsage(logs, () => true)
        : await countCredentials(ledger, { credentials: [asked] })
      const counts = (counted?.counts ?? []).map((count) => ({ ...count, exceeded: isExceeded(count) }))
      return { ...asked, counts, logs }
    })
    print(context, options.json, { ...report, logs: report.logs.map(logOf) }, () => textOf(report))
    if (report.counts.some(({ exceeded }) => exceeded)) exit(EXIT.finding)
  })
}

function logOf({ operator, log, epoch, calls, tokens }: AnchoredUsage) {
  return { operator, log, epoch, calls, tokens }
}

function textOf({ counts, logs }: { counts: (CountedUsage & { exceeded: boolean })[]; logs: AnchoredUsage[] }): string {
  if (logs.length === 0) return 'Nothing is anchored under the credential.'
  const sums = counts.map(({ kind, used, quota, exceeded }): [string, string] => [
    kind,
    `${used} of ${quota || 'any number'}${exceeded ? ', exceeded' : ''}`,
  ])
  const counting = new Set(counts.flatMap(({ operators }) => operators))
  return [
    ...(sums.length > 0 ? [fields('counted', sums)] : ['Nothing of it is by an operator whose word counts.']),
    ...logs.map(({ operator, log, epoch, calls, tokens }) =>
      fields(`operator ${operator}${counting.has(operator) ? '' : ', not counted'}`, [
        ['log', log],
        ['epoch', String(epoch)],
        ['calls', String(calls)],
        ['tokens', String(tokens)],
      ]),
    ),
  ].join('\n')
}

async function reportByDay(context: Context, options: Options, operator: Address | undefined): Promise<void> {
  const period = periodOf(context, options)
  if ([options.log, options.model, options.publisher].filter((each) => each !== undefined).length !== 1) {
    throw new UsageError(
      'Say whose usage to report: --model, --publisher, or --log for usage logs that you have. For one credential, name its id.',
    )
  }
  if (options.csv && options.json) throw new UsageError('Choose --csv or --json.')
  const paths = (await Promise.all((options.log ?? []).map((each) => usageLogPaths(context, each)))).flat()
  if (options.log && paths.length === 0) {
    throw new UsageError(`There is no usage log at ${options.log.join(', ')}. Name logs, or the folder of a gateway.`)
  }
  const rows = await read(context, options, async (ledger) => {
    const days = options.log
      ? await usageOfLogs(context, paths, period)
      : await anchoredDays(ledger, await publishedModels(ledger, options), operator, period)
    return described(
      ledger,
      days.filter((day) => operator === undefined || day.operator === operator),
    )
  })
  if (options.csv) {
    context.stdout(`${csvOf([COLUMNS, ...rows.map((row) => COLUMNS.map((column) => String(row[column])))])}\r\n`)
    return
  }
  print(context, options.json, rows, () =>
    rows.length === 0
      ? 'Nothing was used in this time.'
      : rows
          .map(
            ({ day, licensee, tier, calls, tokens, operator, source }) =>
              `${day}  ${licensee}  ${tier}: ${calls} calls, ${tokens} tokens (${source === 'log' ? 'by the log of' : 'anchored by'} ${operator})`,
          )
          .join('\n'),
  )
}

const COLUMNS = ['day', 'licensee', 'tier', 'model', 'credential', 'operator', 'calls', 'tokens', 'source'] as const

function periodOf(context: Context, { from, to }: Options): UsagePeriod {
  if (from === undefined) throw new UsageError('Say from when on: --from 2027-01-01.')
  const now = Math.floor(context.now() / 1000)
  const period = { from: timeOf(from, now), to: to === undefined ? Infinity : timeOf(to, now) }
  if (period.to <= period.from) throw new UsageError('The time of --to is not after that of --from.')
  return period
}

/** The models that the options name, by publisher. */
async function publishedModels(
  ledger: Ledger,
  options: Options,
): Promise<{ model: CredentialOf['model']; publisher: Address }[]> {
  if (options.model !== undefined) {
    const model = await modelOf(ledger, options.model)
    return [{ model, publisher: (await registrationOf(ledger, model)).publisher }]
  }
  const publisher = accountOf(options.publisher!)
  return (await readRegistrations(ledger, { publisher })).map(({ model }) => ({ model, publisher }))
}

/** What was anchored by the operators whose word counts, or by the one that is named. */
async function anchoredDays(
  ledger: Ledger,
  models: readonly { model: CredentialOf['model']; publisher: Address }[],
  operator: Address | undefined,
  period: UsagePeriod,
): Promise<DailyUsage[]> {
  const [publisher] = models.map((each) => each.publisher)
  if (publisher === undefined) return []
  const auditors = (await readAuditors(ledger, { publishers: [publisher] })).get(publisher) ?? []
  const issued = await mapConcurrent(models, MOST_CALLS, ({ model }) => listCredentials(ledger, { model }))
  const credentials = issued.flat().map(({ id, model, tier, holder }) => ({ credential: id, model, tier, holder }))
  if (credentials.length === 0) return []
  return usageAnchored(ledger, credentials, operator ? [operator] : [publisher, ...auditors], period)
}

type DescribedUsage = DailyUsage & { licensee: Address; tier: string; model: CredentialOf['model'] }

/** Days with the holder, the tier's name and the model of each credential. */
async function described(ledger: Ledger, days: readonly DailyUsage[]): Promise<DescribedUsage[]> {
  const ids = [...new Set(days.map(({ credential }) => credential))]
  const read = await mapConcurrent(ids, MOST_CALLS, (credential: CredentialId) =>
    readCredential(ledger, { credential }),
  )
  const tiers = await readTiers(ledger, { tier: [...new Set(read.map(({ tier }) => tier))] })
  const names = new Map(tiers.map(({ id, tier }) => [id, tier.name]))
  const issued = new Map(read.map((each) => [each.id, each]))
  return days.map(({ day, credential, operator, calls, tokens, source }) => {
    const { holder, tier, model } = issued.get(credential)!
    return { day, licensee: holder, tier: names.get(tier) ?? tier, model, credential, operator, calls, tokens, source }
  })
}
