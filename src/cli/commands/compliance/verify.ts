import { stat } from 'node:fs/promises'

import type { Command } from 'commander'

import { modelDigest } from '../../../artifacts/modelDigest.ts'
import { StemmaError } from '../../../core/errors.ts'
import type { Facts, Verdict } from '../../../core/evaluate.ts'
import { isBytes32, type Digest, type ModelId } from '../../../core/hex.ts'
import type { LedgerReader } from '../../../core/ports.ts'
import { quoted } from '../../../core/text.ts'
import { parseRight, RIGHT_NAMES } from '../../../core/vocabulary.ts'
import { connect, openLedger, type Ledger } from '../../../sdk/connect.ts'
import { listClaims, type Claim } from '../../../sdk/claims/listClaims.ts'
import { nodeReader } from '../../../sdk/compliance/nodeReader.ts'
import { parseFacts, parsePolicy, type TrustPolicy } from '../../../verify/policy.ts'
import type { Report } from '../../../verify/report.ts'
import { verify as verifyModel } from '../../../verify/verify.ts'
import { EXIT, note, print, UsageError, type Context } from '../../../console/context.ts'
import { pathOf, readJsonFile } from '../../../console/files.ts'
import { accountOf, checkModelName, modelOf, nameOfUri, timeOf } from '../../names.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { repeatable, withLedgerOptions } from '../../../console/options.ts'
import { shownReport } from '../../report.ts'
import { PENDING, formatPendingClaim } from '../../formatClaim.ts'
import { ignoreOption, noteHashing, withHashing } from '../../hashing.ts'

type Options = LedgerOptions & {
  use: string
  policy?: string
  facts?: string
  fact: string[]
  ignore: string[]
  licensee?: string
  at?: string
  strict?: boolean
}

/** `stemma verify`: may it be used so? Exit code 0 permitted, 1 not permitted, 3 unknown. */
export function verify(command: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(
    command
      .addOption(ignoreOption())
      .requiredOption('--use <right>', `what for: ${RIGHT_NAMES.join(', ')}`)
      .option('--policy <file>', 'whose word counts (JSON)')
      .option('--facts <file>', 'facts of the licensee (JSON); they come before those of the policy')
      .addOption(repeatable('--fact <metric=value>', 'one such fact, which comes first; may be repeated'))
      .option('--licensee <address>', "who wants to use it; else the policy's, else the public")
      .option('--at <time>', 'look at credentials as of this time; else as of the latest block')
      .option('--strict', 'let "permitted on conditions" count as not permitted'),
    {
      example:
        '$ stemma verify ./acme__tiny-chat --use commercial\n$ stemma verify acme/tiny-chat --use host --fact monthlyRevenueUsd=167000000',
      json: '{ verdict, use, model, licensee, at, block, chainId, source,\n  findings: [...], obligations: [...], claims: [...] } (docs/verify-report.schema.json)',
    },
  ).action(async (target: string, options: Options) => {
    const use = parseRight(options.use)
    const policy: TrustPolicy = {
      ...(options.policy !== undefined && parsePolicy(await readJsonFile(context, options.policy))),
      ...(options.licensee !== undefined && { licensee: accountOf(options.licensee) }),
    }
    const facts = await factsOf(options, context)
    const at = options.at === undefined ? undefined : timeOf(options.at, Math.floor(context.now() / 1000))
    const weights = await weightsOf(target, context, options.ignore)
    if (weights === undefined) checkModelName(target)

    type Answer = { report: Report; names: ReadonlyMap<ModelId, string>; claims: Claim[] }
    const ask = async (ledger: Ledger): Promise<Answer> => {
      const { reader, names } = remembering(nodeReader(ledger))
      const models = weights === undefined ? [await modelOf(ledger, target)] : await reader.findByWeights(weights)
      if (models.length === 0) throw new UnregisteredWeightsError(target, weights!, ledger)
      // Asked for meanwhile, so that it takes no round trip more. What is wrong with the node, verifying says first.
      const pending = pendingClaims(ledger, reader, models)
      pending.catch(() => {})
      const reports: Report[] = []
      for (const model of models) {
        reports.push(await verifyModel(reader, { model, use, policy, facts, ...(at !== undefined && { at }) }))
      }
      const report = answerOf(reports, await publishersOf(reader, models), policy, context)
      return { report, names, claims: await pending }
    }
    // A model that is named by its id is asked about at once, as its lineage says on which chain it was read. A look for
    // weights or a name finds nothing on a wrong one, which must not be taken for an answer.
    const { report, names, claims } = await read(context, options, ask, isBytes32(target) ? openLedger : connect)
    for (const claim of claims)
      note(context, `A claim is pending, which changes nothing yet: ${formatPendingClaim(claim)}.`)
    print(context, options.json, { ...report, claims: claims.map(reported) }, () => shownReport(report, names))
    exit(exitOf(report.verdict, options.strict ?? false))
  })
}

