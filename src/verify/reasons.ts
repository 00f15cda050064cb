import type { ModelId, TermsId } from '../core/hex.ts'
import { RIGHT_NAMES, type Obligation, type Right } from '../core/vocabulary.ts'
import { groupBy } from './groupBy.ts'
import type { Finding, FindingCode, ObligationWords, Report, ReportedModel, Severity } from '../core/report.ts'

/**
 * Findings that are one reason: they differ in nothing but the right, the obligation or the model, whose terms are the same. Those about one
 * rule of the policy are one reason too.
 */
export type Reason = {
  code: FindingCode
  severity: Severity
  /** The terms of its models. */
  terms: TermsId
  /** The name of these terms; empty when there are none. */
  license: string
  /** The name of the fact that it depends on. */
  fact?: string
  /** In the order of the lineage. */
  models: readonly ModelId[]
  /** The rights that it is about, by model. */
  rights: ReadonlyMap<ModelId, readonly Right[]>
  findings: readonly Finding[]
}

/** One obligation of one license, with every model whose terms demand it. */
export type Demand = {
  obligation: Obligation
  terms: TermsId
  license: string
  models: readonly ModelId[]
  /** Whether it holds for certain, or only if a missing fact is above its limit. */
  certain: boolean
  /** The missing facts that it depends on. */
  facts: readonly string[]
  fulfilled: boolean
  /** The uses that raise it. */
  uses: readonly Right[]
  /** Where the text of the license is. */
  uri?: string
} & ObligationWords

/** What decides stands first. */
const SEVERITIES: readonly Severity[] = ['blocking', 'unknown', 'duty', 'warning']

/** The findings of reports on one model, grouped by reason, the deciding reasons first. */
export function reasonsOf(reports: readonly Report[]): Reason[] {
  const models = modelsOf(reports)
  const places = new Map([...models.keys()].map((id, place) => [id, place]))
  const groups = groupBy(
    reports.flatMap(({ findings }) => findings),
    // A rule of the policy speaks of models, whatever their terms are.
    ({ code, severity, fact, rule, model }) =>
      [severity, code, fact, rule, rule === undefined ? models.get(model)?.terms : ''].join(),
  )
  const reasons = [...groups.values()].map((findings): Reason => {
    const [{ code, severity, fact, model }] = findings as [Finding]
    const named = models.get(model)
    const rights = new Map<ModelId, Right[]>()
    for (const found of findings) {
      const listed = rights.get(found.model) ?? []
      if (found.right && !listed.includes(found.right)) listed.push(found.right)
      rights.set(found.model, listed)
    }
    return {
      code,
      severity,
      terms: named!.terms,
      license: named!.license,
      ...(fact !== undefined && { fact }),
      models: [...rights.keys()].toSorted((a, b) => places.get(a)! - places.get(b)!),
      rights,
      findings,
    }
  })
  return reasons.toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity))
}

/** The obligations of reports on one model, license by license. */
export function demandsOf(reports: readonly Report[]): Demand[] {
  const findings = reports.flatMap((report) => report.findings)
  const obligations = reports.flatMap((report) => report.obligations)
  const groups = groupBy(obligations, ({ obligation, terms, certain }) => [obligation, terms, certain].join())
  return [...groups.values()].map((group): Demand => {
    const [first] = group as [(typeof group)[number]]
    const { obligation, certain, fulfilled, terms, license, uri, clause, display, prefix, detail } = first
    const uses = new Set(group.flatMap((entry) => entry.uses))
    const named = new Set(group.map((entry) => entry.model))
    const open = findings.filter(
      (found) => found.code === 'fact-missing' && found.obligation === obligation && named.has(found.model),
    )
    const facts = certain ? [] : open.flatMap(({ fact }) => fact ?? [])
    return {
      obligation,
      terms,
      license,
      models: [...named],
      certain,
      facts: [...new Set(facts)],
      fulfilled,
      uses: RIGHT_NAMES.filter((use) => uses.has(use)),
      ...(uri !== undefined && { uri }),
      ...(clause !== undefined && { clause }),
      ...(display !== undefined && { display }),
      ...(prefix !== undefined && { prefix }),
      ...(detail !== undefined && { detail }),
    }
  })
}

/** Every model that some reports on the same model name, by id, the model itself first. */
export function modelsOf(reports: readonly Report[]): Map<ModelId, ReportedModel> {
  return new Map(reports.flatMap(({ models }) => models).map((entry) => [entry.model, entry]))
}
