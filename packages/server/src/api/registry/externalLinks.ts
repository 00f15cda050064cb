import type { ModelId } from 'stemma/core'
import { hex, number } from '../../indexer/values.ts'
import { bytesList, isAmongBytes, type Queries } from '../sql.ts'

/** A way from one node to another, since a block and before another one. */
export type Link = { readonly to: number; readonly block: number; end: number }

/** A model that another names as an external parent, or that the external parent is bound to. */
export type Linked = {
  model: number
  /** The id by which the child names the parent. */
  named: ModelId
  /** The external parents in between, from the child's on; none when the id is that of the model, which was registered later. */
  through: readonly ModelId[]
  /** The block since which all of it counts. */
  block: number
}

/** The end of a link that holds. */
const NEVER = Infinity

const NONE: readonly Link[] = []

/**
 * What connects models over external parents: bindings, and ids that were named before they were registered. Nodes are models, by
 * their keys, and external parents that were ever bound, by negative numbers. Only those are kept, because all others lead nowhere.
 */
export class ExternalLinks {
  readonly #ids: ModelId[] = []
  readonly #nodes = new Map<ModelId, number>()
  readonly #up = new Map<number, Link[]>()
  readonly #down = new Map<number, Link[]>()
  /** External parents that were ever bound. */
  readonly #bound = new Set<ModelId>()
  /** Models among the ids of nodes. */
  readonly #registered = new Map<ModelId, { n: number; block: number }>()
  /** Ids of models that were registered after another had named them. */
  readonly #names = new Map<number, ModelId>()
  // How far the database was read.
  #block = -1
  #models = 0

  /** The number of external parents. */
  get size(): number {
    return this.#ids.length
  }

  /** Whether anything leads anywhere: late registrations do so without an external parent. */
  get hasLinks(): boolean {
    return this.#up.size > 0
  }

  /** One more than the largest key of a model. */
  get models(): number {
    return this.#models + 1
  }

  /** The id of an external parent by its negative number. */
  idOf(node: number): ModelId {
    return this.#ids[-node - 1]!
  }

