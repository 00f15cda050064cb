import {
  evaluate,
  type Evaluation,
  type Facts,
  type FindingCode as LicenseFindingCode,
  type RawFinding,
  type Verdict,
} from '../core/evaluate.ts'
import { StemmaError } from '../core/errors.ts'
import { ZERO_ADDRESS, type Address, type CredentialId, type ModelId, type TermsId } from '../core/hex.ts'
import { indexLineage, pathsFrom, type Lineage, type LineageModel } from '../core/lineage.ts'
import type { LedgerReader, Source } from '../core/ports.ts'
import type { Registration } from '../core/registration.ts'
import {
  metricName,
  OBLIGATIONS,
  obligationsOf,
  RIGHTS,
  rightsOf,
  type Metric,
  type Obligation,
  type Right,
} from '../core/vocabulary.ts'
import { explain } from './explain.ts'
import type { TrustPolicy } from './policy.ts'
import { quotaFindings, readQuotas } from './quotas.ts'

/** Codes of findings that `explain` says in words. */
export type ExplainedCode =
  Exclude<LicenseFindingCode, 'none'> | 'publisher-denied' | 'publisher-untrusted' | 'registration-unproved'

/** Why an answer is what it is: the codes of the license algebra, of trust, and of quotas. */
export type FindingCode = ExplainedCode | 'quota-exceeded'

/** What a finding does: forbids the use, leaves it open, lays a duty on the licensee, or is worth knowing. */
export type Severity = 'blocking' | 'unknown' | 'duty' | 'warning'

/** What an operator has anchored of the calls under a credential, beside the quotas of its tier. */
export type FoundUsage = { operator: Address; credential: CredentialId } & Record<
  'calls' | 'callQuota' | 'tokens' | 'tokenQuota',
  string
>

/** One reason, for people and programs. */
export type Finding = {
  code: FindingCode
  severity: Severity
  /** The right that it is about. */
  right?: Right
  /** The obligation that it is about. */
  obligation?: Obligation
  /** The fact of the licensee that it depends on. */
  metric?: Metric
  /** The model that it lies at. */
  model: ModelId
  /** Ids from the model that was asked about up to `model`, both included. */
  path: readonly ModelId[]
  reason: string
  remedy: string
  /** Of a finding about a quota: what an operator has anchored. Counts are decimal strings; a quota of 0 is no bound. */
  usage?: FoundUsage
}

/** What the licensee has to do, or may have to do, when it uses the model so. */
export type ReportedObligation = {
  obligation: Obligation
  /** Whose terms demand it. */
  model: ModelId
  /** Ids from the model that was asked about up to `model`, both included. */
  path: readonly ModelId[]
  /** Whether it holds for certain, or only if a fact that was not given is so. */
  certain: boolean
  /** Whether the policy says that the licensee meets it already. */
  fulfilled: boolean
}

/** The answer to "may we ship this?". Its JSON form is described in `docs/verify-report.schema.json`. */
export type Report = {
  verdict: Verdict
  use: Right
  model: ModelId
  /** Who asks; the zero address is the public. */
  licensee: Address
  /** When credentials were looked at, in Unix seconds. */
  at: number
  /** Number of the block whose state it was read from. */
  block: number
  chainId: number
  source: Source
  findings: readonly Finding[]
  obligations: readonly ReportedObligation[]
}

/**
 * Answers whether a model may be used in a way, with reasons. Two reads: the state of the whole lineage, then the
 * registrations of it, whose ids are recomputed so that nothing of the ancestry has to be believed.
 *
 * @throws `UnregisteredModelError` when the model is not registered
 * @throws {@link LineageMismatchError} when the state contradicts the registrations: the source lies or is broken
 */
export async function verify(reader: LedgerReader, parameters: verify.Parameters): Promise<Report> {
  const { model, use, policy = {} } = parameters
  const licensee = policy.licensee ?? ZERO_ADDRESS
  const { lineage, block, timestamp, chainId } = await reader.readLineage(model, licensee)
  const ids = lineage.models.map((entry) => entry.model)
  const [registrations, termsNames, usages] = await Promise.all([
    reader.readRegistrations(ids),
    reader.readTermsNames([...lineage.terms.keys()]),
    readQuotas(reader, lineage, licensee, policy),
  ])
  requireSameLineage(lineage, registrations)

  const time = parameters.at ?? timestamp
  const facts = { ...policy.facts, ...parameters.facts }
  const evaluation = evaluate(lineage, { licensee, uses: 1 << RIGHTS[use], time, facts })
  const context = {
    lineage,
    models: indexLineage(lineage),
    registrations,
    termsNames,
    paths: pathsFrom(lineage, model),
    evaluation,
    use,
    licensee,
    time,
  }
  const trust = trustFindings(context, policy)
  const obligations = obligationsFrom(context, policy)
  return {
    verdict: verdictOf(evaluation, trust, obligations),
    use,
    model,
    licensee,
    at: time,
    block,
    chainId,
    source: reader.source,
    findings: withoutRepeats([
      ...trust,
      ...evaluation.findings.flatMap((raw) => findingsFrom(raw, context)),
      ...quotaFindings(usages, context),
    ]),
    obligations,
  }
}

