import { MAX_LISTED, type Question } from '../core/evaluate.ts'
import type { Address, ModelId } from '../core/hex.ts'
import type { Lineage, LineageModel } from '../core/lineage.ts'
import { modelNameKey } from '../core/modelName.ts'
import type { Registration } from '../core/registration.ts'
import type { Standing } from '../core/report.ts'

/** Whose word counts beside that of accredited publishers. */
export type Counted = {
  /** Publishers of the lineage that the reader trusts and whose word counts. */
  trusted: ReadonlySet<Address>
  /** Of these, the ones whose word does not count without being named in a question: at most {@link MAX_LISTED}. */
  placed: ReadonlySet<Address>
  /** Models whose publisher proves their name, where that counts: at most {@link MAX_LISTED}. */
  named: ReadonlySet<ModelId>
  /** Models whose publisher the reader trusts, or that proves their name, and for which a question has no place left. */
  leftOut: ReadonlySet<ModelId>
}

/** Finds the publisher that proves the name in each of some URIs. Those that nobody proves, or that cannot be checked, are left out. */
export type ProveNames = (uris: readonly string[]) => Promise<ReadonlyMap<string, Address>>

/**
 * The publishers of a lineage that a reader trusts. A question has places for {@link MAX_LISTED} of them. Only those take one whose word
 * does not count otherwise, those of the nearest models first: the licensee needs none, nor does a publisher that was accredited each time
 * it spoke.
 */
export function countTrusted({ models }: Lineage, trusted: readonly Address[], licensee: Address): Counted {
  const asked = new Set(trusted)
  const ofTrusted = models.filter(({ publisher }) => asked.has(publisher))
  const open = ofTrusted.filter((entry) => entry.publisher !== licensee && !isAlwaysAccredited(entry))
  const needing = new Set(open.map(({ publisher }) => publisher))
  const placed = new Set([...needing].slice(0, MAX_LISTED))
  const counts = (publisher: Address): boolean => placed.has(publisher) || !needing.has(publisher)
  return {
    trusted: new Set(ofTrusted.map(({ publisher }) => publisher).filter(counts)),
    placed,
    named: new Set(),
    leftOut: new Set(open.filter(({ publisher }) => !counts(publisher)).map(({ model }) => model)),
  }
}

/** Whose word counts, as a question to an evaluator says it. */
export function wordsOf({ placed, named }: Counted): Pick<Question, 'everybody' | 'trusted' | 'named'> {
  return { everybody: false, trusted: [...placed].toSorted(), named: [...named].toSorted() }
}

/** Whether a publisher was accredited when it registered a model, and when each credential for it begins. */
function isAlwaysAccredited(entry: LineageModel): boolean {
  const isAccreditedAt = (time: number): boolean => entry.verifiedFrom <= time && time < entry.verifiedUntil
  return (
    isAccreditedAt(entry.registeredAt) &&
    entry.credentials.every(({ credential }) => isAccreditedAt(credential.validFrom))
  )
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
  const leftOut = new Set(counted.leftOut)
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
    const proved = candidates.filter(({ publisher, uri }) => provers.get(uri) === publisher).map(({ model }) => model)
    for (const model of proved) (named.size < MAX_LISTED ? named : leftOut).add(model)
    // A model that is left out names its parents too, so that each that no place is left for is known.
    const naming = new Set(proved)
    const counting = generation.filter((entry) => !open.includes(entry) || naming.has(entry.model))
    const parents = counting.flatMap((child) => child.parents.filter(({ grade }) => grade === 'declared'))
    const next = new Set(parents.map(({ model }) => model).filter((model) => !reached.has(model)))
    for (const model of next) reached.add(model)
    generation = [...next].map((model) => byId.get(model)!)
  }
  return { ...counted, named, leftOut }
}