  /** Where a node leads at any block, in an order that every process finds: by block, and then by what it leads to. */
  linksOf(node: number, way: 'up' | 'down'): readonly Link[] {
    return (way === 'up' ? this.#up : this.#down).get(node) ?? NONE
  }

  /** The models that a model reaches over external parents alone, each once, nearest first. */
  linked(model: number, way: 'up' | 'down', block: number): Linked[] {
    if (this.linksOf(model, way).length === 0) return []
    const found = new Map<number, Linked>()
    type Route = { node: number; through: readonly ModelId[]; block: number }
    const routes = new Map<number, Route>([[model, { node: model, through: [], block: 0 }]])
    for (const { node, through, block: since } of routes.values()) {
      for (const link of this.linksOf(node, way)) {
        if (!isLive(link, block) || routes.has(link.to)) continue
        const next = { node: link.to, through, block: Math.max(since, link.block) }
        if (link.to < 0) {
          const id = this.idOf(link.to)
          routes.set(link.to, { ...next, through: way === 'up' ? [...through, id] : [id, ...through] })
        } else if (link.to !== model && !found.has(link.to)) {
          const named = through[0] ?? this.#names.get(way === 'up' ? link.to : model)!
          found.set(link.to, { model: link.to, named, through, block: next.block })
        }
      }
    }
    return [...found.values()]
  }

  /** Reads what came after the last time, from a database whose models have keys up to `last`. */
  async read(queries: Queries, block: number, last: number): Promise<void> {
    const rows = await queries.all('SELECT * FROM external_bindings WHERE block > $1 ORDER BY block, log', [
      this.#block,
    ])
    const bindings = rows.map((row) => ({
      external: hex<ModelId>(row.external),
      model: hex<ModelId>(row.model),
      isBound: number(row.bound) === 1,
      block: number(row.block),
    }))
    const children = await this.#readChildren(queries, new Set(bindings.map(({ external }) => external)), last)
    const late = last > this.#models ? await this.#readLate(queries, last) : []
    const ids = new Set(bindings.flatMap(({ external, model }) => [external, model]))
    for (const found of await this.#readModels(queries, ids, last)) this.#register(found)
    for (const { child, external, block: since } of children) {
      this.#add(child, this.#nodeOf(external), since, this.#registered.get(external)?.block ?? NEVER)
    }
    for (const { child, id, n, block: since } of late) {
      this.#registered.set(id, { n, block: since })
      this.#names.set(n, id)
      this.#add(child, n, since, NEVER)
    }
    for (const binding of bindings) {
      if (binding.isBound) this.#bind(binding)
      else this.#unbind(binding)
    }
    this.#block = block
    this.#models = last
  }

  /** The models that name external parents which were ever bound: all of those bound now for the first time, else new ones. */
  async #readChildren(queries: Queries, bound: ReadonlySet<ModelId>, last: number) {
    const fresh = [...bound].filter((id) => !this.#bound.has(id))
    const among = isAmongBytes(queries.dialect, 'external', '$1')
    const rows = [
      ...(fresh.length === 0
        ? []
        : await queries.all(
            `SELECT child, external, block FROM external_parents WHERE ${among} AND child <= $2 ORDER BY child, position`,
            [bytesList(queries.dialect, fresh), last],
          )),
      ...(this.#bound.size === 0 || last === this.#models
        ? []
        : await queries.all(
            `SELECT child, external, block FROM external_parents p WHERE child > $1 AND child <= $2
             AND EXISTS (SELECT 1 FROM external_bindings b WHERE b.external = p.external) ORDER BY child, position`,
            [this.#models, last],
          )),
    ]
    for (const id of fresh) this.#bound.add(id)
    return rows
      .map((row) => ({ child: number(row.child), external: hex<ModelId>(row.external), block: number(row.block) }))
      .filter(uniquePairs())
  }

  /** The models that were registered after another had named their ids as external parents. */
  async #readLate(queries: Queries, last: number) {
    const columns = 'SELECT p.child, m.n, m.id, m.block FROM'
    const rows =
      this.#models === 0
        ? await queries.all(`${columns} external_parents p JOIN models m ON m.id = p.external WHERE m.n <= $1`, [last])
        : await queries.all(
            `${columns} models m JOIN external_parents p ON p.external = m.id WHERE m.n > $1 AND m.n <= $2`,
            [this.#models, last],
          )
    return rows
      .map((row) => ({
        child: number(row.child),
        n: number(row.n),
        id: hex<ModelId>(row.id),
        block: number(row.block),
      }))
      .toSorted((a, b) => a.n - b.n || a.child - b.child)
  }

  /** The models among some ids, and those among the known ids that were registered since. */
  async #readModels(queries: Queries, ids: ReadonlySet<ModelId>, last: number) {
    const open = [...this.#nodes.keys()].filter((id) => !this.#registered.has(id))
    const asked = [...new Set([...ids].filter((id) => !this.#registered.has(id))), ...(last > this.#models ? open : [])]
    if (asked.length === 0) return []
    const among = isAmongBytes(queries.dialect, 'id', '$1')
    const rows = await queries.all(`SELECT n, id, block FROM models WHERE ${among} AND n <= $2 ORDER BY n`, [
      bytesList(queries.dialect, new Set(asked)),
      last,
    ])
    return rows.map((row) => ({ n: number(row.n), id: hex<ModelId>(row.id), block: number(row.block) }))
  }

  /** An id is a model's from a block on: what led to the external parent leads to the model. */
  #register({ n, id, block }: { n: number; id: ModelId; block: number }): void {
    this.#registered.set(id, { n, block })
    const node = this.#nodes.get(id)
    if (node === undefined) return
    for (const link of this.linksOf(node, 'down')) {
      // All that was read before is older than the model.
      if (link.end !== NEVER) continue
      // A child that is a model leads to the model by what is read of it, see #readLate.
      if (link.to < 0) this.#add(link.to, n, block, NEVER)
      this.#end(link.to, node, block)
    }
  }

  #bind({ external, model, block }: { external: ModelId; model: ModelId; block: number }): void {
    const [from, found] = [this.#nodeOf(external), this.#registered.get(model)]
    this.#add(from, this.#nodeOf(model), block, found?.block ?? NEVER)
    if (found) this.#add(from, found.n, Math.max(block, found.block), NEVER)
  }

  #unbind({ external, model, block }: { external: ModelId; model: ModelId; block: number }): void {
    const found = this.#registered.get(model)
    this.#end(this.#nodeOf(external), this.#nodeOf(model), block)
    if (found) this.#end(this.#nodeOf(external), found.n, block)
  }

  #nodeOf(id: ModelId): number {
    const known = this.#nodes.get(id)
    if (known !== undefined) return known
    const node = -this.#ids.push(id)
    this.#nodes.set(id, node)
    return node
  }

  #add(child: number, parent: number, block: number, end: number): void {
    if (!holdsEver({ block, end })) return
    this.#insert(this.#up, child, { to: parent, block, end })
    this.#insert(this.#down, parent, { to: child, block, end })
  }

  /** Puts a link in its place. Most come last. */
  #insert(lists: Map<number, Link[]>, node: number, link: Link): void {
    const list = lists.get(node) ?? []
    lists.set(node, list)
    const place = list.findLastIndex((other) => this.#isBefore(other, link)) + 1
    list.splice(place, 0, link)
  }

  #isBefore(one: Link, other: Link): boolean {
    if (one.block !== other.block) return one.block < other.block
    // The numbers of external parents depend on when they were read, so their ids decide.
    if (one.to < 0 && other.to < 0) return this.idOf(one.to) < this.idOf(other.to)
    return one.to < 0 === other.to < 0 ? one.to < other.to : other.to < 0
  }

  /** Ends the links from a node to another that hold at a block. */
  #end(child: number, parent: number, block: number): void {
    for (const [lists, node, to] of [
      [this.#up, child, parent],
      [this.#down, parent, child],
    ] as const) {
      const links = lists.get(node) ?? []
      for (const link of links) if (link.to === to && link.end > block) link.end = block
      lists.set(node, links.filter(holdsEver))
    }
  }
}

/** Whether a link holds as of a block. */
export function isLive({ block, end }: Link, at: number): boolean {
  return block <= at && end > at
}

/** Whether a link holds at any block. What begins and ends in one block does not, and is not kept. */
function holdsEver({ block, end }: Pick<Link, 'block' | 'end'>): boolean {
  return end > block
}

/** Keeps the first of the rows with the same child and external parent. */
function uniquePairs(): (row: { child: number; external: ModelId }) => boolean {
  const known = new Set<string>()
  return ({ child, external }) => {
    const pair = `${child} ${external}`
    if (known.has(pair)) return false
    known.add(pair)
    return true
  }
}
