import {
  evaluate,
  type Evaluation,
  type Facts,
  type FindingCode as LicenseFindingCode,
  type RawFinding,
  type Verdict,
} from '../core/evaluate.ts'
import { StemmaError } from '../core/errors.ts'
import { ZERO_ADDRESS, type Address, type ModelId } from '../core/hex.ts'
import { indexLineage, pathsFrom, type Lineage } from '../core/lineage.ts'
import type { LedgerReader } from '../core/ports.ts'
import type { Registration } from '../core/registration.ts'
import { metricName, OBLIGATIONS, obligationsOf, RIGHTS, rightsOf, type Right } from '../core/vocabulary.ts'
import { explain, type Context } from './explain.ts'
import type { TrustPolicy } from './policy.ts'
import { quotaFindings, readQuotas } from './quotas.ts'
import type { ExplainedCode, Finding, FindingCode, Report, ReportedObligation, Severity } from './report.ts'

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
  override readonly kind = 'undecided'
  constructor(model: ModelId) {
    super(
      'LINEAGE_MISMATCH',
      `The state that was read of model ${model} contradicts its registration, whose id is right. Do not trust this source; ask another node.`,
    )
  }
}
