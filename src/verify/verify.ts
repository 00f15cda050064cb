import { evaluate, factsOf, MAX_LISTED, type Evaluation, type Facts, type Verdict } from '../core/evaluate.ts'
import { StemmaError } from '../core/errors.ts'
import { ZERO_ADDRESS, ZERO_DIGEST, type Address, type CredentialId, type Digest, type ModelId } from '../core/hex.ts'
import {
  indexLineage,
  isExternal,
  pathsFrom,
  type Lineage,
  type LineageModel,
  type LineagePaths,
} from '../core/lineage.ts'
import { nameOfUri } from '../core/modelName.ts'
import type { ExternalParent, LedgerReader, ReadBlock } from '../core/ports.ts'
import type { Registration } from '../core/registration.ts'
import type { Terms } from '../core/terms.ts'
import { shortText } from '../core/text.ts'
import { obligationsOf, RIGHTS, type Right } from '../core/vocabulary.ts'
import type { LicenseEntry } from '../documents/license.ts'
import { agreementFindings, readAgreements } from './agreements.ts'
import { decidingFacts, knownLimits } from './decidingFacts.ts'
import type { EvaluatedUse } from './explain.ts'
import { conjunctionsNamed } from './conjunctions.ts'
import type { FileStatements } from './fileStatements.ts'
import { requireFresh, type Freshness } from './freshness.ts'
import { changedBindings, withStatedBindings, type PinBindings } from './bindings.ts'
import {
  bindingFindings,
  externalFindings,
  licenseFindings,
  replacementFindings,
  tensorFindings,
  trustFindings,
  withoutRepeats,
} from './findings.ts'
import { bookOf, type LicenseBook } from './licenseBook.ts'
import { missingPrefixes } from './namePrefixes.ts'
import { obligationsFrom } from './obligations.ts'
import { ownWorkOf } from './ownWork.ts'
import type { TrustPolicy } from './policy.ts'
import { proveTerms, type ProvedTerms } from './proofs.ts'
import { purposeFindings } from './purposes.ts'
import { withRelabeled } from './relabeled.ts'
import type { RuledAnswer } from './rules/answerRules.ts'
import type { FindDocuments } from './rules/documents.ts'
import { countNamed, countTrusted, standingOf, wordsOf, type Counted, type ProveNames } from './standing.ts'
import { differingTerms, unreadTexts } from './textFindings.ts'
import {
  REPORT_VERSION,
  type Finding,
  type Report,
  type ReportedModel,
  type ReportedPublisher,
  type Standing,
} from '../core/report.ts'

/**
 * Answers whether a model may be used in a way, with reasons. Two reads: the state of the whole lineage, then the
 * registrations, terms and tiers of it, whose ids are recomputed so that nothing of the ancestry and of the licenses has to be believed.
 *
 * @throws `UnregisteredModelError` when the model is not registered
 * @throws {@link StaleNodeError} when the source's latest block is older than `freshness` allows
 * @throws {@link LineageMismatchError} when the state contradicts the registrations: the source lies or is broken
 * @throws {@link TermsMismatchError} when the state contradicts terms or tiers as they were published
 */
export async function verify(reader: LedgerReader, parameters: verify.Parameters): Promise<Report> {
  const { use, ...question } = parameters
  const [report] = await verifyUses(reader, { ...question, uses: [use] })
  return report!
}

export declare namespace verify {
  type Parameters = Omit<verifyUses.Parameters, 'uses'> & { use: Right }
}

