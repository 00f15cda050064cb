import type { TermsId } from '../core/hex.ts'
import type { Report, ReportedObligation } from '../core/report.ts'
import type { TermsBody } from '../core/termsBody.ts'
import { topicName, topicOf } from '../core/topics.ts'
import { OBLIGATIONS, rightsMask } from '../core/vocabulary.ts'
import type { Duty, DutyThreshold } from '../documents/duties.ts'

/**
 * The duties that pass on to those who use a model through an endpoint: the obligations of a report, those of many models that are the
 * same as one, with the thresholds above which they hold.
 *
 * @param terms the terms of the lineage by id
 */
export function passedDuties({ obligations }: Report, terms: ReadonlyMap<TermsId, TermsBody>): Duty[] {
  const duties = new Map<string, Duty>()
  for (const found of obligations) {
    const { obligation, model, terms: id, license, certain, clause, display, prefix, detail, uri } = found
    const thresholds = certain ? [] : thresholdsOf(terms.get(id), found)
    const key = JSON.stringify([obligation, id, certain, clause, display, prefix, detail])
    const known = duties.get(key)
    duties.set(key, {
      obligation,
      models: [...(known?.models ?? []), model],
      terms: id,
      license,
      certain,
      thresholds,
      ...(clause !== undefined && { clause }),
      ...(display !== undefined && { show: display }),
      ...(prefix !== undefined && { prefix }),
      ...(detail !== undefined && { detail }),
      ...(uri !== undefined && { uri }),
    })
  }
  return [...duties.values()]
}

/** The thresholds of terms that add an obligation for one of its uses. */
function thresholdsOf(body: TermsBody | undefined, { obligation, uses }: ReportedObligation): DutyThreshold[] {
  const mask = rightsMask(uses)
  return (body?.thresholds ?? [])
    .filter((each) => each.adds & (1 << OBLIGATIONS[obligation]) && each.uses & mask)
    .map((each) => ({ fact: topicName(topicOf(each)), above: each.limit.toString() }))
}
