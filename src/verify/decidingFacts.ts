import type { RawFinding, Verdict } from '../core/evaluate.ts'
import { ZERO_ADDRESS, type ModelId, type TermsId } from '../core/hex.ts'
import type { Lineage, LineageModel } from '../core/lineage.ts'
import { isTopic, topicName, topicOf, type Facts } from '../core/topics.ts'
import type { DecidingFact } from '../core/report.ts'

/** What a threshold touches: some rights and obligations, by masks, through the measure of one topic. */
type Touched = Pick<RawFinding, 'model' | 'holder' | 'rights' | 'obligations' | 'topic'>

/** Most facts that are tried: each costs evaluations of the whole lineage. */
const MOST_TRIED = 16

/**
 * The missing facts of which the verdict depends on the value. Each is tried at every limit that was found and right above it,
 * while the other missing facts stay at 0. Those that lie nearest to the first model are tried, and stated, where they are too many.
 *
 * @param room how many facts a question may still state
 * @param verdictWith the verdict when these facts are given beside those that are known
 */
export function decidingFacts(
  findings: readonly RawFinding[],
  limits: (finding: RawFinding) => readonly bigint[],
  verdictWith: (facts: Facts) => Verdict,
  room: number,
): DecidingFact[] {
  const missing = new Map<string, Set<bigint>>()
  for (const finding of findings) {
    if (finding.code !== 'fact-missing' || !isTopic(finding.topic)) continue
    const fact = topicName(finding.topic)
    const found = missing.get(fact) ?? new Set()
    if (found.size === 0 && missing.size >= room) continue
    for (const limit of limits(finding)) found.add(limit)
    missing.set(fact, found)
  }
  const none = Object.fromEntries([...missing.keys()].map((fact) => [fact, 0n]))
  return [...missing].slice(0, MOST_TRIED).flatMap(([fact, found]) => {
    const rising = [...found].toSorted((a, b) => (a < b ? -1 : 1))
    const verdictAt = (index: number): Verdict => {
      const value = rising[index] ?? (rising.at(-1) ?? 0n) + 1n
      return verdictWith({ ...none, [fact]: value })
    }
    const steps = turningPoints(verdictAt, rising.length).map(([index, verdict]) => ({
      atMost: rising[index]?.toString() ?? null,
      verdict,
    }))
    return steps.length > 1 ? [{ fact, steps }] : []
  })
}

/**
 * The positions from 0 to `last` after which the verdict is another one, and `last`, each with its verdict. A higher value of a fact
 * only ever exceeds more limits, so the verdict never returns to an earlier one, and what lies between two equal ones is equal. So
 * thousands of limits take a few dozen evaluations.
 */
function turningPoints(verdictAt: (index: number) => Verdict, last: number): [number, Verdict][] {
  const between = (from: number, to: number, low: Verdict, high: Verdict): [number, Verdict][] => {
    if (low === high) return []
    if (to - from === 1) return [[from, low]]
    const middle = (from + to) >> 1
    const verdict = verdictAt(middle)
    return [...between(from, middle, low, verdict), ...between(middle, to, verdict, high)]
  }
  const end = verdictAt(last)
  return last === 0 ? [[0, end]] : [...between(0, last, verdictAt(0), end), [last, end]]
}

/** {@link limitsOf} for the findings of one lineage, computed once for all models that have the same terms. */
export function knownLimits(
  lineage: Lineage,
  models: ReadonlyMap<ModelId, LineageModel>,
): (finding: RawFinding) => readonly bigint[] {
  const known = new Map<TermsId, Map<string, readonly bigint[]>>()
  return (found) => {
    const model = models.get(found.model)
    if (!model || found.holder !== ZERO_ADDRESS) return limitsOf(lineage, model, found)
    const ofTerms = known.get(model.terms) ?? new Map<string, readonly bigint[]>()
    known.set(model.terms, ofTerms)
    const key = `${found.topic} ${found.rights} ${found.obligations}`
    const limits = ofTerms.get(key) ?? limitsOf(lineage, model, found)
    ofTerms.set(key, limits)
    return limits
  }
}

/** The limits of the thresholds that a finding is about: in a model's terms, or in those of a holder's credentials for it. */
export function limitsOf(
  { terms }: Lineage,
  model: LineageModel | undefined,
  { holder, rights, obligations, topic }: Touched,
): bigint[] {
  if (!model) return []
  const isOfModel = holder === ZERO_ADDRESS
  const sources: TermsId[] = isOfModel
    ? [model.terms]
    : model.credentials.filter((held) => held.holder === holder).map((held) => held.terms)
  return sources
    .flatMap((id) => terms.get(id)?.thresholds ?? [])
    .filter((threshold) => topicOf(threshold) === topic)
    .filter(({ withdraws, adds }) => (withdraws & rights) !== 0 || (adds & obligations) !== 0)
    .map(({ limit }) => limit)
}