/** As {@link verify}, for several uses by one reading: a report for each, in their order. */
export async function verifyUses(reader: LedgerReader, parameters: verifyUses.Parameters): Promise<Report[]> {
  const { model, uses, policy = {}, prove, name, licenses = [] } = parameters
  const licensee = policy.licensee ?? ZERO_ADDRESS
  const first = await reader.readLineage(model, licensee)
  if (parameters.freshness && !reader.past) requireFresh(first, reader.source, parameters.freshness)
  const stating = policy.trustedPublishers ?? parameters.trusted ?? []
  const state = await withStatedBindings(reader, first, stating, licensee)
  const ids = state.lineage.models.map((entry) => entry.model)
  const external = state.lineage.models.filter(isExternal).map((entry) => entry.model)
  // Awaited with the recalls, so that these do not wait for it.
  const readDomains = reader.readDomains?.(nearestPublishers(state.lineage))
  readDomains?.catch(() => {})
  const [registrations, externals, { labels, unproved }, findingsOfQuotas, agreements] = await Promise.all([
    reader.readRegistrations(ids),
    external.length > 0 ? reader.readExternals?.(external) : undefined,
    proveTerms(reader, state.lineage),
    loadQuotaFindings(reader, state.lineage, licensee, policy),
    readAgreements(reader, state.lineage),
  ])
  requireSameLineage(state.lineage, registrations)
  const trusted = countTrusted(state.lineage, trustedOf(parameters), licensee)
  const [lineage, domains, counted, changed] = await Promise.all([
    withRecalls(reader, state.lineage, registrations),
    readDomains,
    prove ? countNamed(state.lineage, registrations, trusted, prove, name) : trusted,
    // What a parent was bound to before is not what the user first saw of it.
    parameters.pins && !reader.past
      ? changedBindings(parameters.pins, state.lineage, state.stated, stating)
      : undefined,
  ])
  const { stated: _, ...readState } = state
  const models = indexLineage(lineage)
  const answer: ReadLineage = {
    ...readState,
    lineage,
    source: reader.source,
    past: reader.past ?? false,
    models,
    registrations,
    externals: externals ?? new Map(),
    domains: domains ?? new Map(),
    changed: changed ?? new Map(),
    labels,
    book: bookOf(licenses),
    conjunctions: await conjunctionsNamed(labels, licenses),
    unproved,
    findingsOfQuotas,
    agreements,
    counted,
    paths: pathsFrom(lineage, model, models),
  }
  const ruled = await policy.lineage?.answer(reader, answer, parameters.documents)
  const findingsOfFiles = await loadFileFindings(parameters)
  return uses.map((use) =>
    reportOf({ ...answer, findingsOfFiles, ...(ruled && { ruled }) }, { ...parameters, licensee, policy, use }),
  )
}

/** What the model's files state against its registration. The names of all licenses load only for a caller that has files. */
async function loadFileFindings({ model, fileStatements, licenses = [] }: verifyUses.Parameters): Promise<FindingsOf> {
  if (!fileStatements) return () => []
  const { fileFindings } = await import('./fileStatements.ts')
  return (evaluated) => fileFindings(evaluated, model, fileStatements, licenses)
}

/** What was used of quotas. The code loads only for a licensee that holds a credential. */
async function loadQuotaFindings(
  reader: LedgerReader,
  lineage: Lineage,
  licensee: Address,
  policy: TrustPolicy,
): Promise<FindingsOf> {
  const isHolder = lineage.models.some(({ credentials }) => credentials.some(({ holder }) => holder === licensee))
  if (!isHolder || licensee === ZERO_ADDRESS) return () => []
  const { quotaFindings, readQuotas } = await import('./quotas.ts')
  const usages = await readQuotas(reader, lineage, licensee, policy)
  return (evaluated) => quotaFindings(usages, evaluated)
}

/** The publishers that the reader trusts: those of the policy, else those of its configuration; and itself. */
export function trustedOf({ policy, trusted }: Pick<verifyUses.Parameters, 'policy' | 'trusted'>): Address[] {
  // Zero is the licensee of a public use and the publisher of every external parent: nobody speaks for it.
  return [policy?.licensee ?? [], policy?.trustedPublishers ?? trusted ?? []]
    .flat()
    .filter((account) => account !== ZERO_ADDRESS)
}

export declare namespace verifyUses {
  type Parameters = {
    model: ModelId
    uses: readonly Right[]
    policy?: TrustPolicy
    /** Publishers whose word counts beside that of accredited ones, such as those of the user's configuration. A policy's replace them. */
    trusted?: readonly Address[]
    /** Checks which publisher proves a name. Without it no publisher counts for its name. */
    prove?: ProveNames
    /** Compares bindings of external parents with those that the user first saw. Without it, they count as they are now. */
    pins?: PinBindings
    /** The name by which the user named the model; left out where it was asked about by id or by weights. */
    name?: string
    /**
     * The license library (`loadLicenses`), from which the answer has clauses, words to show and links. Terms that name a license of it and
     * mean something else lead to `unknown`. Without it, the answer rests on the terms as they were published alone.
     */
    licenses?: readonly LicenseEntry[]
    /** Facts of the licensee; they come before the policy's. */
    facts?: Facts
    /**
     * The time that is asked about, in Unix seconds; that of the block when left out. A reader of the past reads the ledger as it stood
     * then. By any other, credentials are as they were or will be at this time, and everything else is as of the block.
     */
    at?: number
    /** Refuses a source whose latest block is too old. Without it any age is accepted, as by a reader of one past block. */
    freshness?: Freshness
    /**
     * Digest of the tensors that the caller computed from the model's files; null when it cannot be computed. A registration that
     * states another one is not permitted.
     */
    tensors?: Digest | null
    /** Finds the documents that rules of the policy on the lineage ask for. Without it, what rests on these is unknown. */
    documents?: FindDocuments
    /** What the model's files, where the caller has them, say about its license. Where they state another one than the registration, this is a finding; it changes no verdict. */
    fileStatements?: FileStatements
  }
}

