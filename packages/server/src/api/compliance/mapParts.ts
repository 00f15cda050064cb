import { type LineageModel, type ModelId, nameOfUri, shortText } from 'stemma/core'
import { causesOf, type MapEdge, type MapMore, type MapNode } from 'stemma/map'
import type { Report } from 'stemma/verify'
import type { Readers } from '../readers.ts'
import type { EdgeRow } from '../registry/edges.ts'
import type { ModelRow } from '../registry/models.ts'
import { loadAll } from '../tableLoaders.ts'
import type { DescendantTree, DrawnDescendant, MapBounds, Opening } from './mapTree.ts'

const DOWN = 2
const CAP = 8
/** Longest name of terms, in characters. */
const MAX_LICENSE = 64

/** A model or an external parent that is on a map. */
export type MapMember = {
  id: ModelId
  /** Undefined for an external parent. */
  row: ModelRow | undefined
  /** Its place in the lineage of the model of the map; undefined for what is not above it. */
  entry: LineageModel | undefined
  level: number
  claimed: boolean
  descendants: number | null
}

/** Which descendants are asked for. Ids that are not on the ledger are passed over. */
export async function openingOf({ models }: Readers, { down, cap, open }: MapBounds): Promise<Opening> {
  const rows = await loadAll(models.byId, open ?? [])
  return { down: down ?? DOWN, cap: cap ?? CAP, open: rows.flatMap((row) => row?.n ?? []) }
}

/** What a tree has on a map. */
export async function membersOfTree({ models }: Readers, drawn: readonly DrawnDescendant[]): Promise<MapMember[]> {
  const rows = await loadAll(
    models.byKey,
    drawn.map(({ model }) => model),
  )
  return drawn.map(({ level, descendants }, index) => {
    const row = rows[index]!
    return { id: row.id, row, entry: undefined, level, claimed: false, descendants }
  })
}

/** The nodes of some members, with the answers that there are. */
export async function nodesOf(
  readers: Readers,
  members: readonly MapMember[],
  reports: ReadonlyMap<ModelId, Report> | undefined,
): Promise<MapNode[]> {
  const { accounts, lineages, models, terms, view } = readers
  const drawn = new Set(members.map(({ id }) => id))
  const names = await lineages.externals(members.filter(({ row }) => !row).map(({ id }) => id))
  return Promise.all(
    members.map(async ({ id, row, entry, level, claimed, descendants }): Promise<MapNode> => {
      const at = { id, level, claimed, descendants }
      if (!row) {
        const parents = new Set(entry!.parents.map(({ model }) => model).filter((parent) => !drawn.has(parent)))
        const unknown = { publisher: null, license: null, status: 'active', recalled: false } as const
        const name = names.get(id)?.name ?? ''
        return { ...at, name, external: true, ...unknown, verdict: null, cause: null, otherParents: parents.size }
      }
      const report = reports?.get(id)
      const [cause = null] = causesOf(report, drawn)
      if (cause) view.budget.take('named', cause.path.length, 'models in the paths of a map')
      const [publisher, stated, status, recalled, otherParents] = await Promise.all([
        accounts.addressOf(row.publisher),
        row.terms === null ? null : terms.byKey.load(row.terms),
        models.statusOf(row.n),
        models.isRecalled(row),
        countParentsBeyond(readers, row, drawn),
      ])
      return {
        ...at,
        name: nameOfUri(row.uri),
        external: false,
        publisher,
        license: stated?.name == null ? null : shortText(stated.name, MAX_LICENSE),
        status,
        recalled,
        verdict: report?.verdict ?? null,
        cause,
        otherParents,
      }
    }),
  )
}

/** How many parents of a model are not on the map: models, also over external parents, and external parents that lead nowhere. */
async function countParentsBeyond(
  { externals, models, view }: Readers,
  { n }: ModelRow,
  drawn: ReadonlySet<ModelId>,
): Promise<number> {
  const parents = await loadAll(models.byKey, view.graph.neighbors(n, 'up'))
  const named = await externals.ofChild.load(n)
  if (named.length === 0) return parents.filter(({ id }) => !drawn.has(id)).length
  const replaced = new Set((await externals.replaced.load(n)).map(({ external }) => external))
  const open = await Promise.all(
    named
      .filter(({ external }) => !drawn.has(external) && !replaced.has(external))
      .map(async ({ external }) => {
        const leads = (await models.byId.load(external)) ?? (await externals.boundTo(external))[0]
        return leads === undefined ? 1 : 0
      }),
  )
  // What is bound is reached over an external parent that is drawn itself.
  const over = new Set(
    view.graph
      .linked(n, 'up')
      .filter(({ through }) => through[0] && drawn.has(through[0]))
      .map(({ model }) => model),
  )
  const beyond = parents.filter((parent) => !drawn.has(parent.id) && !over.has(parent.n))
  return beyond.length + open.reduce<number>((sum, one) => sum + one, 0)
}

/** The edges between the members of a map. */
export async function edgesOf(readers: Readers, members: readonly MapMember[]): Promise<MapEdge[]> {
  const { edges, view } = readers
  const byKey = new Map(members.flatMap(({ id, row }) => (row ? [[row.n, id] as const] : [])))
  const byId = new Map(members.map((member) => [member.id, member]))
  const pairs = [...byKey.keys()].flatMap((child) =>
    view.graph.neighbors(child, 'up').flatMap((parent) => (byKey.has(parent) ? [[child, parent] as const] : [])),
  )
  const rows = await edges.between(pairs)
  const between = rows
    // Where the external parents in between are drawn, so are the edges to and from them.
    .filter(({ through = [] }) => through.length === 0 || !through.every((id) => byId.has(id)))
    .map((row) => edgeOf(row, byKey))
  const outside = await Promise.all(members.map((member) => externalEdges(readers, member, byId)))
  return [...between, ...outside.flat()]
}

function edgeOf(
  { child, parent, relation, part, grade, undisclosed, through = [] }: EdgeRow,
  ids: ReadonlyMap<number, ModelId>,
): MapEdge {
  return { child: ids.get(child)!, parent: ids.get(parent)!, relation, part, grade, undisclosed, through, claim: null }
}

/** The edges from a member to external parents that are drawn, and from one to what it is bound to. */
async function externalEdges(
  { externals }: Readers,
  { id, entry, row }: MapMember,
  members: ReadonlyMap<ModelId, MapMember>,
): Promise<MapEdge[]> {
  if (!entry) return []
  const edges = entry.parents.filter(({ model }) => {
    const parent = members.get(model)
    return parent !== undefined && !(row && parent.row)
  })
  const named = row && edges.length > 0 ? await externals.ofChild.load(row.n) : []
  const parts = new Map(named.map(({ external, part }) => [external, part]))
  return edges.map(({ model, relation, grade, undisclosed }) => {
    const part = parts.get(model) ?? null
    return { child: id, parent: model, relation, part, grade, undisclosed, through: [], claim: null }
  })
}

/** What is not on the map below its models. */
export async function moreOf({ models }: Readers, { hidden }: DescendantTree): Promise<MapMore[]> {
  return Promise.all(
    hidden.map(async ({ of, next, models: count }) => {
      const id = of === null ? null : (await models.byKey.load(of)).id
      return { of: id, up: false, next, models: count, externals: 0 }
    }),
  )
}
