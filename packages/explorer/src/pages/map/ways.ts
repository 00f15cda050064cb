import type { Hex } from 'stemma/core'
import type { MapCause, MapGraph } from 'stemma/map'

/** The ways that are drawn thick, with at least two models: those by which what forbids the use arrives, or that of the node that the reader asked about. */
export function causesFor(graph: MapGraph, path: string | undefined): readonly MapCause[] {
  return chosen(graph, path).filter((cause) => cause.path.length > 1)
}

function chosen(graph: MapGraph, path: string | undefined): readonly MapCause[] {
  if (path === undefined) return graph.causes
  const node = graph.nodes.find(({ id }) => id === path)
  if (!node) return graph.causes
  if (node.cause) return [node.cause]
  const way = toRoot(graph, node.id)
  return [{ code: '', severity: 'unknown', right: null, model: way.at(-1)!, path: way }]
}

/** The longest of the shortest ways from a node up to a root. */
function toRoot({ edges }: MapGraph, from: Hex): Hex[] {
  const before = new Map<Hex, Hex | null>([[from, null]])
  let last = from
  for (const id of before.keys()) {
    last = id
    for (const { child, parent } of edges) if (child === id && !before.has(parent)) before.set(parent, id)
  }
  const way: Hex[] = []
  for (let at: Hex | null = last; at !== null; at = before.get(at) ?? null) way.unshift(at)
  return way
}

/** What arrives over each edge on some ways, by child and parent, and the nodes on them. */
export function waysOf(causes: readonly MapCause[]): { nodes: ReadonlySet<Hex>; edges: ReadonlyMap<string, MapCause> } {
  const edges = new Map<string, MapCause>()
  for (const cause of causes) {
    for (const [index, child] of cause.path.entries()) {
      const parent = cause.path[index + 1]
      if (parent !== undefined && !edges.has(`${child} ${parent}`)) edges.set(`${child} ${parent}`, cause)
    }
  }
  return { nodes: new Set(causes.flatMap(({ path }) => path)), edges }
}
