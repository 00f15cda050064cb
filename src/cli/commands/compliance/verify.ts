import type { Command } from 'commander'

import { readFileLicenses } from '../../../artifacts/fileLicenses.ts'
import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import type { Deployment } from '../../../core/deployment.ts'
import type { Verdict } from '../../../core/evaluate.ts'
import type { Address } from '../../../core/hex.ts'
import { VERDICT_WORDS } from '../../../core/reportWords.ts'
import { RIGHT_NAMES } from '../../../core/vocabulary.ts'
import { askThen } from '../../../sdk/compliance/askThen.ts'
import { askVerdict } from '../../../sdk/compliance/askVerdict.ts'
import { checkDeployment, openLedger, type Ledger } from '../../../sdk/connect.ts'
import { ledgerAsOf } from '../../../sdk/ledgerAsOf.ts'
import { ledgerAt } from '../../../sdk/ledgerAt.ts'
import { reading } from '../../../sdk/nodeErrors.ts'
import { answer as answerBy, type Answer, type Asked } from '../../../verify/answer.ts'
import { answerDocument, completeReports } from '../../../verify/answerDocument.ts'
import type { Disclosure } from '../../../verify/disclosure.ts'
import { parsePolicy, type TrustPolicy } from '../../../verify/policy.ts'
import { UnregisteredWeightsError } from '../../../verify/verifyWeights.ts'
import { PROFILE_NAMES } from '../../../verify/profiles/profile.ts'
import { questionDigest } from '../../../verify/questionDigest.ts'
import { EXIT, note, UsageError, type Context } from '../../../console/context.ts'
import { readJsonFile } from '../../../console/files.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { listTrustedPublishers } from '../../../deployments/trustedPublishers.ts'
import { findModels } from '../../../sdk/registry/findModels.ts'
import type { CountingOptions } from '../../../sdk/registry/resolveModel.ts'
import {
  asksForDocuments,
  discloseOptions,
  exitOfProfiles,
  methodFilesOf,
  profilesOf,
  type DisclosureOptions,
} from '../../disclosed.ts'
import { factOption, factsOf, type FactOptions } from '../../facts.ts'
import {
  askedOfBundle,
  bundleAgeOf,
  checkBundleOptions,
  formatBundleStatement,
  openBundleFile,
  statementOf,
  type BundleOptions,
  type BundleStatement,
} from '../../bundle.ts'
import { accountOf, modelNamed } from '../../names.ts'
import { pinnedBindings } from '../../pinnedBindings.ts'
import { pinnedProver } from '../../pinnedProver.ts'
import { ruleDocuments } from '../../ruleDocuments.ts'
import { durationOf, timeOf } from '../../times.ts'
import { read } from '../../open.ts'
import { formatAnswer, formatInFull } from '../../report.ts'
import { printReport, reportFormatOf, withReportOptions, type ReportFormat } from '../../reportFormat.ts'
import { repositoryPlace } from '../../repositoryPlace.ts'
import { packageVersion } from '../../version.ts'
import { ignoreOption } from '../../hashing.ts'
import { formatPendingClaim } from '../../formatClaim.ts'
import { usesOf } from '../../subject.ts'
import { parseTarget, type Target } from '../../target.ts'

type Options = LedgerOptions &
  FactOptions &
  BundleOptions &
  DisclosureOptions & {
    use?: string
    policy?: string
    ignore: string[]
    licensee?: string
    at?: string
    strict?: boolean
    proofs: boolean
    statements?: string
    full?: boolean
    format?: ReportFormat
    output?: string
    report: string[]
  }

