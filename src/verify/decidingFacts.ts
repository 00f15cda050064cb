import type { Facts, RawFinding, Verdict } from '../core/evaluate.ts'
import { ZERO_ADDRESS, type TermsId } from '../core/hex.ts'
import type { Lineage, LineageModel } from '../core/lineage.ts'
import { metricName, type Metric } from '../core/vocabulary.ts'
import type { DecidingFact } from './report.ts'

/** What a threshold touches: some rights and obligations, by masks, through one metric. */
type Touched = Pick<RawFinding, 'model' | 'holder' | 'rights' | 'obligations' | 'metric'>

/**
 * The missing facts of which the verdict depends on the value. Each is tried at every limit that was found and right above it,
 * while the other missing facts stay at 0.
 *
 * @param verdictWith the verdict when these facts are given beside those that are known
 */
export function decidingFacts(
  findings: readonly RawFinding[],
  limits: (finding: RawFinding) => readonly bigint[],
  verdictWith: (facts: Facts) => Verdict,
): DecidingFact[] {
  const missing = new Map<Metric, Set<bigint>>()
  for (const finding of findings) {
    const metric = metricName(finding.metric)
    if (finding.code !== 'fact-missing' || !metric) continue
    const found = missing.get(metric) ?? new Set()
    for (const limit of limits(finding)) found.add(limit)
    missing.set(metric, found)
  }
  const none = Object.fromEntries([...missing.keys()].map((metric) => [metric, 0n]))
  return [...missing].flatMap(([metric, found]) => {
    const rising = [...found].toSorted((a, b) => (a < b ? -1 : 1))
    const verdictAt = (value: bigint): Verdict => verdictWith({ ...none, [metric]: value })
    const steps: DecidingFact['steps'][number][] = rising.map((limit) => ({
      atMost: limit.toString(),
      verdict: verdictAt(limit),
    }))
    steps.push({ atMost: null, verdict: verdictAt((rising.at(-1) ?? 0n) + 1n) })
    const turning = steps.filter(({ verdict }, index) => verdict !== steps[index + 1]?.verdict)
    return turning.length > 1 ? [{ metric, steps: turning }] : []
  })
}

/** The limits of the thresholds that a finding is about: in a model's terms, or in those of a holder's credentials for it. */
export function limitsOf(
  { terms }: Lineage,
  model: LineageModel | undefined,
  { holder, rights, obligations, metric }: Touched,
): bigint[] {
  if (!model) return []
  const isOfModel = holder === ZERO_ADDRESS
  const sources: TermsId[] = isOfModel
    ? [model.terms]
    : model.credentials.filter((held) => held.holder === holder).map((held) => held.terms)
  return sources
    .flatMap((id) => terms.get(id)?.thresholds ?? [])
    .filter((threshold) => threshold.metric === metric)
    .filter(({ withdraws, adds }) => (withdraws & rights) !== 0 || (adds & obligations) !== 0)
    .map(({ limit }) => limit)
}
