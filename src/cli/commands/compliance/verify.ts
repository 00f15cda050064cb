import type { Command } from 'commander'

import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import type { Deployment } from '../../../core/deployment.ts'
import type { Verdict } from '../../../core/evaluate.ts'
import type { Address } from '../../../core/hex.ts'
import { RIGHT_NAMES } from '../../../core/vocabulary.ts'
import { askVerdict } from '../../../sdk/compliance/askVerdict.ts'
import { checkDeployment, openLedger, type Ledger } from '../../../sdk/connect.ts'
import { answer as answerBy, type Answer, type Asked } from '../../../verify/answer.ts'
import type { Disclosure } from '../../../verify/disclosure.ts'
import { parsePolicy, type TrustPolicy } from '../../../verify/policy.ts'
import { PROFILE_NAMES } from '../../../verify/profiles/profile.ts'
import { EXIT, note, print, UsageError, type Context } from '../../../console/context.ts'
import { readJsonFile } from '../../../console/files.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { listTrustedPublishers } from '../../../deployments/trustedPublishers.ts'
import type { CountingOptions } from '../../../sdk/registry/resolveModel.ts'
import {
  asksForDocuments,
  discloseOptions,
  exitOfProfiles,
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
import { durationOf, timeOf } from '../../times.ts'
import { read } from '../../open.ts'
import { formatAnswer, formatInFull, wordsOf } from '../../report.ts'
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
    full?: boolean
  }

/** `stemma verify`: may it be used so? Exit code 0 permitted, 1 not permitted, 3 unknown. */
export function verify(command: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(
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
      .option('--at <time>', 'look at credentials as of this time; by default as of the latest block')
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
      .option('--no-proofs', 'ask no host whether a publisher proves a name')
      .option('--full', 'print every finding, obligation and id, not just one screen'),
    {
      example:
        '$ stemma verify ./acme__tiny-chat --use commercial\n$ stemma verify acme/tiny-chat --use host --fact monthlyRevenueUsd=167000000\n$ stemma verify acme/tiny-chat --use commercial --profile deployment,eu-gpai\n$ stemma verify ./acme__tiny-chat --use commercial --bundle tiny-chat.bundle --trusted-block 0x…',
      json: '{ verdict, use, model, publisher, publisherStanding, publishers: [...], licensee, at, block, chainId, source,\n  findings: [...], obligations: [...], deciding: [...], ownWork: [...], models: [...],\n  registrations: [...], publisherVerifiedUntil, claims: [...], origin, disclosure,\n  bundle, deployment: { name, file, chainId, ledger } }\nfor one use; for several { verdict, uses, model, reports: [...], registrations,\npublisherVerifiedUntil, claims, origin, disclosure, deployment } (docs/verify-report.schema.json)',
    },
  ).action(async (text: string | undefined, options: Options) => {
    checkQuestion(text, options)
    const stated = usesOf(options.use)
    profilesOf(options)
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
    const maxAge = options.maxAge === undefined ? undefined : durationOf(options.maxAge)
    const now = context.now() / 1000
    const tensors = target?.kind === 'weights' ? { tensors: target.tensors } : {}
    const licenses = await loadLicenses()
    const question = { uses, policy, facts, licenses, ...tensors, maxAge, now, ...(at !== undefined && { at }) }
    const { env, cwd } = context
    const ask = async (ledger: Ledger): Promise<Found> => {
      const counting = await countingOf(ledger)
      const pins = pinnedBindings(context, ledger)
      const asked = await askedOf(ledger, target!, counting)
      const answer = await askVerdict(ledger, { asked, ...question, ...counting, pins })
      if (!asksForDocuments(options)) return { answer }
      const { model } = answer
      const same = { policy, facts, ...counting, pins, ...(at !== undefined && { at }) }
      return { answer, disclosure: await discloseOptions(context, ledger, options, { model, question: same }) }
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
      return { answer, bundle: statementOf(open, now) }
    }
    // The lineage of an id names the chain on which it was read, so the contracts are checked meanwhile. A search for weights or a name
    // finds nothing on the wrong chain, which must not pass as an answer: there the check comes first.
    const { answer, disclosure, bundle } = await (opened
      ? askOffline(opened)
      : target!.kind === 'id'
        ? read(context, options, (ledger) => meanwhile(ask(ledger), checkDeployment(ledger)), openLedger)
        : read(context, options, ask))
    noteRegistrations(answer, context)
    for (const claim of answer.claims ?? []) {
      note(context, `A claim is pending. It changes nothing yet: ${formatPendingClaim(claim)}.`)
    }
    print(context, options.json, { ...jsonOf(answer, disclosure), ...(bundle && { bundle }) }, () => {
      const words = options.full ? formatInFull(answer, disclosure) : formatAnswer(answer, licenses, disclosure)
      return bundle ? `${words}\n\n${formatBundleStatement(bundle)}` : words
    })
    exit(exitOf(answer.verdict, options.strict ?? false) || (disclosure ? exitOfProfiles(disclosure) : EXIT.ok))
  })
}

/** What was answered, and what the documents of the model say where an option asks for them. */
type Found = { answer: Answer; disclosure?: Disclosure; bundle?: BundleStatement }

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

/** The answer as JSON: for one use its report, with what the answer adds; for several a list of reports. */
function jsonOf({ verdict, model, reports, ...others }: Answer, disclosure: Disclosure | undefined): object {
  const { findings = [], ...stated } = disclosure ?? {}
  // A program that reads the findings of a report finds those of documents and profiles there too.
  const complete = reports.map((report) => ({ ...report, findings: [...report.findings, ...findings] }))
  const surroundings = { ...others, ...(disclosure && { origin: disclosure.origin, disclosure: stated }) }
  if (complete.length === 1) return { ...complete[0], ...surroundings }
  return { verdict, uses: complete.map(({ use }) => use), model, reports: complete, ...surroundings }
}

/** Most unverified twins that a note names. */
const MOST_TWINS = 8

/** Names every registration of the same weights, and which of them counts. */
function noteRegistrations({ model, registrations }: Answer, context: Context): void {
  if (registrations.length === 1) return
  const unverified = registrations.filter(({ verdict }) => verdict === null)
  const asked = registrations.flatMap((each) =>
    each.verdict === null ? [] : [`${each.model} by ${each.publisher} (${each.standing}): ${wordsOf(each.verdict)}`],
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