/** `stemma verify`: may it be used so? Exit code 0 permitted, 1 not permitted, 3 unknown. */
export function verify(command: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(
    withReportOptions(
      command
        .addOption(ignoreOption())
        .option(
          '--use <rights>',
          `what for, separated by commas: ${RIGHT_NAMES.join(', ')}; may be left out with --bundle, and then uses and licensee are those that it was collected for`,
        )
        .option('--policy <file>', 'whose word counts (JSON)')
        .option('--facts <file>', 'facts of the licensee (JSON), which replace those of the policy')
        .addOption(factOption())
        .option('--licensee <address>', "who wants to use it; by default the policy's licensee, else the public")
        .option(
          '--at <time>',
          'answer as the ledger stood then; after the latest block, by what is known now; by default as of that block',
        )
        .option(
          '--max-age <duration>',
          "how old the latest block may be; by default the deployment's, or 1h; that of a bundle 24h; 0s for any age",
        )
        .option('--bundle <file>', 'answer from an offline bundle, without a node (stemma export bundle)')
        .option('--trusted-block <hash>', 'the hash of the block that the bundle has to be of')
        .option('--checkpoint <file>', 'a block that enough of the accounts signed that the policy names (JSON)')
        .option(
          '--strict',
          'count "permitted on conditions" as not permitted, and no publisher for a name that it proves',
        )
        .option(
          '--profile <names>',
          `what else to look at, separated by commas: ${PROFILE_NAMES.join(', ')}; indications, not legal advice`,
        )
        .option('--method <file>', 'the training description of the model (JSON), checked against its registration')
        .option('--datasets <file>', 'the list of its datasets (JSON), checked against its registration')
        .option('--documents <folder>', 'a folder with its method.json, datasets.json and README.md')
        .option(
          '--statements <folder>',
          'a folder of profiles of publishers and training descriptions, for rules of the policy; found by their digests',
        )
        .option('--no-proofs', 'ask no host whether a publisher proves a name, nor for its profile')
        .option('--full', 'print every finding, obligation and id, not just one screen'),
    ),
    {
      example:
        '$ stemma verify ./acme__tiny-chat --use commercial\n$ stemma verify hf:acme/tiny-chat --use commercial\n$ stemma verify acme/tiny-chat --use host --fact monthlyRevenueUsd=167000000\n$ stemma verify acme/tiny-chat --use commercial --profile deployment,eu-gpai\n$ stemma verify ./acme__tiny-chat --use commercial --bundle tiny-chat.bundle --trusted-block 0x…',
      json: '{ version, verdict, use, model, publisher, publisherStanding, publishers: [...], licensee, at, dated, block, blockTime, chainId, source,\n  findings: [...], rules: [...], obligations: [...], deciding: [...], ownWork: [...],\n  models: [...], registrations: [...], publisherVerifiedUntil, claims: [...], origin, disclosure,\n  bundle, deployment: { name, file, chainId, ledger } }\nfor one use; for several { version, verdict, uses, model, reports: [...], registrations,\npublisherVerifiedUntil, claims, origin, disclosure, deployment } (docs/verify-report.schema.json)',
    },
  ).action(async (text: string | undefined, options: Options) => {
    checkQuestion(text, options)
    const stated = usesOf(options.use)
    profilesOf(options)
    reportFormatOf(options)
    const given: TrustPolicy = {
      ...(options.policy !== undefined && parsePolicy(await readJsonFile(context, options.policy))),
      ...(options.licensee !== undefined && { licensee: accountOf(options.licensee) }),
    }
    const opened = options.bundle === undefined ? undefined : await openBundleFile(context, options, given)
    // Who states a use states the whole question: a licensee that the bundle's maker chose does not slip into it.
    const isOfBundle = opened !== undefined && options.use === undefined
    const uses = isOfBundle ? opened.open.question.uses : stated
    const policy = isOfBundle ? { licensee: opened.open.question.licensee, ...given } : given
    const facts = await factsOf(options, context)
    const at = options.at === undefined ? undefined : timeOf(options.at, Math.floor(context.now() / 1000))
    const target = text === undefined ? undefined : await parseTarget(context, text, options.ignore)
    if (options.statements !== undefined && policy.lineage === undefined) {
      throw new UsageError('--statements is for rules on the lineage. Name a policy that has some: --policy <file>.')
    }
    const documents = await ruleDocuments(context, {
      statements: options.statements,
      methods: methodFilesOf(options),
      asksHosts: options.proofs && opened === undefined,
    })
    const maxAge = options.maxAge === undefined ? undefined : durationOf(options.maxAge)
    const now = context.now() / 1000
    const licenses = await loadLicenses()
    const ofFiles =
      target?.kind === 'weights'
        ? {
            ...(target.tensors !== undefined && { tensors: target.tensors }),
            fileLicenses: await readFileLicenses(target.model, licenses),
          }
        : {}
    const question = {
      uses,
      policy,
      facts,
      licenses,
      documents,
      ...ofFiles,
      maxAge,
      now,
      ...(at !== undefined && { at }),
    }
    const { env, cwd } = context
    const ask = async (live: Ledger): Promise<Found> => {
      // Whose word counts is the reader's to say, and is as of now.
      const counting = await countingOf(live)
      const pins = pinnedBindings(context, live)
      const ledger = await ledgerFor(live)
      const answer = await askThen(ledger, at ?? now, queryOf(target!), async () => {
        const asked = await askedOf(ledger, target!, counting)
        return askVerdict(ledger, { asked, ...question, ...counting, pins }).catch((error: unknown) =>
          explainUnregistered(ledger, target!, error),
        )
      })
      const found = { answer, ledger: ledger.deployment.contracts.ledger, counting }
      if (!asksForDocuments(options)) return found
      const { model } = answer
      const same = { policy, facts, ...counting, pins, ...(at !== undefined && { at }) }
      return { ...found, disclosure: await discloseOptions(context, ledger, options, { model, question: same }) }
    }
    // Documents are read in more than one step, so that one block has to be chosen for all.
    const ledgerFor = async (live: Ledger): Promise<Ledger> => {
      const ledger = at === undefined ? live : await ledgerAt(live, at)
      if (ledger.asOf || !asksForDocuments(options)) return ledger
      return ledgerAsOf(ledger, await reading(() => ledger.provider.getBlockNumber()))
    }
    // A policy that names publishers says whose word counts, and no other's does.
    const trustedOf = async (deployment: Deployment): Promise<readonly Address[]> =>
      policy.trustedPublishers ??
      (await listTrustedPublishers({ env, cwd }, deployment)).map(({ publisher }) => publisher)
    const countingOf = async (ledger: Ledger): Promise<CountingOptions> => {
      const trusted = await trustedOf(ledger.deployment)
      if (policy.trustedPublishers !== undefined) return { trusted }
      return options.proofs && !options.strict ? { trusted, prove: pinnedProver(context, ledger, maxAge) } : { trusted }
    }
    const askOffline = async ({ open, deployment }: NonNullable<typeof opened>): Promise<Found> => {
      const { maxAge: _, ...others } = question
      const asked = await askedOfBundle(open, target)
      const freshness = { now, maxAge: bundleAgeOf(options, deployment) }
      const [trusted, pins] = [await trustedOf(deployment), pinnedBindings(context, { deployment })]
      const answer = await answerBy(open.reader, { asked, ...others, trusted, pins, freshness })
      const { ledger } = deployment.contracts
      return { answer, ledger, counting: { trusted }, bundle: statementOf(open, now) }
    }
    // The lineage of an id names the chain on which it was read, so the contracts are checked meanwhile. A search for weights or a name
    // finds nothing on the wrong chain, which must not pass as an answer: there the check comes first.
    const { answer, disclosure, bundle, ledger, counting } = await (opened
      ? askOffline(opened)
      : target!.kind === 'id'
        ? read(context, options, (ledger) => meanwhile(ask(ledger), checkDeployment(ledger)), openLedger)
        : read(context, options, ask))
    noteRegistrations(answer, context)
    for (const claim of answer.claims ?? []) {
      note(context, `A claim is pending. It changes nothing yet: ${formatPendingClaim(claim)}.`)
    }
    const strict = options.strict ?? false
    const code = exitOf(answer.verdict, strict) || (disclosure ? exitOfProfiles(disclosure) : EXIT.ok)
    await printReport(context, options, {
      text: () => {
        const words = options.full ? formatInFull(answer, disclosure) : formatAnswer(answer, licenses, disclosure)
        return bundle ? `${words}\n\n${formatBundleStatement(bundle)}` : words
      },
      json: () => ({ ...answerDocument(answer, disclosure), ...(bundle && { bundle }) }),
      answers: () => ({
        version: packageVersion(),
        subjects: [
          {
            subject: text ?? answer.model,
            place: repositoryPlace(context, target, text ?? options.bundle!),
            ledger,
            passed: code === EXIT.ok,
            reports: completeReports(answer, disclosure),
            claims: answer.claims,
          },
        ],
      }),
      policyOf: () => {
        const { trusted = [], prove } = counting
        return questionDigest({ uses, policy, facts, trusted, countsNames: prove !== undefined, strict, at })
      },
    })
    exit(code)
  })
}

