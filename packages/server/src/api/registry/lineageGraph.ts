import { StemmaError } from 'stemma/core'
import { ExternalLinks, isLive, type Linked } from './externalLinks.ts'

/** Direction along edges: from a child to its parents, from a parent to its children, or both. */
export type Direction = 'up' | 'down' | 'both'

/** An edge by the keys of its models, with the block that brought it. */
export type KeyEdge = { child: number; parent: number; block: number }

/** What a walk found, nearest first. Of equally near models, the one whose edge is earlier on the chain comes first. */
export type Reached = {
  /** Keys of the models, without the start. */
  models: Int32Array
  /** Distance of each model in edges, at least 1; an external parent on the way is a step of its own. */
  depths: Int32Array
}

/** What a walk found, as a tree, or one for each start: each model hangs from the one through which it was reached first. */
export type ReachedTree = {
  /** Keys of the models, nearest first, without the starts. */
  models: Int32Array
  /**
   * For each model, the place of the one that it hangs from; for the starts, -1 is the first, -2 the second and so on. External parents in
   * between are left out.
   */
  origins: Int32Array
}

/** Bounds of a walk. */
export type Walk = {
  direction: Direction
  /** Ignores edges that came after this block. */
  block: number
  /** Leaves out models that are further away. */
  maxDepth?: number
  /** Stops after this many models. */
  limit?: number
}

const INITIAL = 1024
/** The end of an edge that is not detached. */
const NEVER = 0xffffffff

/**
 * Every edge of the ledger in memory, by integer keys: lists of edges linked by index, in typed arrays, about 60 bytes a model.
 * Edges are in the order of the chain, so every process finds the same models in the same order. Walks share their marks, which
 * is safe because they are synchronous. A walk goes over external parents too, where they are bound.
 */
export class LineageGraph {
  /** What connects models over external parents. */
  externals = new ExternalLinks()
  #edges = 0
  #child = new Int32Array(INITIAL)
  #parent = new Int32Array(INITIAL)
  #block = new Uint32Array(INITIAL)
  // The block in which the edge was detached.
  #end = new Uint32Array(INITIAL)
  #up = new Links()
  #down = new Links()
  #publishers = new Int32Array(INITIAL)
  #lastPublisher = 0
  // The model of each credential.
  #credentials = new Int32Array(INITIAL)
  #lastCredential = 0
  // A model is marked when its mark is the number of the current walk.
  #walk = 0
  #marks = new Int32Array(INITIAL)
  #externalMarks = new Int32Array(0)
  // External parents are negative.
  #queue = new Int32Array(INITIAL)
  #depths = new Int32Array(INITIAL)
  // Place in the queue of the model from which each model was reached.
  #origins = new Int32Array(INITIAL)

  /** The number of edges. */
  get size(): number {
    return this.#edges
  }