/** The claims about some models and their weights that are not decided. */
async function pendingClaims(ledger: Ledger, reader: LedgerReader, models: readonly ModelId[]): Promise<Claim[]> {
  const registrations = await reader.readRegistrations(models)
  const weights = [...registrations.values()].map((registration) => registration.weights)
  return listClaims(ledger, { subjects: [...models, ...new Set(weights)], states: PENDING })
}

/** What a report says of a pending claim. */
function reported({ claim, subject, parent, relation, claimant, state, accepted, evidence }: Claim) {
  return { claim, subject, parent, relation, claimant, state, accepted, evidence }
}

/** The digest of the weights at a path; undefined when there is nothing at it, so that the argument names a model. */
export async function weightsOf(
  target: string,
  context: Context,
  ignore: readonly string[] = [],
): Promise<Digest | undefined> {
  if (isBytes32(target)) return undefined
  const exists = await stat(pathOf(context, target)).then(
    () => true,
    () => false,
  )
  if (!exists) {
    if (!/^(\.{0,2}\/|\.{1,2}$)/.test(target)) return undefined
    throw new UsageError(`There is no folder and no file at ${quoted(target)}. Check the path.`)
  }
  const result = await withHashing(context, ignore, (settings) => modelDigest(pathOf(context, target), settings))
  noteHashing(context, result)
  return result.digest
}

/** A reader that keeps what models are called. */
function remembering(reader: LedgerReader): { reader: LedgerReader; names: Map<ModelId, string> } {
  const names = new Map<ModelId, string>()
  return {
    names,
    reader: {
      ...reader,
      async readRegistrations(models) {
        const found = await reader.readRegistrations(models)
        for (const [model, { uri }] of found) names.set(model, nameOfUri(uri))
        return found
      },
    },
  }
}

async function publishersOf(reader: LedgerReader, models: readonly ModelId[]): Promise<Map<ModelId, string>> {
  if (models.length === 1) return new Map()
  const found = await reader.readRegistrations(models)
  return new Map([...found].map(([model, { publisher }]) => [model, publisher]))
}

/**
 * The answer for weights that several publishers have registered: the worst of those by trusted publishers, or of all when
 * the policy trusts none of them. Nobody is helped by the mildest answer.
 */
function answerOf(
  reports: readonly Report[],
  publishers: ReadonlyMap<ModelId, string>,
  policy: TrustPolicy,
  context: Context,
): Report {
  if (reports.length === 1) return reports[0]!
  const trusted = reports.filter(({ model }) =>
    policy.trustedPublishers?.some((publisher) => publisher === publishers.get(model)),
  )
  const order: Verdict[] = ['not-permitted', 'unknown', 'conditional', 'permitted']
  const [worst] = (trusted.length > 0 ? trusted : reports).toSorted(
    (a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict),
  )
  const list = reports.map(({ model, verdict }) => `${model} by ${publishers.get(model)}: ${verdict}`).join('; ')
  const which = trusted.length > 0 ? 'The worst answer among trusted publishers counts' : 'The worst answer counts'
  note(context, `These weights are registered ${reports.length} times (${list}). ${which}: that of ${worst!.model}.`)
  return worst!
}

function exitOf(verdict: Verdict, strict: boolean): number {
  if (verdict === 'not-permitted') return EXIT.notPermitted
  if (verdict === 'unknown') return EXIT.undecided
  return verdict === 'conditional' && strict ? EXIT.notPermitted : EXIT.ok
}

async function factsOf(options: Options, context: Context): Promise<Facts> {
  const given = new Map<string, number | boolean>()
  for (const text of options.fact) {
    const match = /^(\w+)=(\d{1,16}|true|false)$/.exec(text)
    if (!match) {
      throw new UsageError(`${quoted(text)} is no fact. Write metric=value, such as monthlyRevenueUsd=167000000.`)
    }
    const [, metric, value] = match as unknown as [string, string, string]
    if (given.has(metric)) throw new UsageError(`--fact states ${quoted(metric)} twice. State it once.`)
    given.set(metric, value === 'true' ? true : value === 'false' ? false : Number(value))
  }
  const file = options.facts === undefined ? {} : parseFacts(await readJsonFile(context, options.facts))
  return { ...file, ...parseFacts(Object.fromEntries(given)) }
}

/** Thrown when nobody has registered the weights of a folder or file. */
export class UnregisteredWeightsError extends StemmaError {
  override name = 'UnregisteredWeightsError'
  override readonly kind = 'undecided'
  constructor(path: string, weights: string, ledger: Ledger) {
    super(
      'WEIGHTS_NOT_REGISTERED',
      `Nobody has registered the weights in ${quoted(path)} (digest ${weights}) on the ledger "${ledger.deployment.name}", so nothing is known of their origin or license. If they are a copy, check that it is complete; if they are yours, register them: stemma register.`,
    )
  }
}
