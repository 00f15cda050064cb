import type { ModelId } from '../core/hex.ts'
import { isCredentialValidAt, isOwnWork, type Lineage, type LineageEdge, type LineageModel } from '../core/lineage.ts'
import { ALL_FAMILIES, raisedBy } from '../core/terms.ts'
import { UNSTATED_BODY, type TermsBody } from '../core/termsBody.ts'
import { ALIKE_FAMILIES, FAMILIES, FAMILY_NAMES, OBLIGATIONS, RIGHTS, TERMS_FLAGS } from '../core/vocabulary.ts'

/** How the license of a model stands to the terms of what the model was made from. */
export type Label = {
  /** The ancestors whose terms do not allow the label, nearest first. */
  against: readonly ModelId[]
  /** Those of them that bind only as far as is known: an edge of a publisher's word, said later, leads to them. */
  doubtful: ReadonlySet<ModelId>
  /** Whether the label belongs to a family of licenses. */
  hasFamily: boolean
  /** The families under which all of them let the model be passed on. */
  allowed: readonly string[]
}

const SHARES_DERIVATIVES = 1 << RIGHTS['redistribute-derivatives']
const SHARE_ALIKE = 1 << OBLIGATIONS['share-alike']
const STUDENTS_DERIVE = 1 << TERMS_FLAGS['students-derive']
const FORBIDS_FURTHER = 1 << TERMS_FLAGS['forbids-further']
const IMPOSES_FURTHER = 1 << TERMS_FLAGS['imposes-further']
const ALIKE: ReadonlySet<number> = new Set(ALIKE_FAMILIES.map((family) => FAMILIES[family]))

/**
 * Finds whose terms a model's license breaks. That it breaks any is for the license algebra to say; this says which, for the explanation.
 *
 * @param time when credentials that let a publisher choose another license are looked at, in Unix seconds
 */
export function labelOf(
  lineage: Lineage,
  models: ReadonlyMap<ModelId, LineageModel>,
  model: ModelId,
  time: number,
): Label {
  const bodyOf = ({ terms }: LineageModel): TermsBody => lineage.terms.get(terms) ?? UNSTATED_BODY
  const label = bodyOf(models.get(model)!)
  const family = familyOf(label)
  const against = new Set<ModelId>()
  const sure = new Set<ModelId>()
  let allowed = ALL_FAMILIES
  for (const { child, parent, certain } of edgesAbove(models, model, bodyOf)) {
    const body = bodyOf(parent)
    if (isLeftToPublisher(child, parent, time)) continue
    allowed &= outboundOf(body)
    if (!isLabelAgainst(label, body)) continue
    against.add(parent.model)
    if (certain) sure.add(parent.model)
  }
  return {
    against: [...against],
    doubtful: new Set([...against].filter((ancestor) => !sure.has(ancestor))),
    hasFamily: family !== 0,
    allowed: FAMILY_NAMES.filter((name) => (allowed >> BigInt(FAMILIES[name])) & 1n),
  }
}

/** Whether a label is none that the terms of an ancestor let a derivative have. */
export function isLabelAgainst(label: TermsBody, origin: TermsBody): boolean {
  const [family, outbound] = [familyOf(label), outboundOf(origin)]
  const isOutside = family === 0 ? outbound !== ALL_FAMILIES : ((outbound >> BigInt(family)) & 1n) === 0n
  return isOutside || (label.flags & FORBIDS_FURTHER && origin.flags & IMPOSES_FURTHER) !== 0
}

/** The families under which terms let a derivative be passed on. */
function outboundOf({ outbound }: TermsBody): bigint {
  return outbound === 0n ? ALL_FAMILIES : outbound & ALL_FAMILIES
}

type Step = { child: LineageModel; parent: LineageModel; certain: boolean }

/** The edges by which a model is a derivative of its ancestors, nearest first, each once for certain steps and once for others. */
function* edgesAbove(
  models: ReadonlyMap<ModelId, LineageModel>,
  first: ModelId,
  bodyOf: (model: LineageModel) => TermsBody,
): Generator<Step> {
  const derives = studentsDerive(models, bodyOf)
  const walked = new Set<string>()
  let generation: { model: ModelId; certain: boolean }[] = [{ model: first, certain: true }]
  while (generation.length > 0) {
    const next: typeof generation = []
    for (const { model, certain } of generation) {
      const child = models.get(model)!
      for (const edge of child.parents) {
        const step = { child, parent: models.get(edge.model)!, certain: certain && isCertain(edge) }
        const key = `${model} ${edge.model} ${edge.relation} ${step.certain}`
        if (walked.has(key) || (edge.relation === 'distillation' && !derives.has(edge.model))) continue
        walked.add(key)
        yield step
        next.push({ model: edge.model, certain: step.certain })
      }
    }
    generation = next
  }
}

/** The models whose students are their derivatives: by their own terms, or by those of an ancestor. */
export function studentsDerive(
  models: ReadonlyMap<ModelId, LineageModel>,
  bodyOf: (model: LineageModel) => TermsBody,
): Set<ModelId> {
  const children = new Map<ModelId, ModelId[]>()
  for (const { model, parents } of models.values()) {
    for (const parent of parents) {
      const list = children.get(parent.model)
      if (list) list.push(model)
      else children.set(parent.model, [model])
    }
  }
  const found = new Set<ModelId>()
  const waiting = [...models.values()]
    .filter((model) => bodyOf(model).flags & STUDENTS_DERIVE)
    .map(({ model }) => model)
  for (let model = waiting.pop(); model !== undefined; model = waiting.pop()) {
    if (found.has(model)) continue
    found.add(model)
    waiting.push(...(children.get(model) ?? []))
  }
  return found
}

function isCertain({ grade }: LineageEdge): boolean {
  return grade !== 'acknowledged' && grade !== 'countersigned'
}

/** Whether the parent's publisher leaves the license of what is made from it to the child's: it is the same, or granted it. */
export function isLeftToPublisher(child: LineageModel, parent: LineageModel, time: number): boolean {
  if (isOwnWork(parent.publisher, child.publisher)) return true
  return parent.credentials.some(
    ({ holder, passThrough, credential }) =>
      holder === child.publisher && passThrough & SHARES_DERIVATIVES && isCredentialValidAt(credential, time),
  )
}

/** The family of a license; 0 where it states none, or one whose share-alike it does not demand. */
function familyOf({ family, duties }: TermsBody): number {
  const isKept = !ALIKE.has(family) || (raisedBy(duties, SHARES_DERIVATIVES) & SHARE_ALIKE) !== 0
  return isKept ? family : 0
}
