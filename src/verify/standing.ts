import { MAX_LISTED, type Question } from '../core/evaluate.ts'
import type { Address, ModelId } from '../core/hex.ts'
import type { Lineage, LineageModel } from '../core/lineage.ts'
import { modelNameKey } from '../core/modelName.ts'
import type { Registration } from '../core/registration.ts'

/**
 * Why a publisher's word counts: accredited verifiers vouch for it on chain, the reader trusts it, or it proves the name by which the
 * model is asked about. The word of an unverified one can withhold a use, and cannot permit one.
 */
export type Standing = 'accredited' | 'trusted' | 'named' | 'unverified'

/** Whose word counts beside that of accredited publishers. Each holds at most {@link MAX_LISTED}, as a question does. */
export type Counted = {
  /** Publishers of the lineage that the reader trusts. */
  trusted: ReadonlySet<Address>
  /** Models whose publisher proves their name, where that counts. */
  named: ReadonlySet<ModelId>
}

/** Finds the publisher that proves the name in each of some URIs. Those that nobody proves, or that cannot be checked, are left out. */
export type ProveNames = (uris: readonly string[]) => Promise<ReadonlyMap<string, Address>>

/** The publishers of a lineage that a reader trusts, those next to its first model where they are too many. */
export function countTrusted({ models }: Lineage, trusted: readonly Address[]): Counted {
  const asked = new Set(trusted)
  const publishers = new Set(models.map(({ publisher }) => publisher).filter((publisher) => asked.has(publisher)))
  return { trusted: new Set([...publishers].slice(0, MAX_LISTED)), named: new Set() }
}

/** Whose word counts, as a question to an evaluator says it. */
export function wordsOf({ trusted, named }: Counted): Pick<Question, 'everybody' | 'trusted' | 'named'> {
  return { everybody: false, trusted: [...trusted].toSorted(), named: [...named].toSorted() }
}

/** Most names of one lineage that are proved: each asks a host of a stranger's choice. */
const MOST_PROVED = 16

/**
 * The standing of a publisher for what it said at a time. A verification that has ended since does not unsay it; one that was
 * withdrawn, or whose profile was replaced, does.
 */
export function standingOf(
  { model, publisher, registeredAt, verifiedFrom, verifiedUntil }: LineageModel,
  { trusted, named }: Counted,
): Standing {
  if (trusted.has(publisher)) return 'trusted'
  if (verifiedFrom <= registeredAt && registeredAt < verifiedUntil) return 'accredited'
  return named.has(model) ? 'named' : 'unverified'
}

/**
 * Adds the models whose publisher proves their name, where nothing else makes its word count. As in a browser, a proof counts only for
 * the name that was typed, so not where a digest or an id was asked about; for an ancestor only for the name by which a child whose
 * word counts names it. That is the URI in the registration which the child's registration commits to; an edge that was attested
 * later is not the child's naming.
 *
 * @param typed the name of the first model, as the user typed it
 */
export async function countNamed(
  { models }: Lineage,
  registrations: ReadonlyMap<ModelId, Registration>,
  counted: Counted,
  prove: ProveNames,
  typed: string | undefined,
): Promise<Counted> {
  const byId = new Map(models.map((entry) => [entry.model, entry]))
  const [first] = models as [LineageModel]
  const named = new Set<ModelId>()
  const reached = new Set([first.model])
  const key = typed === undefined ? undefined : modelNameKey(typed)
  const isTyped = key !== undefined && modelNameKey(registrations.get(first.model)?.uri ?? '') === key
  let left = MOST_PROVED
  for (let generation = [first]; generation.length > 0;) {
    const open = generation.filter((entry) => standingOf(entry, counted) === 'unverified')
    const candidates = open
      .filter((entry) => entry !== first || isTyped)
      .flatMap((entry) => {
        const uri = registrations.get(entry.model)?.uri
        return uri === undefined ? [] : [{ ...entry, uri }]
      })
    const asked = [...new Set(candidates.map(({ uri }) => uri))].slice(0, left)
    left -= asked.length
    const provers = asked.length > 0 ? await prove(asked) : new Map<string, Address>()
    for (const { model, publisher, uri } of candidates) {
      if (provers.get(uri) === publisher && named.size < MAX_LISTED) named.add(model)
    }
    const counting = generation.filter((entry) => !open.includes(entry) || named.has(entry.model))
    const parents = counting.flatMap((child) => child.parents.filter(({ grade }) => grade === 'declared'))
    const next = new Set(parents.map(({ model }) => model).filter((model) => !reached.has(model)))
    for (const model of next) reached.add(model)
    generation = [...next].map((model) => byId.get(model)!)
  }
  return { ...counted, named }
}
