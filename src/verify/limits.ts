import type { RawFinding } from '../core/evaluate.ts'
import { ZERO_ADDRESS, type TermsId } from '../core/hex.ts'
import type { Lineage, LineageModel } from '../core/lineage.ts'

/** What a threshold touches: some rights and obligations, by masks, through one metric. */
type Touched = Pick<RawFinding, 'model' | 'holder' | 'rights' | 'obligations' | 'metric'>

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