/** What was answered, by which ledger and whose words, and what the documents of the model say where an option asks for them. */
type Found = {
  answer: Answer
  ledger: Address
  counting: CountingOptions
  disclosure?: Disclosure
  bundle?: BundleStatement
}

/** Checks, before anything is read, that the arguments ask a whole question. @throws {@link UsageError} */
function checkQuestion(text: string | undefined, options: Options): void {
  checkBundleOptions(options)
  if (options.bundle === undefined) {
    if (text === undefined) throw new UsageError('Name a model or a path: stemma verify <model|path> --use <rights>.')
    if (options.use === undefined)
      throw new UsageError("required option '--use <rights>' not specified. See stemma verify --help.")
  } else if (asksForDocuments(options)) {
    throw new UsageError(
      'A bundle does not hold the documents of a model. Leave out --profile, --method, --datasets and --documents, or ask a node.',
    )
  }
}

/** What was asked, once a check that runs beside it has passed. */
async function meanwhile<T>(asking: Promise<T>, checking: Promise<void>): Promise<T> {
  asking.catch(() => {})
  await checking
  return asking
}

async function askedOf(ledger: Ledger, target: Target, counting: CountingOptions): Promise<Asked> {
  switch (target.kind) {
    case 'id':
      return { id: target.id }
    case 'weights':
      return { weights: target.weights }
    case 'name':
      return { model: await modelNamed(ledger, target.name, counting), name: target.name }
  }
}

