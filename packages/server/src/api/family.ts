import { StemmaError } from 'stemma/core'
import { checkFirst, type PageArguments } from './cursor.ts'
import type { GraphView } from './graphCache.ts'
import { byWhole, makeCursor, pageAt, pageOf, readCursor, readStart, type Listing, type Start } from './paging.ts'
import type { Direction } from './lineageGraph.ts'
import type { LedgerView } from './ledgerView.ts'
import { edgeRecord, type EdgeRecord } from './records.ts'
import { number } from './sql.ts'

/** A model that a walk found: how far it is, and its edges to what stands before it. */
export type RelativeRecord = { model: number; depth: number; edges: EdgeRecord[] }

/** A model that several have in common. */
export type CommonRecord = { model: number; depths: number[]; nearest: boolean }

/** A step of a path: a model, and the edge that leads to it from the one before. */
export type StepRecord = { model: number; edge: EdgeRecord | null }

/** Most models of which common ancestors are looked for. */
export const MAX_COMMON = 8

/** What edges lead to from a model, nearest first. All pages and the count are as of the first page's block. */
export function listRelatives(
  view: LedgerView,
  from: number,
  direction: Direction,
  page: PageArguments & { maxDepth?: number | null | undefined },
): Listing<RelativeRecord> {
  const walk = { direction, ...(page.maxDepth != null && { maxDepth: checkDepth(page.maxDepth) }) }
  const kind = `${direction}${from}`
  let found: Promise<Start> | undefined
  const find = (): Promise<Start> => (found ??= readStart(view, kind, page.after))
  return {
    count: async () => (await find()).at.graph.count(from, walk),
    async page() {
      const first = checkFirst(page.first)
      const start = await find()
      const { place, at } = start
      const { models, depths } = at.graph.walk(from, { ...walk, limit: place + first + 1 })
      const keys = Array.from(models.subarray(place, place + first))
      const places = new Map<number, number>([
        [from, -1],
        ...Array.from(models, (model, index) => [model, index] as const),
      ])
      const edges = await edgesToEarlier(at, keys, places, direction)
      const nodes = keys.map((model, index) => ({ model, depth: depths[place + index]!, edges: edges[index]! }))
      return pageAt(start, kind, nodes, models.length)
    },
  }
}

/** For each model its edges to models that stand before it, each edge once over all pages. */
async function edgesToEarlier(
  view: LedgerView,
  keys: readonly number[],
  places: ReadonlyMap<number, number>,
  direction: Direction,
): Promise<EdgeRecord[][]> {
  const wanted = direction === 'up' ? edgesWithin(view, keys, places) : edgesAround(view, keys, places)
  const records = await loadEdges(
    view,
    wanted.map(({ child, parent }) => [child, parent] as const),
  )
  const found = new Map<number, EdgeRecord[]>(keys.map((model) => [model, []]))
  for (const [index, { of }] of wanted.entries()) found.get(of)!.push(records[index]!)
  return keys.map((model) => found.get(model)!)
}

type Wanted = { of: number; child: number; parent: number }

/** The same for ancestors, among which are hubs with many children: by the parents of all that were found, which are few. */
function edgesWithin(view: LedgerView, keys: readonly number[], places: ReadonlyMap<number, number>): Wanted[] {
  const shown = new Set(keys)
  return [...places].flatMap(([child, place]) =>
    view.graph.neighbours(child, 'up').flatMap((parent) => {
      const other = places.get(parent)
      const of = other !== undefined && other > place ? parent : child
      return other !== undefined && shown.has(of) ? [{ of, child, parent }] : []
    }),
  )
}

/** The same by the neighbours of what is shown. */
function edgesAround(view: LedgerView, keys: readonly number[], places: ReadonlyMap<number, number>): Wanted[] {
  return keys.flatMap((model) => {
    const isEarlier = (other: number): boolean => (places.get(other) ?? Infinity) < places.get(model)!
    const parents = view.graph.neighbours(model, 'up').filter(isEarlier)
    const children = view.graph.neighbours(model, 'down').filter(isEarlier)
    return [
      ...parents.map((parent) => ({ of: model, child: model, parent })),
      ...children.map((child) => ({ of: model, child, parent: model })),
    ]
  })
}

