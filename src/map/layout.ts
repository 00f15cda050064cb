import type { Hex } from '../core/hex.ts'
import { MAX_MAP_NODES, type MapChange, type MapEdge, type MapGraph, type MapMore, type MapNode } from './graph.ts'
import { placeLayered, type Dagre } from './layered.ts'
import { MORE_SIZE, NODE_SIZE, type Boxes, type Places, type Point } from './places.ts'
import { placeInTree } from './tree.ts'

/** Where a node stands. `x` and `y` are its upper left corner. */
export type Placed = Point & {
  /** The id of its node on the map; of a node that stands for more, that of its neighbor with `/up` or `/down`; {@link CHANGE_KEY}. */
  key: string
  width: number
  height: number
}

/** A model or an external parent with its place. */
export type PlacedNode = Placed & { node: MapNode }
/** A node that stands for more, with its place. */
export type PlacedMore = Placed & { more: MapMore }
/** The change that a map is about, with its place. */
export type PlacedChange = Placed & { change: MapChange }

/** The line of an edge, from the parent's border to the child's. Where `edge` is null, it leads from the change, or to or from a node that stands for more. */
export type PlacedEdge = {
  /** Key of the node that it starts at: the parent. */
  from: string
  /** Key of the node that it ends at: the child. */
  to: string
  edge: MapEdge | null
  /** At least two points. */
  points: readonly Point[]
}

/** A map whose nodes have places. No two nodes overlap, and all lie within `width` and `height`. */
export type PlacedMap = {
  graph: MapGraph
  width: number
  height: number
  nodes: readonly PlacedNode[]
  more: readonly PlacedMore[]
  /** Undefined for a map of a model, and where the change is a model, which is a node. */
  change: PlacedChange | undefined
  edges: readonly PlacedEdge[]
}

/** The key of the change of a map. */
export const CHANGE_KEY = 'change'

/** Settings of {@link layout}. */
export type LayoutOptions = {
  /**
   * The module `@dagrejs/dagre`, which places nodes so that few edges cross. It is the caller's, so that programs which draw nothing
   * need not install it. Without it, nodes are placed as a tree, in linear time.
   */
  dagre?: Dagre
  /** Maps with more nodes are placed as a tree. 300 by default; dagre takes a second for 500. */
  mostLayered?: number
}

/**
 * Places the nodes of a map from left to right: what a model was made from is to the left of it, where no cycle prevents that. The same
 * map gives the same places.
 */
export function layout(graph: MapGraph, options: LayoutOptions = {}): PlacedMap {
  const { dagre, mostLayered = MAX_MAP_NODES } = options
  const known = new Map<Hex, MapNode>(graph.nodes.map((node) => [node.id, node]))
  const change = graph.change?.kind === 'model' ? undefined : graph.change
  const more = graph.more.filter(({ of }) => (of === null ? change !== undefined : known.has(of)))
  const first = change ? graph.nodes.filter(({ level }) => level === 0) : []
  const edges = graph.edges.filter(({ child, parent }) => child !== parent && known.has(child) && known.has(parent))
  const asked: Boxes = {
    boxes: [
      ...Array.from(known.keys(), (key) => ({ key, ...NODE_SIZE })),
      ...more.map((each) => ({ key: keyOfMore(each), ...MORE_SIZE })),
      ...(change ? [{ key: CHANGE_KEY, ...NODE_SIZE }] : []),
    ],
    arrows: [
      ...edges.map(({ child, parent }) => ({ from: parent, to: child })),
      ...more.map((each) => {
        const of = each.of ?? CHANGE_KEY
        return each.up ? { from: keyOfMore(each), to: of } : { from: of, to: keyOfMore(each) }
      }),
      ...first.map(({ id }) => ({ from: CHANGE_KEY, to: id })),
    ],
  }
  const layered = dagre && asked.boxes.length <= mostLayered ? placeLayered(dagre, asked) : undefined
  const { centers, bends } = layered ?? placeInTree(asked, change ? CHANGE_KEY : (graph.nodes[0]?.id ?? ''))
  return withCorners(graph, asked, { centers, bends }, { known, more, change, edges })
}

/** The key of a node that stands for more. */
export function keyOfMore({ of, up }: Pick<MapMore, 'of' | 'up'>): string {
  return `${of ?? CHANGE_KEY}/${up ? 'up' : 'down'}`
}

/** Turns centers into corners, all of them positive, and gives each edge its line. */
function withCorners(
  graph: MapGraph,
  { boxes, arrows }: Boxes,
  { centers, bends }: Places,
  {
    known,
    more,
    change,
    edges,
  }: {
    known: ReadonlyMap<Hex, MapNode>
    more: readonly MapMore[]
    change: MapChange | undefined
    edges: readonly MapEdge[]
  },
): PlacedMap {
  const corners = boxes.map(({ key, width, height }) => {
    const center = centers.get(key)!
    return { key, width, height, x: Math.round(center.x - width / 2), y: Math.round(center.y - height / 2) }
  })
  const points = bends.flat()
  const left = Math.round([...corners, ...points].reduce((least, { x }) => Math.min(least, x), 0))
  const top = Math.round([...corners, ...points].reduce((least, { y }) => Math.min(least, y), 0))
  const placed = corners.map((box): Placed => ({ ...box, x: box.x - left, y: box.y - top }))
  const byKey = new Map(placed.map((box) => [box.key, box]))
  const lines = arrows.map(({ from, to }, index): PlacedEdge => {
    const between = bends[index]!.map(({ x, y }) => ({ x: Math.round(x) - left, y: Math.round(y) - top }))
    return { from, to, edge: edges[index] ?? null, points: lineOf(byKey.get(from)!, byKey.get(to)!, between) }
  })
  const all = [
    ...placed.map(({ x, y, width, height }) => ({ x: x + width, y: y + height })),
    ...lines.flatMap((line) => line.points),
  ]
  return {
    graph,
    width: all.reduce((most, { x }) => Math.max(most, x), 0),
    height: all.reduce((most, { y }) => Math.max(most, y), 0),
    nodes: placed.slice(0, known.size).map((box) => ({ ...box, node: known.get(box.key as Hex)! })),
    more: placed.slice(known.size, known.size + more.length).map((box, index) => ({ ...box, more: more[index]! })),
    change: change && { ...placed.at(-1)!, change },
    edges: lines,
  }
}

/** From the middle of the right side of a parent to that of the left side of its child; in a cycle, or in one column, by the nearer sides. */
function lineOf(from: Placed, to: Placed, bends: readonly Point[]): Point[] {
  const middle = (box: Placed, x: number): Point => ({ x, y: box.y + box.height / 2 })
  if (from.x + from.width <= to.x) return [middle(from, from.x + from.width), ...bends, middle(to, to.x)]
  if (to.x + to.width <= from.x) return [middle(from, from.x), ...bends, middle(to, to.x + to.width)]
  return [middle(from, from.x + from.width), ...bends, middle(to, to.x + to.width)]
}
