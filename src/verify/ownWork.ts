import { evaluate, type Evaluation, type Question } from '../core/evaluate.ts'
import { ZERO_ADDRESS, type Address, type ModelId } from '../core/hex.ts'
import { indexLineage, isOwnWork, type HeldCredential, type Lineage, type LineageModel } from '../core/lineage.ts'

/**
 * Finds the ancestors on whose ownership a permission rests. The terms of a model do not bind what its own publisher makes of it,
 * and that it is the publisher's own is the publisher's word. So the question is asked once more as if each such ancestor
 * had a publisher of its own; the ancestors that then forbid the use, or leave it open, are returned, nearest first.
 */
export function ownWorkOf(lineage: Lineage, question: Question, { verdict }: Evaluation): ModelId[] {
  if (verdict !== 'permitted' && verdict !== 'conditional') return []
  const own = ownAncestors(lineage, question.licensee)
  if (own.size === 0) return []
  const asked = evaluate(withOtherPublishers(lineage, own), question)
  if (asked.verdict === 'permitted' || asked.verdict === 'conditional') return []
  const reasons = new Set(asked.findings.filter(({ model }) => own.has(model)).map(({ model }) => model))
  return lineage.models.map(({ model }) => model).filter((model) => reasons.has(model))
}

/** The ancestors that have the publisher of one of their children, with the address that stands in for it. */
function ownAncestors(lineage: Lineage, licensee: Address): Map<ModelId, Address> {
  const models = indexLineage(lineage)
  const own = new Map<ModelId, Address>()
  const [first] = lineage.models
  for (const child of lineage.models) {
    for (const { model } of child.parents) {
      const isOwn = isOwnWork(models.get(model)!.publisher, child.publisher) && child.publisher !== licensee
      if (isOwn && model !== first?.model) own.set(model, standIn(own.size + 1))
    }
  }
  return own
}

/** A lineage in which some models have other publishers, which hold the credentials that the real ones hold. */
function withOtherPublishers(lineage: Lineage, publishers: ReadonlyMap<ModelId, Address>): Lineage {
  // A stand-in needs only the credentials for the parents of its one model.
  const standIns = new Map<ModelId, { publisher: Address; other: Address }[]>()
  for (const { model, publisher, parents } of lineage.models) {
    const other = publishers.get(model)
    if (!other) continue
    for (const parent of parents) {
      const before = standIns.get(parent.model)
      if (before) before.push({ publisher, other })
      else standIns.set(parent.model, [{ publisher, other }])
    }
  }
  const models = lineage.models.map((model): LineageModel => ({
    ...model,
    publisher: publishers.get(model.model) ?? model.publisher,
    credentials: [...model.credentials, ...heldByStandIns(model, standIns.get(model.model) ?? [])],
  }))
  return { ...lineage, models }
}

/** The credentials that the publishers hold for a model, as credentials of those that stand in for them. */
function heldByStandIns(
  { credentials }: LineageModel,
  standIns: readonly { publisher: Address; other: Address }[],
): HeldCredential[] {
  if (credentials.length === 0) return []
  const byHolder = new Map<Address, HeldCredential[]>()
  for (const held of credentials) {
    const others = byHolder.get(held.holder)
    if (others) others.push(held)
    else byHolder.set(held.holder, [held])
  }
  return standIns.flatMap(({ publisher, other }) =>
    (byHolder.get(publisher) ?? []).map((held) => ({ ...held, holder: other })),
  )
}

/** Precompiled contracts have such addresses: nobody has their key, so no publisher has them. */
function standIn(index: number): Address {
  return `${ZERO_ADDRESS.slice(0, -8)}${index.toString(16).padStart(8, '0')}` as Address
}
