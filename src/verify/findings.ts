import type { Evaluation, LicenseFindingCode, RawFinding } from '../core/evaluate.ts'
import { ZERO_ADDRESS, ZERO_DIGEST, type Address, type Digest, type ModelId } from '../core/hex.ts'
import { isExternal, type HeldCredential } from '../core/lineage.ts'
import { topicName } from '../core/topics.ts'
import { obligationsOf, rightsOf } from '../core/vocabulary.ts'
import { replacedParents } from './bindings.ts'
import { computedFields } from './computedFields.ts'
import { explain, type EvaluatedUse } from './explain.ts'
import { groupBy } from './groupBy.ts'
import { standingOf } from './standing.ts'
import type { TrustPolicy } from './policy.ts'
import { findingDocs, type ExplainedCode, type Finding, type FindingCode, type Severity } from '../core/report.ts'

/** What a policy says against the models of a lineage, and which of them nothing proves. */
export function trustFindings(evaluated: EvaluatedUse, policy: TrustPolicy): Finding[] {
  const { registrations, unproved, counted } = evaluated
  const denied = new Set(policy.deniedPublishers)
  const trusted = policy.trustedPublishers && new Set(policy.trustedPublishers)
  // Nobody speaks for an external parent, so there is nobody to trust: the license algebra says what it leaves open.
  const registered = evaluated.lineage.models.filter((model) => !isExternal(model))
  const hasUnproved = ({ tier, terms }: HeldCredential): boolean => unproved.has(tier) || unproved.has(terms)
  return registered.flatMap((entry) => {
    const { model, publisher, terms, credentials } = entry
    const codes: ExplainedCode[] = []
    if (!registrations.has(model)) codes.push('registration-unproved')
    if (unproved.has(terms) || credentials.some(hasUnproved)) codes.push('terms-unproved')
    if (denied.has(publisher)) codes.push('publisher-denied')
    else if (trusted && !trusted.has(publisher)) codes.push('publisher-untrusted')
    else if (standingOf(entry, counted) === 'unverified') {
      if (counted.leftOut.has(model)) codes.push('publisher-left-out')
      else if (!trusted) codes.push('publisher-unverified')
    }
    return codes.map((code) =>
      finding(evaluated, code, model, code === 'publisher-denied' ? 'blocking' : 'unknown', {}),
    )
  })
}

/** Which external parents of a lineage match models that are registered, and are not bound to these. */
export function externalFindings(evaluated: EvaluatedUse): Finding[] {
  return evaluated.lineage.models.filter(isExternal).flatMap(({ model, parents }) => {
    const bound = new Set(parents.map((parent) => parent.model))
    const registered = evaluated.externals.get(model)?.registered ?? []
    return registered.some((other) => !bound.has(other))
      ? [finding(evaluated, 'external-known', model, 'warning', {})]
      : []
  })
}

/** Which external parents are bound to something else than when the user first saw them. */
export function bindingFindings(evaluated: EvaluatedUse): Finding[] {
  return [...evaluated.changed.keys()].map((model) => finding(evaluated, 'binding-changed', model, 'unknown', {}))
}

/** Which models name external parents that rulings replaced. */
export function replacementFindings(evaluated: EvaluatedUse): Finding[] {
  return evaluated.lineage.models.flatMap((entry) => {
    const registration = evaluated.registrations.get(entry.model)
    const isReplaced =
      registration?.parents.some(({ external }) => external) && replacedParents(entry, registration).length > 0
    return isReplaced ? [finding(evaluated, 'external-replaced', entry.model, 'warning', {})] : []
  })
}

/** Whether the registration of the model states other tensors than its files have. Stated none, nothing is said. */
export function tensorFindings(
  evaluated: EvaluatedUse,
  model: ModelId,
  computed: Digest | null | undefined,
): Finding[] {
  const stated = evaluated.registrations.get(model)?.tensors ?? ZERO_DIGEST
  if (computed === undefined || stated === ZERO_DIGEST || stated === computed) return []
  return [finding(evaluated, 'tensors-misstated', model, 'blocking', {})]
}

/**
 * What the license algebra found: one finding for each right and each obligation of a raw one; one when it has neither. That the word of
 * an unverified publisher does not count is left out: {@link trustFindings} says it.
 */
