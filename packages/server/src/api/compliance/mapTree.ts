import { type Hex, StemmaError } from 'stemma/core'
import { MAX_MAP_NODES } from 'stemma/map'
import type { Budget } from '../budget.ts'
import type { GraphView } from '../registry/graphCache.ts'

/** Which descendants a map has. */
export type Opening = {
  /** Levels of descendants. */
  down: number
  /** Most descendants that hang from one model. */
  cap: number
  /** Models from which more of them hang: {@link STEP} more each time that a model is listed. Null shows more of several models. */
  open: readonly (number | null)[]
}

/** A descendant on a map. */
export type DrawnDescendant = {
  model: number
  level: number
  /** How many models were made from it, each once. */
  descendants: number
}

/** What is not on the map beyond a model, or of several models (null): how many are next, and how many there are in all. */
export type HiddenDescendants = { of: number | null; next: number; models: number }

/** What a map goes down from: a model, which is on it in any case, or several, of which there may be too many. */
export type Start = number | readonly number[]

/** What is on a map below its model, or of several models and what is below them; and what is beyond. */
export type DescendantTree = {
  drawn: DrawnDescendant[]
  hidden: HiddenDescendants[]
  /** All descendants, each once, without the models that they grow from. */
  count: number
  /** How many of them are also ancestors, in a cycle. They are not among `drawn` and `hidden`. */
  inCycle: number
  /** Whether there was no room for all that was asked for. */
  truncated: boolean
}

/** How many more descendants an opened model shows. */
const STEP = 20

/** A model, with what hangs from it. */
type Member = { model: number; children: Member[]; size: number; level: number }
/** The model of a map; without one, several models hang from it. */
type Root = Omit<Member, 'model'> & { model: number | null }

/**
 * Chooses the descendants of a model that are on its map: level by level, and of those that hang from one model the ones from which most
 * models were made. A descendant that can be reached in several ways hangs from the model through which it is reached first, so it is
 * counted once. Of several models those from which most were made are on their map themselves, with level 0.
 *
 * @param ancestors what is on the map, or could be, above the model
 * @param room most nodes, together with those that stand for more
 */
export function chooseDescendants(
  { graph, budget }: { graph: GraphView; budget: Budget },
  from: Start,
  { down, cap, open }: Opening,
  { ancestors, room }: { ancestors: ReadonlySet<number>; room: number },
): DescendantTree {
  const { root, count, inCycle } = growTree({ graph, budget }, from, ancestors)
  const opened = new Map<number | null, number>()
  for (const model of open) opened.set(model, (opened.get(model) ?? 0) + 1)
  const drawn: DrawnDescendant[] = []
  const hidden: HiddenDescendants[] = []
  let truncated = false
  let used = root.children.length > 0 ? 1 : 0
  const waiting: Root[] = [root]
  for (const member of waiting) {
    const wanted = (member.level < down ? cap : 0) + STEP * (opened.get(member.model) ?? 0)
    if (member.children.length === 0) continue
    const ranked = wanted > 0 ? rank({ graph, budget }, member.children) : []
    let next = 0
    while (next < Math.min(wanted, ranked.length)) {
      const { member: child, descendants } = ranked[next]!
      const isLast = next + 1 === ranked.length
      const cost = 1 + (child.children.length > 0 ? 1 : 0) - (isLast ? 1 : 0)
      if (used + cost > room) {
        truncated = true
        break
      }
      used += cost
      next += 1
      drawn.push({ model: child.model, level: child.level, descendants })
      waiting.push(child)
    }
    if (next === member.children.length) continue
    const left = next === 0 ? member.children : ranked.slice(next).map((each) => each.member)
    hidden.push({
      of: member.model,
      next: left.length,
      models: left.reduce((sum, { size }) => sum + size, 0),
    })
  }
  return { drawn, hidden, count, inCycle, truncated }
}

/** All descendants as a tree. What is above the model too, in a cycle, is left out: what hangs from such a model hangs from the next. */
function growTree(
  { graph, budget }: { graph: GraphView; budget: Budget },
  from: Start,
  ancestors: ReadonlySet<number>,
): { root: Root; count: number; inCycle: number } {
  const limit = budget.left('walked') + 1
  const starts = typeof from === 'number' ? [from] : from
  const { models, origins } = graph.tree(starts, { direction: 'down', ...(limit !== Infinity && { limit }) })
  budget.take('walked', starts.length + models.length, 'models from the first ones of a map down')
  const first = starts.map((model): Member => ({ model, children: [], size: 1, level: 0 }))
  const root = typeof from === 'number' ? first[0]! : { model: null, children: first, size: 0, level: -1 }
  const members: Member[] = []
  const originOf = (place: number): Member => {
    const origin = origins[place]!
    return origin < 0 ? first[-1 - origin]! : members[origin]!
  }
  let inCycle = 0
  for (const [place, model] of models.entries()) {
    const origin = originOf(place)
    if (ancestors.has(model)) {
      members.push(origin)
      inCycle += 1
      continue
    }
    const member: Member = { model, children: [], size: 1, level: origin.level + 1 }
    origin.children.push(member)
    members.push(member)
  }
  for (let place = models.length - 1; place >= 0; place--) {
    const member = members[place]!
    if (member.model !== models[place]) continue
    originOf(place).size += member.size
  }
  return { root, count: models.length, inCycle }
}

/** Those from which most models were made first; of equals, the earlier on the chain. */
function rank(
  { graph, budget }: { graph: GraphView; budget: Budget },
  members: readonly Member[],
): { member: Member; descendants: number }[] {
  return members
    .map((member) => {
      const limit = budget.left('walked') + 1
      const descendants = graph.count(member.model, { direction: 'down', ...(limit !== Infinity && { limit }) })
      budget.take('walked', descendants + 1, 'descendants to rank on a map')
      return { member, descendants }
    })
    .toSorted((one, other) => other.descendants - one.descendants || one.member.model - other.member.model)
}

/** What a map is asked for, as it is given. */
export type MapBounds = {
  up?: number | null | undefined
  down?: number | null | undefined
  cap?: number | null | undefined
  open?: readonly Hex[] | null | undefined
}

/** Most models that can be opened. */
const MOST_OPEN = 100

/** Checks what a map is asked for. @throws {@link InvalidMapError} */
export function checkBounds({ up, down, cap, open }: MapBounds): void {
  for (const [name, value] of Object.entries({ up, down })) {
    if (value != null && !(Number.isInteger(value) && value >= 0)) {
      throw new InvalidMapError(`${name} is ${value}. Use a number of levels, 0 or more`)
    }
  }
  if (cap != null && !(Number.isInteger(cap) && cap >= 0 && cap <= MAX_MAP_NODES)) {
    throw new InvalidMapError(`cap is ${cap}. Use 0 to ${MAX_MAP_NODES}`)
  }
  if (open != null && open.length > MOST_OPEN) {
    throw new InvalidMapError(
      `open has ${open.length} ids. Use at most ${MOST_OPEN}, or make one of them the model of the map`,
    )
  }
}

/** Thrown when a map is asked for in a way in which there is none. */
export class InvalidMapError extends StemmaError {
  override name = 'InvalidMapError'
  constructor(what: string) {
    super('INVALID_MAP', `Invalid map: ${what}.`)
  }
}