  /** The largest key of a model with edges. */
  get models(): number {
    return Math.max(this.#up.models, this.#down.models)
  }

  /** Size of the edges in bytes. */
  get bytes(): number {
    const arrays = [
      this.#child,
      this.#parent,
      this.#block,
      this.#end,
      this.#marks,
      this.#queue,
      this.#depths,
      this.#origins,
      this.#publishers,
      this.#credentials,
    ]
    return arrays.reduce((sum, { byteLength }) => sum + byteLength, this.#up.bytes + this.#down.bytes)
  }

  /** Adds an edge. Edges are added in the order of the chain. */
  add({ child, parent, block }: KeyEdge): void {
    const edge = this.#edges
    if (edge === this.#child.length) {
      this.#child = grown(this.#child, edge + 1)
      this.#parent = grown(this.#parent, edge + 1)
      this.#block = grown(this.#block, edge + 1)
      this.#end = grown(this.#end, edge + 1)
    }
    this.#child[edge] = child
    this.#parent[edge] = parent
    this.#block[edge] = block
    this.#end[edge] = NEVER
    this.#edges = edge + 1
    this.#up.add(child, edge)
    this.#down.add(parent, edge)
  }

  /** Ends the newest edge between two models, from a block on. */
  detach({ child, parent, block }: KeyEdge): void {
    let newest = -1
    for (let edge = this.#up.firstOf(child); edge >= 0; edge = this.#up.after(edge)) {
      if (this.#parent[edge] === parent && this.#end[edge] === NEVER) newest = Math.max(newest, edge)
    }
    if (newest >= 0) this.#end[newest] = block
  }

  /** Sets the publisher of a model. */
  setPublisher(model: number, publisher: number): void {
    if (model >= this.#publishers.length) this.#publishers = grown(this.#publishers, model + 1)
    this.#publishers[model] = publisher
    this.#lastPublisher = Math.max(this.#lastPublisher, publisher)
  }

  /** Sets the model that a credential is for. */
  setCredential(credential: number, model: number): void {
    if (credential >= this.#credentials.length) this.#credentials = grown(this.#credentials, credential + 1)
    this.#credentials[credential] = model
    this.#lastCredential = Math.max(this.#lastCredential, credential)
  }

  /**
   * For each of the first models, by its key, the parent that became known first; 0 for none. Where they would go round in a circle, one of
   * them counts as none.
   */
  firstParents(models: number, block: number): Int32Array {
    const parents = new Int32Array(models + 1)
    for (let edge = 0; edge < this.#edges && this.#block[edge]! <= block; edge++) {
      const [child, parent] = [this.#child[edge]!, this.#parent[edge]!]
      if (this.#end[edge]! > block && child <= models && parent <= models) parents[child] ||= parent
    }
    const marks = new Int32Array(models + 1)
    for (let start = 1; start <= models; start++) {
      let last = 0
      let at = start
      for (; at > 0 && marks[at] === 0; at = parents[at]!) {
        marks[at] = start
        last = at
      }
      if (at > 0 && marks[at] === start) parents[last] = 0
    }
    return parents
  }

  /** How many of some models each publisher has, by its key; the order is that of the keys. */
  countPublishers(lists: readonly Iterable<number>[]): [publisher: number, models: number][] {
    const counts = new Int32Array(this.#lastPublisher + 1)
    for (const list of lists) for (const model of list) counts[this.publisherOf(model)]! += 1
    const found: [number, number][] = []
    for (let publisher = 0; publisher < counts.length; publisher++) {
      if (counts[publisher]! > 0) found.push([publisher, counts[publisher]!])
    }
    return found
  }

  /** The keys of the credentials for some models, oldest first, at any block. */
  credentialsOf(lists: readonly Iterable<number>[]): number[] {
    const isWanted = new Uint8Array(this.#publishers.length)
    for (const list of lists) for (const model of list) isWanted[model] = 1
    const found: number[] = []
    for (let credential = 1; credential <= this.#lastCredential; credential++) {
      if (isWanted[this.#credentials[credential]!] === 1) found.push(credential)
    }
    return found
  }

  /** The key of the account that published a model. */
  publisherOf(model: number): number {
    return this.#publishers[model] ?? 0
  }

  /** Removes every edge that came after a block. */
  truncate(block: number): void {
    // Edges are in the order of the chain.
    while (this.#edges > 0 && this.#block[this.#edges - 1]! > block) this.#edges -= 1
    this.#up.clear()
    this.#down.clear()
    for (let edge = 0; edge < this.#edges; edge++) {
      if (this.#end[edge]! > block) this.#end[edge] = NEVER
      this.#up.add(this.#child[edge]!, edge)
      this.#down.add(this.#parent[edge]!, edge)
    }
  }

  /** The models that can be reached from one or several, nearest first. */
  walk(from: number | readonly number[], walk: Walk): Reached {
    const starts = startsOf(from)
    const found = this.#walkFrom(starts, walk)
    const models = this.#queue.slice(starts.length, found)
    const depths = this.#depths.slice(starts.length, found)
    if (this.externals.size === 0) return { models, depths }
    return {
      models: models.filter((model) => model > 0),
      depths: depths.filter((_, place) => models[place]! > 0),
    }
  }

  /** The models that can be reached from one or several, nearest first, and the way in which each was reached first. */
  tree(from: number | readonly number[], walk: Walk): ReachedTree {
    const starts = startsOf(from)
    const found = this.#walkFrom(starts, walk)
    // Of each node of the queue, the place among the models; of an external parent, that of the model that it was reached from.
    const places = new Int32Array(found)
    const models = new Int32Array(found - starts.length)
    const origins = new Int32Array(found - starts.length)
    for (const [place] of starts.entries()) places[place] = -1 - place
    let count = 0
    for (let place = starts.length; place < found; place++) {
      const origin = places[this.#origins[place]!]!
      const node = this.#queue[place]!
      places[place] = node > 0 ? count : origin
      if (node < 0) continue
      models[count] = node
      origins[count] = origin
      count += 1
    }
    return { models: models.subarray(0, count), origins: origins.subarray(0, count) }
  }

  /** The number of models that can be reached from one or several. */
  count(from: number | readonly number[], walk: Walk): number {
    const starts = startsOf(from)
    const found = this.#walkFrom(starts, walk)
    let models = 0
    for (let place = starts.length; place < found; place++) if (this.#queue[place]! > 0) models += 1
    return models
  }

  /**
   * The models on the shortest path from one up to another, both included, or on the first of several on the chain; undefined without a
   * path.
   */
  path(from: number, to: number, walk: Pick<Walk, 'block' | 'maxDepth'>): number[] | undefined {
    if (from === to) return [from]
    const found = this.#walkFrom([from], { ...walk, direction: 'up' }, to)
    if (this.#queue[found - 1] !== to || found === 1) return undefined
    const path: number[] = []
    for (let place = found - 1; place >= 0; place = this.#origins[place]!) path.push(this.#queue[place]!)
    return path.filter((model) => model > 0).toReversed()
  }

  /** The parents or children of a model, each once, in the order of the chain; then those that it has over external parents. */
  neighbors(model: number, direction: 'up' | 'down', block: number): number[] {
    const found = new Set<number>()
    const links = direction === 'up' ? this.#up : this.#down
    const ends = direction === 'up' ? this.#parent : this.#child
    for (let edge = links.firstOf(model); edge >= 0; edge = links.after(edge)) {
      if (this.#isLive(edge, block)) found.add(ends[edge]!)
    }
    for (const linked of this.externals.linked(model, direction, block)) found.add(linked.model)
    return [...found]
  }

  /** The parents or children that a model has over external parents. */
  linked(model: number, direction: 'up' | 'down', block: number): Linked[] {
    return this.externals.linked(model, direction, block)
  }

  /** Whether an edge was there after a block. */
  #isLive(edge: number, block: number): boolean {
    return this.#block[edge]! <= block && this.#end[edge]! > block
  }

  /** Fills the queue with some models and what can be reached from them, and returns its length. Stops at `target`. */
  #walkFrom(
    starts: readonly number[],
    { direction, block, maxDepth = Infinity, limit = Infinity }: Walk,
    target?: number,
  ): number {
    this.#makeRoom(starts)
    const { externals } = this
    const { hasLinks } = externals
    const [marks, externalMarks, walk] = [this.#marks, this.#externalMarks, ++this.#walk]
    const [queue, depths, origins] = [this.#queue, this.#depths, this.#origins]
    const [begins, limits] = [this.#block, this.#end]
    const ways = WAYS[direction].map((way) => ({
      way,
      links: way === 'up' ? this.#up : this.#down,
      next: (way === 'up' ? this.#up : this.#down).next,
      ends: way === 'up' ? this.#parent : this.#child,
    }))
    let found = 0
    let left = limit
    /** Notes a node that is not marked yet. Returns whether the walk ends with it. */
    const reach = (node: number, depth: number, origin: number): boolean => {
      if (node > 0) marks[node] = walk
      else externalMarks[-node] = walk
      queue[found] = node
      depths[found] = depth
      origins[found] = origin
      found += 1
      if (origin >= 0 && node > 0) left -= 1
      return left === 0 || (origin >= 0 && node === target)
    }
    for (const start of starts) reach(start, 0, -1)
    if (left === 0) return found
    for (let place = 0; place < found; place++) {
      const node = queue[place]!
      const depth = depths[place]! + 1
      if (depth > maxDepth) break
      for (const { way, links, next, ends } of ways) {
        // Millions of edges pass here: the list is followed without calls.
        for (let edge = node > 0 ? links.firstOf(node) : -1; edge >= 0; edge = next[edge]! - 1) {
          const other = ends[edge]!
          if (marks[other] === walk || begins[edge]! > block || limits[edge]! <= block) continue
          if (reach(other, depth, place)) return found
        }
        if (!hasLinks) continue
        for (const link of externals.linksOf(node, way)) {
          const isMarked = link.to > 0 ? marks[link.to] === walk : externalMarks[-link.to] === walk
          if (isMarked || !isLive(link, block)) continue
          if (reach(link.to, depth, place)) return found
        }
      }
    }
    return found
  }

  /** Makes the arrays of a walk as long as it may need. */
  #makeRoom(starts: readonly number[]): void {
    let most = Math.max(this.#up.models, this.#down.models)
    for (const start of starts) most = Math.max(most, start + 1)
    most = Math.max(most, this.externals.models)
    if (this.#marks.length < most) this.#marks = grown(this.#marks, most)
    const nodes = most + this.externals.size
    if (this.#queue.length < nodes) {
      this.#queue = grown(this.#queue, nodes)
      this.#depths = grown(this.#depths, nodes)
      this.#origins = grown(this.#origins, nodes)
    }
    if (this.#externalMarks.length <= this.externals.size) {
      this.#externalMarks = grown(this.#externalMarks, this.externals.size + 1)
    }
    if (this.#walk === 0x7fffffff) {
      this.#marks.fill(0)
      this.#externalMarks.fill(0)
      this.#walk = 0
    }
  }
}

/** Each start once. */
function startsOf(from: number | readonly number[]): readonly number[] {
  return typeof from === 'number' ? [from] : [...new Set(from)]
}

const WAYS: Record<Direction, readonly ('up' | 'down')[]> = { up: ['up'], down: ['down'], both: ['up', 'down'] }

/** A list of edges for each model, oldest first. Indices are stored plus one, so that zero means none. */
class Links {
  #first = new Int32Array(INITIAL)
  #last = new Int32Array(INITIAL)
  #next = new Int32Array(INITIAL)
  #models = 0

  /** One more than the largest key. */
  get models(): number {
    return this.#models
  }

  get bytes(): number {
    return this.#first.byteLength + this.#last.byteLength + this.#next.byteLength
  }

  add(model: number, edge: number): void {
    if (model >= this.#first.length) {
      this.#first = grown(this.#first, model + 1)
      this.#last = grown(this.#last, model + 1)
    }
    if (edge >= this.#next.length) this.#next = grown(this.#next, edge + 1)
    this.#next[edge] = 0
    const last = this.#last[model]!
    if (last === 0) this.#first[model] = edge + 1
    else this.#next[last - 1] = edge + 1
    this.#last[model] = edge + 1
    if (model >= this.#models) this.#models = model + 1
  }

  /** For each edge, one more than the edge after it. Valid until an edge is added. */
  get next(): Int32Array {
    return this.#next
  }

  /** The first edge of a model; -1 when it has none. */
  firstOf(model: number): number {
    return model < this.#models ? this.#first[model]! - 1 : -1
  }

  /** The edge after one; -1 when there is none. */
  after(edge: number): number {
    return this.#next[edge]! - 1
  }

  clear(): void {
    this.#first.fill(0)
    this.#last.fill(0)
    this.#models = 0
  }
}

/** A copy of an array with room for at least `least` items: half as much again, so that repeated growth stays cheap. */
function grown<T extends Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(array: T, least: number): T {
  const length = Math.max(least, Math.ceil(array.length * 1.5))
  if (length > 0x7fffffff) throw new GraphTooLargeError(least)
  const larger = new (array.constructor as new (length: number) => T)(length)
  larger.set(array)
  return larger
}

/** Thrown when there are more models or edges than 32 bits can number. */
export class GraphTooLargeError extends StemmaError {
  override name = 'GraphTooLargeError'
  override readonly kind = 'unavailable'
  constructor(count: number) {
    super('GRAPH_TOO_LARGE', `The ledger has ${count} models or edges; at most ${0x7fffffff} can be served.`)
  }
}