/** What was read of a ledger for one model. */
type ReadLineage = ReadBlock & {
  lineage: Lineage
  past: boolean
  source: LedgerReader['source']
  models: ReadonlyMap<ModelId, LineageModel>
  registrations: ReadonlyMap<ModelId, Registration>
  externals: ReadonlyMap<ModelId, ExternalParent>
  /** The domains that publishers state. */
  domains: ReadonlyMap<Address, string>
  /** External parents whose binding changed since the user first saw it, with what they were bound to. */
  changed: ReadonlyMap<ModelId, readonly ModelId[]>
  labels: ProvedTerms['labels']
  book: LicenseBook
  conjunctions: ReadonlyMap<string, Terms>
  unproved: ProvedTerms['unproved']
  findingsOfQuotas: FindingsOf
  agreements: ReadonlyMap<CredentialId, Digest>
  counted: Counted
  paths: LineagePaths
  /** The answers to the rules of the policy; left out where it has none. */
  ruled?: RuledAnswer
}

type FindingsOf = (evaluated: EvaluatedUse) => Finding[]

type OneUse = Omit<verifyUses.Parameters, 'uses' | 'policy'> & { use: Right; licensee: Address; policy: TrustPolicy }

function reportOf(read: ReadLineage & { findingsOfFiles: FindingsOf }, asked: OneUse): Report {
  const { model, use, licensee, policy, facts, at, tensors } = asked
  const { lineage, models, block, chainId, source, timestamp } = read
  const time = at ?? timestamp
  const known: Facts = { ...policy.facts, ...facts }
  const words = wordsOf(read.counted)
  const question = { ...words, licensee, uses: 1 << RIGHTS[use], time, facts: factsOf(known) }
  const evaluation = evaluate(lineage, question)
  const evaluated: EvaluatedUse = { ...read, evaluation, use, licensee, time }
  const trust = [
    ...trustFindings(evaluated, policy),
    ...tensorFindings(evaluated, model, tensors),
    ...bindingFindings(evaluated),
    ...differingTerms(evaluated),
    ...(read.ruled?.findings ?? []),
  ]
  const { license, relabeled } = withRelabeled(evaluated, licenseFindings(evaluated))
  const obligations = obligationsFrom(evaluated, evaluation, policy)
  const report = {
    version: REPORT_VERSION,
    verdict: verdictOf(evaluation, trust, policy),
    use,
    model,
    licensee,
    at: time,
    dated: read.past || time === timestamp ? ('ledger' as const) : ('credentials' as const),
    block,
    blockTime: timestamp,
    chainId,
    source,
    publisher: models.get(model)!.publisher,
    publisherStanding: standingOf(models.get(model)!, read.counted),
    publishers: publishersOf(read),
    findings: withoutRepeats([
      ...trust,
      ...license,
      ...externalFindings(evaluated),
      ...replacementFindings(evaluated),
      ...agreementFindings(evaluated, question),
      ...read.findingsOfQuotas(evaluated),
      ...purposeFindings(evaluated, question),
      ...relabeled,
      ...missingPrefixes(evaluated),
      ...unreadTexts(evaluated),
      ...read.findingsOfFiles(evaluated),
    ]),
    ...(read.ruled && { rules: read.ruled.rules }),
    obligations,
    deciding: decidingFacts(
      evaluation.findings,
      knownLimits(lineage, models),
      (given) => {
        const other = evaluate(lineage, { ...question, facts: factsOf({ ...known, ...given }) })
        return verdictOf(other, trust, policy)
      },
      // A fact about a territory may say the same of a group of territories.
      MAX_LISTED - question.facts.length - 1,
    ),
    ownWork: ownWorkOf(lineage, question, evaluation),
  }
  return { ...report, models: reportedModels(report, read) }
}

/**
 * A lineage with what the authority recalls by now, where the source can say: the mark on chain follows only when somebody syncs it.
 * A model without a registration keeps its mark.
 */
async function withRecalls(
  reader: LedgerReader,
  lineage: Lineage,
  registrations: ReadonlyMap<ModelId, Registration>,
): Promise<Lineage> {
  const recalled = await reader.readRecalled?.(
    Array.from(registrations, ([model, { weights, tensors }]) => ({ model, weights, tensors })),
  )
  if (!recalled) return lineage
  const models = lineage.models.map((entry) =>
    registrations.has(entry.model) ? { ...entry, recalled: recalled.has(entry.model) } : entry,
  )
  return { ...lineage, models }
}