export declare namespace verify {
  type Parameters = {
    model: ModelId
    use: Right
    policy?: TrustPolicy
    /** Facts of the licensee; they come before the policy's. */
    facts?: Facts
    /** Look at credentials as they were or will be at this time (Unix seconds), by what is known now. */
    at?: number
  }
}

/** What findings are explained with. */
export type Context = {
  lineage: Lineage
  /** The models of the lineage by id. */
  models: ReadonlyMap<ModelId, LineageModel>
  registrations: ReadonlyMap<ModelId, Registration>
  termsNames: ReadonlyMap<TermsId, string>
  paths: ReadonlyMap<ModelId, readonly ModelId[]>
  evaluation: Evaluation
  use: Right
  licensee: Address
  time: number
}

/** A registration and the state of its model have to say the same; the id vouches for the registration. */
function requireSameLineage(lineage: Lineage, registrations: ReadonlyMap<ModelId, Registration>): void {
  for (const { model, publisher, terms, parents } of lineage.models) {
    const registration = registrations.get(model)
    if (!registration) continue
    const declared = parents.filter(({ grade }) => grade === 'declared')
    const same =
      registration.publisher === publisher &&
      registration.terms === terms &&
      registration.parents.length === declared.length &&
      registration.parents.every(
        (parent, index) => parent.model === declared[index]?.model && parent.relation === declared[index]?.relation,
      )
    if (!same) throw new LineageMismatchError(model)
  }
}

function trustFindings(context: Context, policy: TrustPolicy): Finding[] {
  return context.lineage.models.flatMap(({ model, publisher }) => {
    const codes: ExplainedCode[] = []
    if (!context.registrations.has(model)) codes.push('registration-unproved')
    if (policy.deniedPublishers?.includes(publisher)) codes.push('publisher-denied')
    else if (policy.trustedPublishers && !policy.trustedPublishers.includes(publisher))
      codes.push('publisher-untrusted')
    return codes.map((code) => finding(context, code, model, code === 'publisher-denied' ? 'blocking' : 'unknown', {}))
  })
}

/** One finding for each right and each obligation of a raw one; one in all when it has neither. */
function findingsFrom(raw: RawFinding, context: Context): Finding[] {
  const metric = metricName(raw.metric)
  const about: Pick<Finding, 'right' | 'obligation'>[] = [
    ...rightsOf(raw.rights).map((right) => ({ right })),
    ...obligationsOf(raw.obligations).map((obligation) => ({ obligation })),
  ]
  const code = raw.code as Exclude<LicenseFindingCode, 'none'>
  return (about.length > 0 ? about : [{}]).map((what) =>
    finding(context, code, raw.model, severityOf(code, what), {
      ...what,
      ...(metric && { metric }),
      holder: raw.holder,
    }),
  )
}

function finding(
  context: Context,
  code: ExplainedCode,
  model: ModelId,
  severity: Severity,
  what: Pick<Finding, 'right' | 'obligation' | 'metric'> & { holder?: Address },
): Finding {
  const { holder, ...rest } = what
  const { reason, remedy } = explain(context, { code, model, holder: holder ?? ZERO_ADDRESS, ...rest })
  return { code, severity, ...rest, model, path: context.paths.get(model) ?? [], reason, remedy }
}

function severityOf(code: FindingCode, { right, obligation }: Pick<Finding, 'right' | 'obligation'>): Severity {
  switch (code) {
    case 'right-withheld':
    case 'model-recalled':
      return 'blocking'
    case 'right-unstated':
    case 'share-alike-conflict':
      return 'unknown'
    case 'threshold-exceeded':
      return right ? 'blocking' : 'duty'
    case 'fact-missing':
      return right ? 'unknown' : 'duty'
    default:
      return obligation ? 'duty' : 'warning'
  }
}

function obligationsFrom({ evaluation, paths }: Context, policy: TrustPolicy): ReportedObligation[] {
  return evaluation.duties.flatMap(({ model, sure, possible }) =>
    obligationsOf(possible).map((obligation) => ({
      obligation,
      model,
      path: paths.get(model) ?? [],
      certain: (sure & (1 << OBLIGATIONS[obligation])) !== 0,
      fulfilled: policy.fulfilled?.includes(obligation) ?? false,
    })),
  )
}

function verdictOf(
  { verdict }: Evaluation,
  trust: readonly Finding[],
  obligations: readonly ReportedObligation[],
): Verdict {
  if (verdict === 'not-permitted' || trust.some(({ severity }) => severity === 'blocking')) return 'not-permitted'
  if (verdict === 'unknown' || trust.length > 0) return 'unknown'
  return obligations.every(({ fulfilled }) => fulfilled) ? 'permitted' : 'conditional'
}

/** Findings, each once: the same credential can be in the way on several edges. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  const byKey = new Map<string, Finding>()
  for (const found of findings) {
    const { code, model, right, obligation, metric, reason } = found
    const key = [code, model, right, obligation, metric, reason].join()
    if (!byKey.has(key)) byKey.set(key, found)
  }
  return [...byKey.values()]
}

/** Thrown when the state of a ledger contradicts a registration whose id is right: the source lies, or is broken. */
export class LineageMismatchError extends StemmaError {
  override name = 'LineageMismatchError'
  constructor(model: ModelId) {
    super(
      'LINEAGE_MISMATCH',
      `The state that was read of model ${model} contradicts its registration, whose id is right. Do not trust this source; ask another node.`,
    )
  }
}
