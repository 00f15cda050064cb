import { isDerivation } from '../core/algebra/rights.ts'
import { ZERO_DIGEST, type ModelId } from '../core/hex.ts'
import { isExternal, isOwnWork, sortLineage, type Lineage, type LineageModel } from '../core/lineage.ts'
import { ALL_FAMILIES, raisedBy } from '../core/terms.ts'
import { UNSTATED_BODY, type TermsBody } from '../core/termsBody.ts'
import { OBLIGATIONS, RIGHTS, TERMS_FLAGS } from '../core/vocabulary.ts'
import { nameOf, termsOf, type EvaluatedUse } from './explain.ts'
import { groupBy } from './groupBy.ts'
import { isLabelAgainst, isLeftToPublisher, studentsDerive } from './labels.ts'
import { foldedName } from './licenseBook.ts'
import { makeFinding } from './makeFinding.ts'
import type { Finding } from '../core/report.ts'

const SHARES_DERIVATIVES = 1 << RIGHTS['redistribute-derivatives']
const SHARE_ALIKE = 1 << OBLIGATIONS['share-alike']
const IMPOSES_FURTHER = 1 << TERMS_FLAGS['imposes-further']

/** A work of another publisher that a model was made from, directly or through works of its own publisher. */
type Origin = { model: LineageModel; isCopy: boolean }

/**
 * The findings of the license algebra and of relabeled works, of which one alone stands for an edge. A label that is void for a right decides,
 * so nothing more is said of the origins that it names. Where it decides nothing, what the works state is said instead.
 *
 * @param license what the license algebra found
 */
export function withRelabeled(
  evaluated: EvaluatedUse,
  license: readonly Finding[],
): { license: readonly Finding[]; relabeled: readonly Finding[] } {
  const bodyFor = bodiesOf(evaluated.lineage)
  const voids = groupBy(
    license.filter(({ code }) => code === 'label-void'),
    ({ model }) => model,
  )
  const dropped = new Set<Finding>()
  const kept = relabeledWorks(evaluated).filter(({ finding, origin }) => {
    const found = voids.get(finding.model)
    if (!found || !isLabelAgainst(bodyFor(evaluated.models.get(finding.model)!), bodyFor(origin))) return true
    if (found.some(({ right }) => right !== undefined)) return false
    for (const each of found) dropped.add(each)
    return true
  })
  return { license: license.filter((each) => !dropped.has(each)), relabeled: kept.map(({ finding }) => finding) }
}

/**
 * Which models state another license than what they were made from, where that license stays: a copy or a conversion keeps the license of its
 * original, and a derivative keeps one that asks to be passed on. Origins with the same terms are named once.
 */
function relabeledWorks(evaluated: EvaluatedUse): { finding: Finding; origin: LineageModel }[] {
  const { lineage, models, labels, paths, time } = evaluated
  const bodyFor = bodiesOf(lineage)
  const nameFor = ({ terms }: LineageModel): string => foldedName(labels.get(terms)?.name ?? terms)
  const works: { finding: Finding; origin: LineageModel }[] = []
  for (const [model, origins] of originsOf(evaluated, bodyFor)) {
    const child = models.get(model)!
    if (isExternal(child) || child.terms === NONE) continue
    for (const { model: origin, isCopy } of origins) {
      if (origin.terms === NONE || origin.terms === child.terms || nameFor(origin) === nameFor(child)) continue
      if (isLeftToPublisher(child, origin, time)) continue
      const kept = isCopy ? 'copy' : keptBy(bodyFor(origin), bodyFor(child))
      if (kept === undefined) continue
      works.push({
        origin,
        finding: makeFinding({ code: 'relabeled', severity: 'warning', model }, paths, () => {
          const [here, there] = [nameOf(evaluated, model), nameOf(evaluated, origin.model)]
          const [own, other] = [termsOf(evaluated, model), termsOf(evaluated, origin.model)]
          return {
            reason: `${here} states ${own}, but it was made from ${there}, which states ${other}: ${KEPT[kept]}. The terms of both count here.`,
            remedy: `Keep to ${other} too, and ask the publisher of ${here} to state it.`,
          }
        }),
      })
    }
  }
  return works
}

function bodiesOf({ terms: known }: Lineage): (model: LineageModel) => TermsBody {
  return ({ terms }) => known.get(terms) ?? UNSTATED_BODY
}

/** Most origins that are compared with a model's license, so that long rows of own works take no square of their length. */
const MOST_ORIGINS = 32
const NONE = ZERO_DIGEST as string as LineageModel['terms']

const KEPT = {
  copy: 'a copy or a conversion keeps the license of its original',
  'share-alike': 'that license asks to be the license of what is made from it',
  restrictions: 'the restrictions of that license go along with what is made from it',
} as const

/** Why a derivative keeps the license of its origin; undefined where it need not, or where the origin allows the other license. */
function keptBy(origin: TermsBody, label: TermsBody): keyof typeof KEPT | undefined {
  const isLimited = origin.outbound !== 0n && origin.outbound !== ALL_FAMILIES
  if (isLimited && label.family !== 0 && (origin.outbound >> BigInt(label.family)) & 1n) return undefined
  if (raisedBy(origin.duties, SHARES_DERIVATIVES) & SHARE_ALIKE) return 'share-alike'
  return origin.flags & IMPOSES_FURTHER ? 'restrictions' : undefined
}

/** The origins of every model, in the order of the lineage. In a cycle, what was not reached before is left out. */
function originsOf(
  { lineage, models }: EvaluatedUse,
  bodyFor: (model: LineageModel) => TermsBody,
): Map<ModelId, readonly Origin[]> {
  const derives = studentsDerive(models, bodyFor)
  const found = new Map<ModelId, readonly Origin[]>()
  for (const child of sortLineage(lineage).order.toReversed()) {
    const origins = new Map<string, Origin>()
    const add = (model: LineageModel, isCopy: boolean): void => {
      const key = `${model.terms} ${isCopy}`
      if (!origins.has(key) && origins.size < MOST_ORIGINS) origins.set(key, { model, isCopy })
    }
    for (const edge of child.parents) {
      if (edge.relation === 'distillation' && !derives.has(edge.model)) continue
      const parent = models.get(edge.model)!
      const isCopy = !isDerivation(edge.relation)
      const isOwn = isOwnWork(parent.publisher, child.publisher)
      if (!isOwn && !isExternal(parent)) add(parent, isCopy)
      else {
        for (const origin of found.get(edge.model) ?? []) {
          if (!isOwnWork(origin.model.publisher, child.publisher)) add(origin.model, isCopy && origin.isCopy)
        }
      }
    }
    found.set(child.model, [...origins.values()])
  }
  return new Map(lineage.models.map(({ model }) => [model, found.get(model) ?? []]))
}