export function licenseFindings(evaluated: EvaluatedUse): Finding[] {
  return evaluated.evaluation.findings.flatMap((raw) => findingsFrom(raw, evaluated))
}

function findingsFrom(raw: RawFinding, evaluated: EvaluatedUse): Finding[] {
  if (raw.code === 'publisher-uncounted') {
    const { models, counted } = evaluated
    const standing = standingOf(models.get(raw.model)!, counted)
    if (standing === 'unverified') return []
    if (counted.leftOut.has(raw.model)) return [finding(evaluated, 'publisher-left-out', raw.model, 'unknown', {})]
    // What such a publisher says of the model itself counts, so this is about what it calls its own work.
    if (standing === 'named') return [finding(evaluated, 'own-work-unproved', raw.model, 'unknown', {})]
  }
  const about: Pick<Finding, 'right' | 'obligation'>[] = [
    ...rightsOf(raw.rights).map((right) => ({ right })),
    ...obligationsOf(raw.obligations).map((obligation) => ({ obligation })),
  ]
  const code = raw.code as Exclude<LicenseFindingCode, 'none'>
  return (about.length > 0 ? about : [{}]).map((what) =>
    finding(evaluated, code, raw.model, severityOf(code, what, evaluated.evaluation), {
      ...what,
      ...(raw.topic !== 0 && { fact: topicName(raw.topic) }),
      holder: raw.holder,
    }),
  )
}

/** What the computed fields of a finding are computed from. */
type Source = { evaluated: EvaluatedUse; what: Parameters<typeof explain>[1]; words?: ReturnType<typeof explain> }

// All paths of a long row together hold the square of its length.
const withWords = computedFields<Source, Pick<Finding, 'path' | 'reason' | 'remedy' | 'docs'>>({
  path: ({ evaluated, what }) => evaluated.paths.get(what.model) ?? [],
  reason: (source) => wordsOf(source).reason,
  remedy: (source) => wordsOf(source).remedy,
  docs: ({ what }) => findingDocs(what.code),
})

function wordsOf(source: Source): ReturnType<typeof explain> {
  return (source.words ??= explain(source.evaluated, source.what))
}

function finding(
  evaluated: EvaluatedUse,
  code: ExplainedCode,
  model: ModelId,
  severity: Severity,
  what: Pick<Finding, 'right' | 'obligation' | 'fact'> & { holder?: Address },
): Finding {
  const { holder = ZERO_ADDRESS, ...about } = what
  return withWords({ code, severity, ...about, model }, { evaluated, what: { code, model, holder, ...about } })
}

function severityOf(
  code: FindingCode,
  { right, obligation }: Pick<Finding, 'right' | 'obligation'>,
  { verdict }: Evaluation,
): Severity {
  switch (code) {
    case 'label-void':
    case 'right-withheld':
      // Without a right, a label that is void changes nothing here.
      if (!right) return 'warning'
      // What a base withholds or excludes is open while it may be the publisher's own work.
      return verdict === 'not-permitted' ? 'blocking' : 'unknown'
    case 'model-recalled':
      return 'blocking'
    case 'right-unstated':
    case 'parent-external':
    case 'publisher-uncounted':
    case 'label-doubtful':
      return 'unknown'
    case 'threshold-exceeded':
      return right ? 'blocking' : 'duty'
    case 'fact-missing':
    case 'threshold-doubtful':
      return right ? 'unknown' : 'duty'
    default:
      return obligation ? 'duty' : 'warning'
  }
}

/**
 * Findings, each once: the same credential can be in the way on several edges. Reasons are compared only where all else is the same,
 * because they are made when they are read.
 */
export function withoutRepeats(findings: readonly Finding[]): Finding[] {
  const byModel = groupBy(findings, ({ model }) => model)
  const repeats = new Set<Finding>()
  for (const ofModel of byModel.values()) {
    if (ofModel.length === 1) continue
    const alike = groupBy(ofModel, ({ code, right, obligation, fact, rule }) =>
      [code, right, obligation, fact, rule].join(),
    )
    for (const group of alike.values()) {
      if (group.length === 1) continue
      const reasons = new Set<string>()
      for (const found of group) {
        if (reasons.has(found.reason)) repeats.add(found)
        reasons.add(found.reason)
      }
    }
  }
  return findings.filter((found) => !repeats.has(found))
}
