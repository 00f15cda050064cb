import { GAPS, type Boxes, type Places, type Point } from './places.ts'

/** A graph of dagre, as far as it is used here. */
export type DagreGraph = {
  /** Sets the direction and the gaps. */
  setGraph(label: object): unknown
  /** Adds a box. */
  setNode(key: string, label: object): unknown
  /** Adds an arrow. */
  setEdge(from: string, to: string, label: object, name: string): unknown
}

/** The module `@dagrejs/dagre`, as far as it is used here. */
export type Dagre = {
  /** Its graphs. */
  Graph: new (options: { multigraph: boolean }) => DagreGraph
  /** Writes places into the labels of a graph. */
  layout(graph: DagreGraph): unknown
}

/**
 * Places boxes in columns by dagre, so that few arrows cross. Undefined where dagre fails, which it does on some graphs: they can still be
 * placed as a tree.
 */
export function placeLayered(dagre: Dagre, { boxes, arrows }: Boxes): Places | undefined {
  const graph = new dagre.Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'LR', nodesep: GAPS.row, edgesep: GAPS.row, ranksep: GAPS.column })
  const labels = boxes.map(({ width, height }) => ({ width, height }) as { width: number; height: number } & Point)
  const lines = arrows.map(() => ({}) as { points?: Point[] })
  for (const [index, { key }] of boxes.entries()) graph.setNode(key, labels[index]!)
  for (const [index, { from, to }] of arrows.entries()) graph.setEdge(from, to, lines[index]!, String(index))
  try {
    dagre.layout(graph)
  } catch {
    return undefined
  }
  if (!labels.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))) return undefined
  return {
    centers: new Map(boxes.map(({ key }, index) => [key, { x: labels[index]!.x, y: labels[index]!.y }])),
    // The first and the last point lie on the borders, where we choose our own.
    bends: lines.map(({ points = [] }) => points.slice(1, -1).map(({ x, y }) => ({ x, y }))),
  }
}
