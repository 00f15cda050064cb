import { ZERO_ADDRESS, type Address, type ModelId } from '../core/hex.ts'
import {
  bindingTo,
  isExternal,
  nearestFirst,
  type HeldCredential,
  type Lineage,
  type LineageModel,
} from '../core/lineage.ts'
import type { LedgerReader, ReadBlock } from '../core/ports.ts'
import type { Registration } from '../core/registration.ts'

/**
 * Compares what external parents are bound to with what the user first saw of each. Returns those that have changed since, with what they
 * were bound to.
 *
 * @param by the publishers among whose statements these bindings were found; none for bindings on chain
 */
export type PinBindings = (
  bound: ReadonlyMap<ModelId, readonly ModelId[]>,
  by: readonly Address[],
) => Promise<ReadonlyMap<ModelId, readonly ModelId[]>>

/** Most lineages that are read at a time. */
const MOST_READ = 8

/** Bindings by external parent. */
export type Bindings = ReadonlyMap<ModelId, readonly ModelId[]>

/**
 * A lineage with what some publishers state that its external parents are. Such a statement is an event that anybody can make, so it
 * counts only where the reader named its publisher. All bindings count, as those on chain do: one more never adds a right.
 */
export async function withStatedBindings(
  reader: LedgerReader,
  state: ReadBlock & { lineage: Lineage },
  publishers: readonly Address[],
  licensee: Address,
): Promise<ReadBlock & { lineage: Lineage; stated: Bindings }> {
  const stated = new Map<ModelId, ModelId[]>()
  const counting = publishers.filter((publisher) => publisher !== ZERO_ADDRESS)
  if (!reader.readStatedBindings || counting.length === 0) return { ...state, stated }
  const models = new Map(state.lineage.models.map((entry) => [entry.model, entry]))
  const terms = new Map(state.lineage.terms)
  const asked = new Set<ModelId>()
  for (;;) {
    const externals = [...models.values()].filter(isExternal).map(({ model }) => model)
    const open = externals.filter((model) => !asked.has(model))
    if (open.length === 0) break
    for (const model of open) asked.add(model)
    const found = await reader.readStatedBindings(open, counting, state.block)
    const reached = new Set<ModelId>()
    for (const external of open) {
      const entry = models.get(external)!
      const said = found.get(external) ?? []
      // By id, so that every source gives the same order.
      const added = said.filter((model) => entry.parents.every((parent) => parent.model !== model)).toSorted()
      if (added.length > 0) stated.set(external, added)
      models.set(external, { ...entry, parents: [...entry.parents, ...added.map(bindingTo)] })
      for (const model of added) reached.add(model)
    }
    const missing = (): ModelId[] => [...reached].filter((model) => !models.has(model)).slice(0, MOST_READ)
    // The ancestry of one may bring others, which need not be read then.
    for (let batch = missing(); batch.length > 0; batch = missing()) {
      const read = await Promise.all(batch.map((model) => reader.readLineage(model, licensee, state.block)))
      for (const { lineage } of read) {
        for (const each of lineage.models) models.set(each.model, merged(models.get(each.model), each))
        for (const [id, body] of lineage.terms) terms.set(id, body)
      }
    }
  }
  return { ...state, stated, lineage: { models: nearestFirst([...models.values()]), terms } }
}

/**
 * The external parents of a lineage whose binding changed since the user first saw it, with what they were bound to. What publishers state
 * depends on whom the reader trusts, so it is compared apart.
 */
export async function changedBindings(
  pins: PinBindings,
  { models }: Lineage,
  stated: Bindings,
  publishers: readonly Address[],
): Promise<Bindings> {
  const onChain = models.flatMap(({ model, publisher, parents }): [ModelId, ModelId[]][] => {
    const said = new Set(stated.get(model))
    const bound = parents.map((parent) => parent.model).filter((parent) => !said.has(parent))
    return isExternal({ publisher }) && bound.length > 0 ? [[model, bound]] : []
  })
  return new Map([...(await pins(new Map(onChain), [])), ...(await pins(stated, publishers.toSorted()))])
}

/** The external parents that a registration names and that its lineage leaves out, because a ruling replaced them. */
export function replacedParents({ parents }: LineageModel, registration: Registration | undefined): ModelId[] {
  const declared = new Set(parents.filter(({ grade }) => grade === 'declared').map(({ model }) => model))
  return (registration?.parents ?? []).map(({ model }) => model).filter((model) => !declared.has(model))
}

/** One model out of two lineages, which read the credentials of different holders. */
function merged(known: LineageModel | undefined, read: LineageModel): LineageModel {
  if (!known) return read
  const keyOf = ({ tier, holder }: HeldCredential): string => `${tier} ${holder}`
  const held = new Set(known.credentials.map(keyOf))
  return { ...known, credentials: [...known.credentials, ...read.credentials.filter((each) => !held.has(keyOf(each)))] }
}
