import { GAPS, NODE_SIZE, type Arrow, type Boxes, type Places, type Point } from './places.ts'

/** A box as a member of a tree. `x` is its column: 0 for the root. */
type Branch = { key: string; branches: Branch[]; x: number; y: number }

/** The height that a leaf takes, and the width of a column. */
const SLOT = { x: NODE_SIZE.width + GAPS.column, y: NODE_SIZE.height + GAPS.row } as const

/**
 * Places boxes as a tree in linear time: the model in the middle, what it was made from in columns to the left, what was made from it in
 * columns to the right, each box beside the box through which it is reached first. Other arrows go across. What nothing connects with the
 * model stands below.
 */
export function placeInTree({ boxes, arrows }: Boxes, model: string): Places {
  const parents = neighborsOf(arrows, ({ from, to }) => [to, from])
  const children = neighborsOf(arrows, ({ from, to }) => [from, to])
  const grown = new Set<string>()
  const centers = new Map<string, Point>()
  let bottom = 0
  const hasModel = boxes.some(({ key }) => key === model)
  for (const root of [...(hasModel ? [model] : []), ...boxes.map(({ key }) => key)]) {
    if (grown.has(root)) continue
    grown.add(root)
    const above = grow(root, parents, grown, -1)
    const below = grow(root, children, grown, 1)
    const shift = above[0]!.y - below[0]!.y
    const all = [...above, ...below.map((branch) => ({ ...branch, y: branch.y + shift }))]
    const top = all.reduce((least, { y }) => Math.min(least, y), Infinity)
    let next = bottom
    for (const { key, x, y } of all) {
      const center = { x: x * SLOT.x, y: bottom + (y - top) * SLOT.y }
      centers.set(key, center)
      next = Math.max(next, center.y + SLOT.y)
    }
    bottom = next
  }
  return { centers, bends: arrows.map(() => []) }
}

/** The boxes at the other ends of arrows, by the key of one end. */
function neighborsOf(
  arrows: readonly Arrow[],
  endsOf: (arrow: Arrow) => [from: string, to: string],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const [from, to] of arrows.map(endsOf)) {
    const list = found.get(from)
    if (list) list.push(to)
    else found.set(from, [to])
  }
  return found
}

/** The tree that grows from a root in one direction, the root first, each branch before its own. Leaves stand in rows 0, 1, 2 and so on. */
function grow(
  root: string,
  neighbors: ReadonlyMap<string, readonly string[]>,
  grown: Set<string>,
  step: number,
): Branch[] {
  const first: Branch = { key: root, branches: [], x: 0, y: 0 }
  // By distance first, so that a box stands beside the nearest one that leads to it.
  const reached = [first]
  for (const branch of reached) {
    for (const key of neighbors.get(branch.key) ?? []) {
      if (grown.has(key)) continue
      grown.add(key)
      const next: Branch = { key, branches: [], x: branch.x + step, y: 0 }
      branch.branches.push(next)
      reached.push(next)
    }
  }
  const order: Branch[] = []
  const waiting = [first]
  for (let branch = waiting.pop(); branch; branch = waiting.pop()) {
    order.push(branch)
    waiting.push(...branch.branches.toReversed())
  }
  let row = 0
  for (const branch of order) if (branch.branches.length === 0) branch.y = row++
  for (const branch of order.toReversed()) {
    if (branch.branches.length > 0) branch.y = (branch.branches[0]!.y + branch.branches.at(-1)!.y) / 2
  }
  return order
}
