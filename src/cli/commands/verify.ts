import { readFile, stat } from 'node:fs/promises'

import type { Command } from 'commander'

import { modelDigest } from '../../artifacts/modelDigest.ts'
import { StemmaError } from '../../core/errors.ts'
import type { Facts, Verdict } from '../../core/evaluate.ts'
import { isBytes32, parseAddress, type ModelId } from '../../core/hex.ts'
import { parseRight } from '../../core/vocabulary.ts'
import { parseStrictJson } from '../../interop/json.ts'
import type { Ledger } from '../../sdk/connect.ts'
import { nodeReader } from '../../sdk/nodeReader.ts'
import { parseFacts, parsePolicy, type TrustPolicy } from '../../verify/policy.ts'
import { verify, type Report } from '../../verify/verify.ts'
import { EXIT, print, UsageError, type Context } from '../context.ts'
import { modelOf, timeOf } from '../names.ts'
import { openToRead, type LedgerOptions } from '../open.ts'
import { withLedgerOptions } from '../options.ts'

type Options = LedgerOptions & {
  use: string
  policy?: string
  facts?: string
  fact: string[]
  licensee?: string
  at?: string
  strict?: boolean
}

/** `stemma verify`: may it be used so? Exit code 0 permitted, 1 not permitted, 3 unknown. */
export function addVerify(program: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(
    program
      .command('verify <id|folder>')
      .description('answer whether a model may be used in a way, with reasons')
      .requiredOption('--use <right>', 'what for: research, education, personal, commercial, host, modify, …')
      .option('--policy <file>', 'whose word counts (JSON)')
      .option('--facts <file>', 'facts of the licensee (JSON)')
      .option(
        '--fact <metric=value>',
        'one fact of the licensee; may be repeated',
        (value, list: string[]) => [...list, value],
        [],
      )
      .option('--licensee <address>', 'who wants to use it; by default the policy’s, or the public')
      .option('--at <time>', 'look at credentials as of this time')
      .option('--strict', 'let "permitted on conditions" count as not permitted'),
  ).action(async (target: string, options: Options) => {
    const use = parseRight(options.use)
    const policy: TrustPolicy = {
      ...(options.policy !== undefined && parsePolicy(await readJson(options.policy))),
      ...(options.licensee !== undefined && { licensee: parseAddress(options.licensee) }),
    }
    const facts = await factsOf(options)
    const at = options.at === undefined ? undefined : timeOf(options.at, Math.floor(Date.now() / 1000))
    const folder = !isBytes32(target) && (await stat(target).catch(() => undefined)) !== undefined
    const weights = folder ? (await modelDigest(target, { signal: context.signal })).digest : undefined
    const ledger = await openToRead(context, options)
    try {
      const models = weights ? await nodeReader(ledger).findByWeights(weights) : [await modelOf(ledger, target)]
      if (models.length === 0) throw new UnregisteredWeightsError(target, weights!, ledger)
      const reports: Report[] = []
      for (const model of models) {
        reports.push(await verify(nodeReader(ledger), { model, use, policy, facts, ...(at !== undefined && { at }) }))
      }
      const report = worst(reports)
      if (reports.length > 1)
        context.stderr(
          `Note: ${reports.length} publishers have registered these weights; the strictest answer counts.\n`,
        )
      print(context, options.json, report, () => textOf(report))
      exit(exitOf(report.verdict, options.strict ?? false))
    } finally {
      ledger.provider.destroy()
    }
  })
}

/** Several publishers can have registered the same weights. Nobody is helped by the mildest answer. */
function worst(reports: readonly Report[]): Report {
  const order: Verdict[] = ['not-permitted', 'unknown', 'conditional', 'permitted']
  return reports.toSorted((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))[0]!
}

function exitOf(verdict: Verdict, strict: boolean): number {
  if (verdict === 'not-permitted') return EXIT.notPermitted
  if (verdict === 'unknown') return EXIT.undecided
  return verdict === 'conditional' && strict ? EXIT.notPermitted : EXIT.ok
}

const ANSWERS: Record<Verdict, string> = {
  permitted: 'Permitted',
  conditional: 'Permitted on conditions',
  'not-permitted': 'Not permitted',
  unknown: 'Unknown',
}

function textOf(report: Report): string {
  const short = (model: ModelId): string => `${model.slice(0, 10)}…`
  return [
    `${ANSWERS[report.verdict]}: "${report.use}" of model ${report.model}, as of block ${report.block} (read from a ${report.source}).`,
    ...report.findings.flatMap(({ severity, reason, remedy, path }) => [
      `\n${severity}: ${reason}`,
      `  path: ${path.map(short).join(' > ')}`,
      `  remedy: ${remedy}`,
    ]),
    ...(report.obligations.length > 0 ? ['\nObligations:'] : []),
    ...report.obligations.map(
      ({ obligation, model, certain, fulfilled }) =>
        `  ${obligation} (from ${short(model)})${certain ? '' : ', if a fact that was not given is so'}${fulfilled ? ', fulfilled' : ''}`,
    ),
  ].join('\n')
}

async function factsOf(options: Options): Promise<Facts> {
  const given = options.fact.map((text) => {
    const match = /^(\w+)=(\d+|true|false)$/.exec(text)
    if (!match) throw new UsageError(`"${text}" is no fact. Write metric=value, such as monthlyRevenueUsd=167000000.`)
    return [match[1]!, match[2] === 'true' ? true : match[2] === 'false' ? false : Number(match[2])] as const
  })
  const file = options.facts === undefined ? {} : parseFacts(await readJson(options.facts))
  return { ...file, ...parseFacts(Object.fromEntries(given)) }
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new UsageError(`There is no readable file at "${path}".`)
  })
  return parseStrictJson(text, path)
}

/** Thrown when nobody has registered the weights of a folder or file. */
export class UnregisteredWeightsError extends StemmaError {
  override name = 'UnregisteredWeightsError'
  constructor(path: string, weights: string, ledger: Ledger) {
    super(
      'WEIGHTS_NOT_REGISTERED',
      `Nobody has registered the weights in "${path}" (digest ${weights}) on the ledger "${ledger.deployment.name}", so nothing is known of their origin or license.`,
    )
  }
}