/**
 * Checks that a registration and the state of its model agree; the id proves the registration. A parent without state must be named as
 * external, or a source could drop the terms of any. Only a parent that is named as external can have been replaced, which a ruling on the
 * model shows.
 */
function requireSameLineage(lineage: Lineage, registrations: ReadonlyMap<ModelId, Registration>): void {
  const external = new Set(lineage.models.filter(isExternal).map(({ model }) => model))
  for (const { model, publisher, terms, parents } of lineage.models) {
    const registration = registrations.get(model)
    if (!registration) continue
    const declared = parents.filter(({ grade }) => grade === 'declared')
    const hasRuling = parents.some(({ grade }) => grade === 'adjudicated')
    let matched = 0
    const isWhole = registration.parents.every((parent) => {
      const edge = declared[matched]
      const isNamed = parent.model === edge?.model && parent.relation === edge.relation
      if (isNamed) matched += 1
      return parent.external ? isNamed || hasRuling : isNamed && !external.has(parent.model)
    })
    const same = registration.publisher === publisher && registration.terms === terms
    if (!same || !isWhole || matched !== declared.length) throw new LineageMismatchError(model)
  }
}

function verdictOf(
  { verdict, possibleObligations }: Evaluation,
  trust: readonly Finding[],
  { fulfilled = [] }: TrustPolicy,
): Verdict {
  if (verdict === 'not-permitted' || trust.some(({ severity }) => severity === 'blocking')) return 'not-permitted'
  if (verdict === 'unknown' || trust.length > 0) return 'unknown'
  const open = obligationsOf(possibleObligations).filter((obligation) => !fulfilled.includes(obligation))
  return open.length === 0 ? 'permitted' : 'conditional'
}

/** Every publisher of a lineage with each standing that its word has there, those first that count for least. External parents have none. */
function publishersOf({ lineage: { models }, counted, domains }: ReadLineage): ReportedPublisher[] {
  const found = new Map<Standing, Set<Address>>(WEAKEST_FIRST.map((standing) => [standing, new Set()]))
  for (const entry of models) {
    if (!isExternal(entry)) found.get(standingOf(entry, counted))!.add(entry.publisher)
  }
  return [...found].flatMap(([standing, publishers]) =>
    Array.from(publishers, (publisher) => {
      const domain = domains.get(publisher)
      return { publisher, standing, ...(domain !== undefined && { domain: shortText(domain, MOST_DOMAIN) }) }
    }),
  )
}

/** Longest domain, in characters (RFC 1035). */
const MOST_DOMAIN = 253
/** Most publishers whose domains are read. */
const MOST_NAMED = 64

/** The publishers of the nearest models of a lineage. Nobody published an external parent. */
function nearestPublishers({ models }: Lineage): Address[] {
  const publishers = new Set(models.filter((entry) => !isExternal(entry)).map(({ publisher }) => publisher))
  return [...publishers].slice(0, MOST_NAMED)
}

const WEAKEST_FIRST: readonly Standing[] = ['unverified', 'named', 'trusted', 'accredited']

/** What the ids of a report stand for, in the order of the lineage. */
function reportedModels(
  { model, findings, obligations, ownWork }: Pick<Report, 'model' | 'findings' | 'obligations' | 'ownWork'>,
  { lineage, registrations, externals, labels, paths, counted }: ReadLineage,
): ReportedModel[] {
  const named = paths.through([...findings, ...obligations].map((reason) => reason.model))
  for (const id of [model, ...ownWork]) named.add(id)
  return lineage.models
    .filter((entry) => named.has(entry.model))
    .map((entry) => {
      const { uri = '', weights = ZERO_DIGEST } = registrations.get(entry.model) ?? {}
      return {
        model: entry.model,
        name: externals.get(entry.model)?.name ?? nameOfUri(uri),
        publisher: entry.publisher,
        standing: standingOf(entry, counted),
        terms: entry.terms,
        license: shortText(labels.get(entry.terms)?.name ?? '', 64),
        weights,
        uri,
      }
    })
}

/** Thrown when the state of a ledger contradicts a registration whose id is right: the source lies, or is broken. */
export class LineageMismatchError extends StemmaError {
  override name = 'LineageMismatchError'
  override readonly kind = 'undecided'
  constructor(model: ModelId) {
    super(
      'LINEAGE_MISMATCH',
      `The source's state of model ${model} contradicts the model's registration, which its id proves. Do not trust this source; ask another node.`,
    )
  }
}