/** What is asked about, as its registrations are found. */
function queryOf(target: Target): string {
  switch (target.kind) {
    case 'id':
      return target.id
    case 'weights':
      return target.weights
    case 'name':
      return target.name
  }
}

/** Adds to the error about weights that nobody registered what is registered under the name that their place states. */
async function explainUnregistered(ledger: Ledger, target: Target, error: unknown): Promise<never> {
  if (!(error instanceof UnregisteredWeightsError) || target.kind !== 'weights' || target.name === undefined)
    throw error
  const found = await findModels(ledger, { query: target.name })
  const models = found.map(({ model, registration: { publisher } }) => ({ model, publisher }))
  throw new UnregisteredWeightsError(target.weights, { name: target.name, models })
}

/** Most unverified twins that a note names. */
const MOST_TWINS = 8

/** Names every registration of the same weights, and which of them counts. */
function noteRegistrations({ model, registrations }: Answer, context: Context): void {
  if (registrations.length === 1) return
  const unverified = registrations.filter(({ verdict }) => verdict === null)
  const asked = registrations.flatMap((each) =>
    each.verdict === null
      ? []
      : [`${each.model} by ${each.publisher} (${each.standing}): ${VERDICT_WORDS[each.verdict]}`],
  )
  if (unverified.length > 0) {
    note(
      context,
      `unverified-twin: these weights are also registered by ${unverified.length === 1 ? 'a publisher' : `${unverified.length} publishers`} for whom nobody vouches (${unverified
        .slice(0, MOST_TWINS)
        .map(({ model, publisher }) => `${model} by ${publisher}`)
        .join('; ')}). Their word changes nothing here.`,
    )
  }
  if (asked.length === 1) return
  note(
    context,
    `These weights are registered ${asked.length} times (${asked.join('; ')}). The worst answer counts: that of ${model}.`,
  )
}

function exitOf(verdict: Verdict, strict: boolean): number {
  if (verdict === 'not-permitted') return EXIT.finding
  if (verdict === 'unknown') return EXIT.undecided
  return verdict === 'conditional' && strict ? EXIT.finding : EXIT.ok
}
