import { StemmaError } from 'stemma/core'
import type { Budget } from '../budget.ts'
import { checkFirst, type PageArguments } from '../cursor.ts'
import type { LedgerView } from '../ledgerView.ts'
import { listSequence, pageAt, readStart, type Listing, type Start } from '../paging.ts'
import { EdgeReader, type EdgeRow } from './edges.ts'
import type { GraphView } from './graphCache.ts'
import type { Direction } from './lineageGraph.ts'

/** A model that a walk found: its distance, and its edges to models that the walk found earlier. */
export type Relative = { model: number; depth: number; edges: EdgeRow[] }

/** A model that several models have in common. */
export type CommonAncestor = { model: number; depths: number[]; nearest: boolean }

/** A step of a path: a model, and the edge that leads to it from the model before. */
export type Step = { model: number; edge: EdgeRow | null }

/** Most models whose common ancestors can be requested. */
export const MAX_COMMON = 8

/** Reads the relatives of models by walking along edges. */
export class FamilyReader {
  readonly #view: LedgerView
  readonly #edges: EdgeReader

  constructor(view: LedgerView, edges: EdgeReader) {
    this.#view = view
    this.#edges = edges
  }

  /** The relatives of a model in a direction, nearest first. All pages and the count are as of the first page's block. */
  relatives(
    from: number,
    direction: Direction,
    page: PageArguments & { maxDepth?: number | null | undefined },
  ): Listing<Relative> {
    const walk = { direction, ...(page.maxDepth != null && { maxDepth: checkDepth(page.maxDepth) }) }
    const kind = `${direction}${from}`
    let found: Promise<Start> | undefined
    const find = (): Promise<Start> => (found ??= readStart(this.#view, kind, page.after))
    return {
      count: async () => {
        const { at } = await find()
        const { budget } = this.#view
        const counted = at.graph.count(from, { ...walk, ...affordable(budget) })
        await budget.claim('walked', counted, 'models that are counted')
        return counted
      },
      page: async () => {
        const first = checkFirst(page.first)
        const start = await find()
        const { place, at } = start
        await this.#view.budget.claim('skipped', place + first, 'models up to the end of the page')
        const { models, depths } = at.graph.walk(from, { ...walk, limit: place + first + 1 })
        const keys = Array.from(models.subarray(place, place + first))
        const places = new Map<number, number>([
          [from, -1],
          ...Array.from(models, (model, index) => [model, index] as const),
        ])
        const edges = await this.#edgesToEarlier(at, keys, places, direction)
        const nodes = keys.map((model, index) => ({ model, depth: depths[place + index]!, edges: edges[index]! }))
        return pageAt(start, kind, nodes, models.length)
      },
    }
  }

  /** A shortest path from a model up to another, with its edges; null when there is none. */
  async path(from: number, to: number, maxDepth: number | null | undefined): Promise<Step[] | null> {
    const { budget, graph } = this.#view
    const depth = maxDepth == null ? undefined : checkDepth(maxDepth)
    const among = { direction: 'up', ...(depth !== undefined && { maxDepth: depth }), ...affordable(budget) } as const
    await budget.claim('walked', graph.count(from, among), 'models to find a path among')
    const path = graph.path(from, to, depth)
    if (!path) return null
    const edges = await this.#edges.between(path.slice(1).map((parent, index) => [path[index]!, parent] as const))
    return path.map((model, index) => ({ model, edge: index === 0 ? null : edges[index - 1]! }))
  }

  /**
   * Models that are, of each of some models, an ancestor or the model itself; those with the shortest longest path first.
   *
   * @throws {@link TooManyModelsError}
   */
  commonAncestors(models: readonly number[], page: PageArguments): Listing<CommonAncestor> {
    if (models.length < 2 || models.length > MAX_COMMON) throw new TooManyModelsError(models.length)
    return listSequence(this.#view, `common${models.join('-')}`, page, async ({ graph, budget }) => {
      let visited = 0
      for (const model of models) visited += graph.count(model, { direction: 'up', ...affordable(budget) })
      await budget.claim('skipped', visited, 'ancestors to compare')
      const common = commonOf(graph, models)
      // Ancestors are hubs, so the few parents of each are looked at, not the many children.
      const farther = new Set(common.flatMap(({ model }) => graph.neighbors(model, 'up')))
      return {
        length: common.length,
        at: (place) => ({ ...common[place]!, nearest: !farther.has(common[place]!.model) }),
      }
    })
  }

  /** For each model its edges to models that stand before it, each edge once over all pages. */
  async #edgesToEarlier(
    at: LedgerView,
    keys: readonly number[],
    places: ReadonlyMap<number, number>,
    direction: Direction,
  ): Promise<EdgeRow[][]> {
    const wanted = direction === 'up' ? edgesWithin(at.graph, keys, places) : edgesAround(at.graph, keys, places)
    const edges = at === this.#view ? this.#edges : new EdgeReader(at)
    const rows = await edges.between(wanted.map(({ child, parent }) => [child, parent] as const))
    const found = new Map<number, EdgeRow[]>(keys.map((model) => [model, []]))
    for (const [index, { of }] of wanted.entries()) found.get(of)!.push(rows[index]!)
    return keys.map((model) => found.get(model)!)
  }
}