/** Edges by child and parent, in the order in which they were asked for. */
export async function loadEdges(
  view: LedgerView,
  pairs: readonly (readonly [child: number, parent: number])[],
): Promise<EdgeRecord[]> {
  if (pairs.length === 0) return []
  const children = [...new Set(pairs.map(([child]) => child))]
  const found = new Map<string, EdgeRecord>()
  for (const edges of await view.loaders.parents.loadMany(children)) {
    if (edges instanceof Error) throw edges
    for (const edge of edges) found.set(`${edge.child} ${edge.parent}`, edge)
  }
  return pairs.map(([child, parent]) => found.get(`${child} ${parent}`)!)
}

/** Children of a model, in the order of the chain. */
export function listChildren(view: LedgerView, parent: number, page: PageArguments): Listing<EdgeRecord> {
  const first = checkFirst(page.first)
  return {
    async count() {
      const [row] = await view.queries.all('SELECT count(*) AS n FROM edges WHERE parent = $1 AND block <= $2', [
        parent,
        view.block.number,
      ])
      return number(row?.n)
    },
    async page() {
      const after = await readCursor(view, 'children', page.after, 1)
      const rows = await view.queries.all(
        `SELECT * FROM edges WHERE parent = $1 AND block <= $2 AND child > $3 ORDER BY child LIMIT ${first + 1}`,
        [parent, view.block.number, after?.place[0] ?? 0],
      )
      return pageOf(rows.map(edgeRecord), first, ({ child, block }) => makeCursor(view, 'children', [child], block))
    },
  }
}

/** A shortest way from a model up to another, with its edges; null when there is none. */
export async function findPath(
  view: LedgerView,
  from: number,
  to: number,
  maxDepth: number | null | undefined,
): Promise<StepRecord[] | null> {
  const path = view.graph.path(from, to, maxDepth == null ? undefined : checkDepth(maxDepth))
  if (!path) return null
  const edges = await loadEdges(
    view,
    path.slice(1).map((parent, index) => [path[index]!, parent] as const),
  )
  return path.map((model, index) => ({ model, edge: index === 0 ? null : edges[index - 1]! }))
}

/**
 * Models that are, of each of some models, an ancestor or the model itself; those with the shortest longest way first.
 *
 * @throws {@link TooManyModelsError}
 */
export function listCommonAncestors(
  view: LedgerView,
  models: readonly number[],
  page: PageArguments,
): Listing<CommonRecord> {
  if (models.length < 2 || models.length > MAX_COMMON) throw new TooManyModelsError(models.length)
  return byWhole(view, `common${models.join('-')}`, page, async ({ graph }) => {
    const common = commonOf(graph, models)
    const keys = new Set(common.map(({ model }) => model))
    const isNearest = (model: number): boolean => !graph.neighbours(model, 'down').some((child) => keys.has(child))
    return {
      length: common.length,
      at: (place) => ({ ...common[place]!, nearest: isNearest(common[place]!.model) }),
    }
  })
}

/** What some models have in common, with the distance from each; those with the shortest longest way first. */
function commonOf(graph: GraphView, models: readonly number[]): Omit<CommonRecord, 'nearest'>[] {
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

/** @throws {@link InvalidDepthError} */
export function checkDepth(depth: number): number {
  if (!Number.isInteger(depth) || depth < 0) throw new InvalidDepthError(depth)
  return depth
}

/** Thrown when common ancestors are asked for of too few or too many models. */
export class TooManyModelsError extends StemmaError {
  override name = 'TooManyModelsError'
  constructor(count: number) {
    super('TOO_MANY_MODELS', `Common ancestors of ${count} models were asked for. Name 2 to ${MAX_COMMON} models.`)
  }
}

/** Thrown when a depth is negative. */
export class InvalidDepthError extends StemmaError {
  override name = 'InvalidDepthError'
  constructor(depth: number) {
    super('INVALID_DEPTH', `A depth of ${depth} is not possible. Use 0 or more, or leave it out.`)
  }
}
