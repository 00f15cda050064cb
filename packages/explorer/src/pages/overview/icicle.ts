/** Models as an icicle: each a block as wide as all that were made from it and itself, below the model from which it was made. Counted in models. */
export type Icicle = {
  /** Places of the models, each followed by all that were made from it; siblings with more come first. */
  order: Int32Array
  /** For each place: where its block begins. */
  starts: Int32Array
  /** How many models the block is wide. */
  sizes: Int32Array
  levels: Uint16Array
  parents: Int32Array
  /** For each place, the highest state among the model and all that were made from it. */
  worst: Uint8Array
  depth: number
}

/** A part of the icicle: the models from `from`, `width` of them, from a level on. */
export type Window = { from: number; width: number; level: number }

/** A block as it is drawn: pixels from the left, and its row. */
export type Block = { place: number; x: number; width: number; row: number }

/** Makes an icicle of models by their parents, -1 for a root, in time proportional to their number. */
export function icicleOf(parents: Int32Array, states: Uint8Array): Icicle {
  const count = parents.length
  const children = linked(
    parents,
    Int32Array.from({ length: count }, (_, place) => place),
  )
  const found = walk(children, count)
  const sizes = new Int32Array(count).fill(1)
  const worst = states.slice(0, count)
  for (let at = count - 1; at >= 0; at--) {
    const place = found.order[at]!
    const parent = parents[place]!
    if (parent < 0) continue
    sizes[parent]! += sizes[place]!
    if (worst[place]! > worst[parent]!) worst[parent] = worst[place]!
  }
  const bySize = Int32Array.from({ length: count }, (_, place) => place).sort((a, b) => sizes[a]! - sizes[b]! || b - a)
  const { order, starts, levels } = walk(linked(parents, bySize), count)
  return {
    order,
    starts,
    sizes,
    levels,
    parents,
    worst,
    depth: levels.reduce((most, level) => Math.max(most, level), 0) + 1,
  }
}

type Linked = { first: Int32Array; next: Int32Array }

/** Lists of children, each in the reverse of an order. The last list is that of the roots. */
function linked(parents: Int32Array, order: Int32Array): Linked {
  const first = new Int32Array(parents.length + 1).fill(-1)
  const next = new Int32Array(parents.length).fill(-1)
  for (const place of order) {
    const list = parents[place]! < 0 ? parents.length : parents[place]!
    next[place] = first[list]!
    first[list] = place
  }
  return { first, next }
}

function walk({ first, next }: Linked, count: number): Pick<Icicle, 'order' | 'starts' | 'levels'> {
  const order = new Int32Array(count)
  const starts = new Int32Array(count)
  const levels = new Uint16Array(count)
  const stack = new Int32Array(count + 1)
  let found = 0
  let height = 0
  if (first[count]! >= 0) stack[height++] = first[count]!
  while (height > 0) {
    const place = stack[height - 1]!
    order[found] = place
    starts[place] = found++
    levels[place] = height - 1
    const child = first[place]!
    if (child >= 0) {
      stack[height++] = child
      continue
    }
    // Goes on with the next sibling of this model, or of the nearest above it that has one.
    while (height > 0) {
      const sibling = next[stack[height - 1]!]!
      if (sibling < 0) height -= 1
      else {
        stack[height - 1] = sibling
        break
      }
    }
  }
  return { order, starts, levels }
}

/** The whole icicle, or the part below a model. */
export function windowOf({ order, starts, sizes, levels }: Icicle, root: number | undefined): Window {
  return root === undefined || root >= order.length
    ? { from: 0, width: Math.max(1, order.length), level: 0 }
    : { from: starts[root]!, width: sizes[root]!, level: levels[root]! }
}

/**
 * The blocks of a window that is some pixels wide. Blocks narrower than a pixel share one, and only the first of those that share it is drawn, so that their number
 * depends on the pixels and not on the ledger.
 */
export function blocksOf(
  { order, starts, sizes, levels, depth }: Icicle,
  { from, width, level }: Window,
  pixels: number,
): Block[] {
  const scale = pixels / width
  const filled = new Float64Array(depth).fill(-1)
  const blocks: Block[] = []
  const end = Math.min(order.length, Math.ceil(from + width))
  // A model above the window may reach into it, so the walk begins at the root that does.
  for (let at = rootAt(starts, sizes, order, Math.floor(from)); at < end;) {
    const place = order[at]!
    const size = sizes[place]!
    if (at + size <= from) {
      at += size
      continue
    }
    const left = Math.max(0, (at - from) * scale)
    const right = Math.min(pixels, (at + size - from) * scale)
    const row = levels[place]! - level
    if (row >= 0 && (right - left >= 1 || Math.floor(left) > filled[row]!)) {
      blocks.push({ place, x: left, width: Math.max(1, right - left), row })
      filled[row] = Math.floor(left)
    }
    // What was made from a model that is narrower than a pixel is narrower still; it is drawn as one line down.
    at += right - left < 0.75 ? size : 1
  }
  return blocks
}

/** Where the root of the model at a position stands. */
function rootAt(starts: Int32Array, sizes: Int32Array, order: Int32Array, position: number): number {
  let at = 0
  while (at < order.length && at + sizes[order[at]!]! <= position) at += sizes[order[at]!]!
  return Math.min(at, starts.length)
}

/** The place of the model at a position and a level; undefined where there is none. */
export function placeAt(
  { order, starts, sizes, levels, parents }: Icicle,
  position: number,
  level: number,
): number | undefined {
  let place = order[Math.floor(position)]
  if (place === undefined || levels[place]! < level) return undefined
  while (place >= 0 && levels[place]! > level) place = parents[place]!
  return position < starts[place]! + sizes[place]! ? place : undefined
}

/** A model and those above it, the root first. */
export function wayTo({ parents }: Icicle, place: number): number[] {
  const way: number[] = []
  for (let at = place; at >= 0; at = parents[at]!) way.unshift(at)
  return way
}
