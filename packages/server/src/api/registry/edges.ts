import DataLoader from 'dataloader'

import type { ModelId } from 'stemma/core'
import { readRow, type RowOf } from '../../indexer/rows.ts'
import { number } from '../../indexer/values.ts'
import { checkFirst, type PageArguments } from '../cursor.ts'
import type { LedgerView } from '../ledgerView.ts'
import { claimScan, makeCursor, pageOf, readCursor, type Listing } from '../paging.ts'
import { isAmongKeys, isLive, keyList } from '../sql.ts'
import { grouped, loaderOfLists } from '../tableLoaders.ts'

/** An edge, with its place among the parents of the registration (-1 when the registration does not name the parent). */
export type EdgeRow = RowOf<'edges'> & {
  /** The external parents that it leads through, from the child's on; left out for an edge that leads through none. */
  through?: readonly ModelId[]
}

/** The children of a model ($1) at a block ($2): each once, by the declared edge if there are two. */
const CHILDREN = `e.parent = $1 AND e.block <= $2 AND ${isLive('e', '$2')} AND (e.position >= 0 OR NOT EXISTS (
  SELECT 1 FROM edges d WHERE d.child = e.child AND d.parent = e.parent AND d.position >= 0))`

/** Reads which model was made from which. */
export class EdgeReader {
  /** Edges up from a model: the registration's in their order, then later ones. */
  readonly parents: DataLoader<number, EdgeRow[]>
  /** What became known of the edges up from a model after its registration, in the order of the chain. */
  readonly #grades: DataLoader<number, RowOf<'edge_grades'>[]>
  readonly #view: LedgerView
  /** External parents of a model, in the order of its registration. */
  readonly #externals: DataLoader<number, RowOf<'external_parents'>[]>

  constructor(view: LedgerView) {
    this.#view = view
    this.parents = parentsLoader(view)
    this.#grades = loaderOfLists(view, 'edge_grades', 'child', 'child, block, log')
    this.#externals = loaderOfLists(view, 'external_parents', 'child', 'child, position')
  }

  /** The parent whose edge up from a model an event changed; null for any other event. */
  async changedBy(child: number, at: { block: number; log: number }): Promise<number | null> {
    const grades = await this.#grades.load(child)
    return grades.find(({ block, log }) => block === at.block && log === at.log)?.parent ?? null
  }

  /** Edges by child and parent, in the order of the pairs, also those that lead over external parents. */
  async between(pairs: readonly (readonly [child: number, parent: number])[]): Promise<EdgeRow[]> {
    if (pairs.length === 0) return []
    const children = [...new Set(pairs.map(([child]) => child))]
    const found = new Map<string, EdgeRow>()
    for (const edges of await this.parents.loadMany(children)) {
      if (edges instanceof Error) throw edges
      for (const edge of edges) found.set(`${edge.child} ${edge.parent}`, edge)
    }
    return Promise.all(
      pairs.map(([child, parent]) => found.get(`${child} ${parent}`) ?? this.#overExternal(child, parent)),
    )
  }

  /** The edge from a child to a parent that it names as an external parent, or that this is bound to. */
  async #overExternal(child: number, parent: number): Promise<EdgeRow> {
    const linked = this.#view.graph.linked(child, 'up').find(({ model }) => model === parent)!
    const named = (await this.#externals.load(child)).find(({ external }) => external === linked.named)!
    const { through, block } = linked
    const { relation, part, position, log } = named
    const grade = through.length > 0 ? 'bound' : 'declared'
    return { child, parent, relation, part, grade, undisclosed: false, position, claim: null, block, log, through }
  }

  /** Children of a model, in the order of the chain. */
  children(parent: number, page: PageArguments): Listing<EdgeRow> {
    const view = this.#view
    const first = checkFirst(page.first)
    return {
      async count() {
        await claimScan(view)
        const [row] = await view.queries.all(`SELECT count(*) AS n FROM edges e WHERE ${CHILDREN}`, [
          parent,
          view.block.number,
        ])
        return number(row?.n)
      },
      async page() {
        const after = await readCursor(view, 'children', page.after, 1)
        const rows = await view.queries.all(
          `SELECT * FROM edges e WHERE ${CHILDREN} AND e.child > $3 ORDER BY e.child LIMIT ${first + 1}`,
          [parent, view.block.number, after?.place[0] ?? 0],
        )
        return pageOf(
          rows.map((row) => readRow('edges', row)),
          first,
          ({ child, block }) => makeCursor(view, 'children', [child], block),
        )
      },
    }
  }
}

function parentsLoader({ queries, block }: LedgerView): DataLoader<number, EdgeRow[]> {
  const among = isAmongKeys(queries.dialect, 'child', '$1')
  return new DataLoader(async (keys) => {
    const parameters = [keyList(queries.dialect, keys), block.number]
    const [rows, grades] = await Promise.all([
      queries.all(`SELECT * FROM edges WHERE ${among} AND block <= $2 ORDER BY block, log`, parameters),
      queries.all(`SELECT * FROM edge_grades WHERE ${among} AND block <= $2 ORDER BY block, log`, parameters),
    ])
    const edges = grouped(rows, 'child')
    const later = grouped(grades, 'child')
    return keys.map((key) => {
      const found = (edges.get(key) ?? []).map((row) => readRow('edges', row))
      for (const row of later.get(key) ?? []) {
        const grade = readRow('edge_grades', row)
        applyGrade(found, grade)
      }
      return found.toSorted(byPlace)
    })
  })
}

/** Changes the edges of a model to what became known of them later, and drops one that was detached. */
function applyGrade(edges: EdgeRow[], later: RowOf<'edge_grades'>): void {
  const { parent, grade, relation, undisclosed, detached } = later
  const isEarlier = (edge: EdgeRow): boolean =>
    edge.block < later.block || (edge.block === later.block && edge.log <= later.log)
  const place = edges.findLastIndex((edge) => edge.parent === parent && edge.position < 0 && isEarlier(edge))
  if (detached) {
    edges.splice(place, 1)
    return
  }
  if (relation === null) {
    // A countersignature of an attested edge comes with its new grade in a row of its own.
    const declared = edges.find((edge) => edge.parent === parent && edge.position >= 0)
    if (declared) declared.grade = grade
    return
  }
  const edge = edges[place]!
  edge.grade = grade
  edge.relation = relation
  if (undisclosed !== null) edge.undisclosed = undisclosed
}

/** Puts the registration's parents first, in its order, then later ones in the order of the chain. */
function byPlace(one: EdgeRow, other: EdgeRow): number {
  const place = (edge: EdgeRow): number => (edge.position < 0 ? Infinity : edge.position)
  return place(one) === place(other) ? one.block - other.block || one.log - other.log : place(one) - place(other)
}
