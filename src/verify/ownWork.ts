import { evaluate, type Evaluation, type Question, type Verdict } from '../core/evaluate.ts'
import type { Address, ModelId } from '../core/hex.ts'
import { indexLineage, isOwnWork, type HeldCredential, type Lineage, type LineageModel } from '../core/lineage.ts'

/**
 * Finds the ancestors on whose ownership a permission rests. The terms of a model do not bind what its own publisher makes of it,
 * and that it is the publisher's own is the publisher's word. So the question is asked once more as if each such ancestor
 * had a publisher of its own; the ancestors that then forbid the use, or leave it open, are returned, nearest first.
 */
export function ownWorkOf(lineage: Lineage, question: Question, { verdict }: Evaluation): ModelId[] {
  if (!isYes(verdict)) return []
  const own = ownAncestors(lineage, question.licensee)
  if (own.size === 0) return []
  // All that was said here counts already; the stand-ins' words must count as those of the real publishers do.
  const asked = evaluate(withOtherPublishers(lineage, own), { ...question, everybody: true })
  if (isYes(asked.verdict)) return []
  const reasons = new Set(asked.findings.filter(({ model }) => own.has(model)).map(({ model }) => model))
  return lineage.models.map(({ model }) => model).filter((model) => reasons.has(model))
}

function isYes(verdict: Verdict): boolean {
  return verdict === 'permitted' || verdict === 'conditional'
}

/** The ancestors that have the publisher of one of their children, with the address that stands in for it. */
function ownAncestors(lineage: Lineage, licensee: Address): Map<ModelId, Address> {
  const models = indexLineage(lineage)
  const own = new Map<ModelId, Address>()
  const [first] = lineage.models
  for (const child of lineage.models) {
    for (const { model } of child.parents) {
      const isOwn = isOwnWork(models.get(model)!.publisher, child.publisher) && child.publisher !== licensee
      if (isOwn && model !== first?.model && !own.has(model)) own.set(model, standIn(own.size + 1))
    }
  }
  return own
}

/**
 * A lineage in which some models have other publishers. Each holds the credentials that the real one holds for the parents of its model,
 * which are the only ones that it can need.
 */
function withOtherPublishers(lineage: Lineage, publishers: ReadonlyMap<ModelId, Address>): Lineage {
  const real = indexLineage(lineage)
  const standIns = new Map<ModelId, Map<Address, Address[]>>()
  for (const [child, other] of publishers) {
    const { publisher, parents } = real.get(child)!
    for (const parent of new Set(parents.map(({ model }) => model))) {
      const holders = entryOf(standIns, parent, () => new Map<Address, Address[]>())
      entryOf(holders, publisher, () => []).push(other)
    }
  }
  const models = lineage.models.map((model): LineageModel => {
    const holders = standIns.get(model.model)
    const credentials = model.credentials.flatMap((held): HeldCredential[] => [
      held,
      ...(holders?.get(held.holder) ?? []).map((holder) => ({ ...held, holder })),
    ])
    return { ...model, publisher: publishers.get(model.model) ?? model.publisher, credentials }
  })
  return { ...lineage, models }
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const value = map.get(key) ?? make()
  map.set(key, value)
  return value
}

/** An address that begins with 16 bytes of ones: nobody can find a key for such, so no publisher has it. */
function standIn(index: number): Address {
  return `0x${'f'.repeat(32)}${index.toString(16).padStart(8, '0')}` as Address
}
