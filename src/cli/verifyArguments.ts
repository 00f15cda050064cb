import { loadLicenses } from '../artifacts/licenseLibrary.ts'
import { UsageError, type Context } from '../console/context.ts'
import { readJsonFile } from '../console/files.ts'
import type { LedgerOptions } from '../console/node.ts'
import type { LicenseEntry } from '../documents/license.ts'
import type { Deployment } from '../core/deployment.ts'
import type { Address } from '../core/hex.ts'
import { listTrustedPublishers } from '../deployments/trustedPublishers.ts'
import type { CountingStatement } from '../sdk/audit/resolveServing.ts'
import type { CountingOptions } from '../sdk/registry/resolveModel.ts'
import type { Answer, answer } from '../verify/answer.ts'
import type { Disclosure } from '../verify/disclosure.ts'
import { parsePolicy, type TrustPolicy } from '../verify/policy.ts'
import {
  checkBundleOptions,
  openBundleFile,
  type BundleOptions,
  type BundleStatement,
  type OpenedBundle,
} from './bundle.ts'
import { asksForDocuments, methodFilesOf, profilesOf, type DisclosureOptions } from './disclosed.ts'
import { factsOf, type FactOptions } from './facts.ts'
import { accountOf } from './names.ts'
import { reportFormatOf, type ReportFormat } from './reportFormat.ts'
import { ruleDocuments } from './ruleDocuments.ts'
import {
  checkSignatureOptions,
  checkSignedModel,
  signatureInFolder,
  verifyNamedSignature,
  type NamedSignature,
  type SignatureOptions,
} from './signature.ts'
import { usesOf } from './subject.ts'
import { checkEndpoint, checkNoEndpoint } from './servedEndpoint.ts'
import { parseTarget, type EndpointTarget, type Target } from './target.ts'
import { durationOf, timeOf } from './times.ts'

/** The options of `stemma verify`. */
export type VerifyOptions = LedgerOptions &
  FactOptions &
  BundleOptions &
  DisclosureOptions &
  SignatureOptions & {
    use?: string
    policy?: string
    ignore: string[]
    licensee?: string
    at?: string
    strict?: boolean
    proofs: boolean
    statements?: string
    full?: boolean
    served?: string
    format?: ReportFormat
    output?: string
    report: string[]
  }

/** What is asked of a node or of a bundle alike. Times are Unix seconds. */
export type VerifyQuestion = Required<Pick<answer.Parameters, 'uses' | 'policy' | 'facts' | 'licenses' | 'documents'>> &
  Pick<answer.Parameters, 'tensors' | 'fileStatements' | 'at'> & { now: number }

/** A whole question: what the arguments of `stemma verify` and the files that they name ask. */
export type VerifyArguments = {
  question: VerifyQuestion
  /** How old the latest block may be, in seconds; undefined for the default of what is asked. */
  maxAge: number | undefined
  /** Left out only for a bundle, which then answers for what it was collected for. */
  target: Target | EndpointTarget | undefined
  /** The bundle that answers; undefined when a node does. */
  opened: OpenedBundle | undefined
  /** The signature that was verified. Where the model's files are at hand, it is about them. */
  signature: NamedSignature | undefined
}

/** What was answered, by which ledger and whose words, and what the documents of the model say where an option asks for them. */
export type VerifyAnswer = {
  answer: Answer
  ledger: Address
  counting: CountingOptions
  /** The statements by which the model was found, where an endpoint was asked about. */
  served?: readonly CountingStatement[]
  disclosure?: Disclosure
  bundle?: BundleStatement
}

/**
 * Reads the arguments of `stemma verify` and the files that they name, and asks nobody yet.
 *
 * @throws {@link UsageError} and what each file throws that is not what it should be
 */
export async function readVerifyArguments(
  context: Context,
  text: string | undefined,
  options: VerifyOptions,
): Promise<VerifyArguments> {
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
  const signature = await verifyNamedSignature(context, options, at ?? Math.floor(context.now() / 1000))
  const target = text === undefined ? undefined : await targetOf(context, text, options)
  if (signature !== undefined && target?.kind === 'weights') checkSignedModel(signature, target.model)
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
  const ofFiles = target?.kind === 'weights' ? await filesAsked(target, licenses) : {}
  const question = { uses, policy, facts, licenses, documents, ...ofFiles, now, ...(at !== undefined && { at }) }
  return { question, maxAge, target, opened, signature }
}

/** What is asked about the files of a model. What reads cards and their YAML is loaded only where there are files. */
async function filesAsked(
  { model, tensors }: Extract<Target, { kind: 'weights' }>,
  licenses: readonly LicenseEntry[],
): Promise<Pick<VerifyQuestion, 'tensors' | 'fileStatements'>> {
  const { readFileStatements } = await import('../artifacts/fileStatements.ts')
  return { ...(tensors !== undefined && { tensors }), fileStatements: await readFileStatements(model, licenses) }
}

/** Whose word counts: a policy that names publishers says so, and no other's does. */
export async function trustedOf(
  { env, cwd }: Context,
  { trustedPublishers }: TrustPolicy,
  deployment: Deployment,
): Promise<readonly Address[]> {
  return trustedPublishers ?? (await listTrustedPublishers({ env, cwd }, deployment)).map(({ publisher }) => publisher)
}

async function targetOf(context: Context, text: string, options: VerifyOptions): Promise<Target | EndpointTarget> {
  const { served, ignore } = options
  if (served === undefined) {
    checkNoEndpoint(text)
    return parseTarget(context, text, [...ignore, ...(await signatureInFolder(context, text, options))])
  }
  checkEndpoint(text, served)
  return { kind: 'endpoint', origin: text, name: served }
}

/** Checks, before anything is read, that the arguments ask a whole question. @throws {@link UsageError} */
function checkQuestion(text: string | undefined, options: VerifyOptions): void {
  checkBundleOptions(options)
  checkSignatureOptions(options)
  if (options.served !== undefined && (text === undefined || options.bundle !== undefined)) {
    throw new UsageError(
      '--served asks which model answers at an endpoint, and a bundle does not hold that. Name the origin and leave out --bundle: stemma verify https://api.example.com --served <name> --use <rights>.',
    )
  }
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