/** Bounds a walk to what a request can pay, and one more. */
function affordable(budget: Budget): { limit?: number } {
  const limit = budget.left('walked') + 1
  return limit === Infinity ? {} : { limit }
}

type Wanted = { of: number; child: number; parent: number }

/** Finds these edges among ancestors. Some are hubs with many children, so it asks for the few parents of every model found. */
function edgesWithin(graph: GraphView, keys: readonly number[], places: ReadonlyMap<number, number>): Wanted[] {
  const onPage = new Set(keys)
  return [...places].flatMap(([child, place]) =>
    graph.neighbors(child, 'up').flatMap((parent) => {
      const other = places.get(parent)
      const of = other !== undefined && other > place ? parent : child
      return other !== undefined && onPage.has(of) ? [{ of, child, parent }] : []
    }),
  )
}

/** Finds these edges by the neighbors of the models on the page. */
function edgesAround(graph: GraphView, keys: readonly number[], places: ReadonlyMap<number, number>): Wanted[] {
  return keys.flatMap((model) => {
    const isEarlier = (other: number): boolean => (places.get(other) ?? Infinity) < places.get(model)!
    const parents = graph.neighbors(model, 'up').filter(isEarlier)
    const children = graph.neighbors(model, 'down').filter(isEarlier)
    return [
      ...parents.map((parent) => ({ of: model, child: model, parent })),
      ...children.map((child) => ({ of: model, child, parent: model })),
    ]
  })
}

/** What some models have in common, with the distance from each; those with the shortest longest path first. */
function commonOf(graph: GraphView, models: readonly number[]): Omit<CommonAncestor, 'nearest'>[] {
  const distances = models.map((model) => {
    const { models: found, depths } = graph.walk(model, { direction: 'up' })
    return new Map<number, number>([[model, 0], ...Array.from(found, (key, index) => [key, depths[index]!] as const)])
  })
  const smallest = distances.reduce((least, map) => (map.size < least.size ? map : least))
  return [...smallest.keys()]
    .filter((model) => distances.every((map) => map.has(model)))
    .map((model) => ({ model, depths: distances.map((map) => map.get(model)!) }))
    .toSorted((a, b) => Math.max(...a.depths) - Math.max(...b.depths) || a.model - b.model)
}

/** Checks a depth. @throws {@link InvalidDepthError} when it is negative */
export function checkDepth(depth: number): number {
  if (!Number.isInteger(depth) || depth < 0) throw new InvalidDepthError(depth)
  return depth
}

/** Thrown when common ancestors of too few or too many models are requested. */
export class TooManyModelsError extends StemmaError {
  override name = 'TooManyModelsError'
  constructor(count: number) {
    super('TOO_MANY_MODELS', `Invalid number of models ${count} for common ancestors: name 2 to ${MAX_COMMON} models.`)
  }
}

/** Thrown when a depth is negative. */
export class InvalidDepthError extends StemmaError {
  override name = 'InvalidDepthError'
  constructor(depth: number) {
    super('INVALID_DEPTH', `Invalid depth ${depth}: use 0 or more, or leave it out.`)
  }
}
