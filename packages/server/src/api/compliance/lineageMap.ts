import {
  type Address,
  type Facts,
  type Hex,
  isExternal,
  type Lineage,
  type LineageModel,
  type ModelId,
  nameOfUri,
  type Right,
  shortText,
  ZERO_ADDRESS,
} from 'stemma/core'
import {
  causesOf,
  cutLineage,
  type CutLineage,
  MAX_MAP_NODES,
  type MapEdge,
  type MapGraph,
  type MapMore,
  type MapNode,
} from 'stemma/map'
import { type Report, type TrustPolicy, verifyEach } from 'stemma/verify'
import type { Readers } from '../readers.ts'
import type { ClaimRow } from '../claims/claims.ts'
import type { EdgeRow } from '../registry/edges.ts'
import type { ModelRow } from '../registry/models.ts'
import { loadAll } from '../tableLoaders.ts'
import { indexReader } from './indexReader.ts'
import { checkBounds, chooseDescendants, type DescendantTree, type MapBounds } from './mapTree.ts'

/** What a map is asked about. */
export type MapQuestion = MapBounds & {
  /** Without one, the map has no verdicts. */
  use?: Right | null | undefined
  licensee?: Address | null | undefined
  facts: Facts
  policy: TrustPolicy
}

/** A map, and how much of the neighborhood is on it. */
export type CountedMap = MapGraph & {
  licensee: Address
  /** Models above the model, each once. */
  ancestors: number
  /** External parents above it, each once. */
  externals: number
  /** Models below it, each once. */
  descendants: number
  /** Models that are both, in a cycle. The map counts them as ancestors. */
  inCycle: number
  truncated: boolean
  /** Models of the map that there was no room to evaluate. */
  unevaluated: number
}

const DOWN = 2
const CAP = 8
/** Nodes that are kept for descendants, and for parents that open claims name. */
const RESERVED = { descendants: 150, claimed: 8 } as const
/** Most models of all lineages of one map that are evaluated, each lineage counted for itself. */
const MOST_EVALUATED = 12_000
/** Longest name of terms, in characters. */
const MAX_LICENSE = 64
/** Most open claims that a map looks at. */
const MOST_CLAIMS = 300

/** A model or an external parent that is on a map. */
type Member = {
  id: ModelId
  /** Undefined for an external parent. */
  row: ModelRow | undefined
  /** Its place in the lineage of the model of the map; undefined for what is not above it. */
  entry: LineageModel | undefined
  level: number
  claimed: boolean
  descendants: number | null
}

/**
 * Makes the map of a registered model: all its ancestors, its descendants by level, at most 300 nodes, and the answer at each of them.
 *
 * @throws {@link InvalidMapError}, `QueryTooLargeError`
 */
export async function lineageMapOf(readers: Readers, row: ModelRow, question: MapQuestion): Promise<CountedMap> {
  checkBounds(question)
  const { lineages, models, view } = readers
  const { up, down, cap, open, use } = question
  const licensee = question.licensee ?? question.policy.licensee ?? ZERO_ADDRESS
  const above = await lineages.lineageOf(row.id, licensee)
  const registered = above.models.filter((entry) => !isExternal(entry))
  const rowsAbove = await rowsOf(readers, registered)
  const claims = await claimsAbout(readers, row)
  const reserved = Math.min(claims.length, RESERVED.claimed)
  const below = view.graph.count(row.n, { direction: 'down', limit: RESERVED.descendants })
  const cut = cutLineage(above, { levels: up ?? Infinity, room: MAX_MAP_NODES - below - reserved })
  const opened = (await loadAll(models.byId, open ?? [])).flatMap((found) => found?.n ?? [])
  const tree = chooseDescendants(
    view,
    row.n,
    { down: down ?? DOWN, cap: cap ?? CAP, open: opened },
    {
      ancestors: new Set(registered.slice(1).map(({ model }) => rowsAbove.get(model)!.n)),
      room: MAX_MAP_NODES - cut.kept.length - cut.more.length - reserved,
    },
  )
  const members = await membersOf(readers, { cut, rowsAbove, tree, claims: claims.slice(0, reserved) })
  const reports = use == null ? undefined : await reportsOf(readers, above, members, { ...question, use, licensee })
  const nodes = await nodesOf(readers, members, reports)
  const more = await moreOf(readers, tree)
  return {
    model: row.id,
    use: use ?? null,
    licensee,
    nodes,
    edges: [...(await edgesOf(readers, members)), ...(await claimedEdges(readers, members, claims))],
    more: [...cut.more, ...more],
    causes: causesOf(reports?.get(row.id), new Set(members.map(({ id }) => id))),
    ancestors: registered.length - 1,
    externals: above.models.length - registered.length,
    descendants: tree.count,
    inCycle: tree.inCycle,
    truncated: tree.truncated || isCutShort(above, cut, up ?? Infinity),
    unevaluated: reports ? members.filter((member) => member.row && !reports.has(member.id)).length : 0,
  }
}

/** Whether ancestors are missing that were asked for. */
function isCutShort(lineage: Lineage, { kept }: CutLineage, levels: number): boolean {
  return kept.length < cutLineage(lineage, { levels, room: Infinity }).kept.length
}

async function rowsOf({ models }: Readers, entries: readonly LineageModel[]): Promise<Map<ModelId, ModelRow>> {
  const ids = entries.map(({ model }) => model)
  const rows = await loadAll(models.byId, ids)
  return new Map(rows.map((row, index) => [ids[index]!, row!]))
}

/** The newest open claims about a model, one for each parent that they name. */
async function claimsAbout({ claims }: Readers, { id }: ModelRow): Promise<ClaimRow[]> {
  const byParent = new Map<number, ClaimRow>()
  for (const claim of await claims.openAbout([id], MOST_CLAIMS)) {
    if (!byParent.has(claim.parent)) byParent.set(claim.parent, claim)
  }
  return [...byParent.values()]
}

/** Everything that is on a map: the model and what is above it, what is below it, and parents that only open claims name. */
async function membersOf(
  { models }: Readers,
  parts: {
    cut: CutLineage
    rowsAbove: ReadonlyMap<ModelId, ModelRow>
    tree: DescendantTree
    claims: readonly ClaimRow[]
  },
): Promise<Member[]> {
  const { cut, rowsAbove, tree, claims } = parts
  const members = cut.kept.map(({ entry, level }): Member => {
    const descendants = level === 0 ? tree.count : null
    return { id: entry.model, row: rowsAbove.get(entry.model), entry, level, claimed: false, descendants }
  })
  const below = await loadAll(
    models.byKey,
    tree.drawn.map(({ model }) => model),
  )
  for (const [index, { level, descendants }] of tree.drawn.entries()) {
    const row = below[index]!
    members.push({ id: row.id, row, entry: undefined, level, claimed: false, descendants })
  }
  const known = new Set([...rowsAbove.keys(), ...members.map(({ id }) => id)])
  const claimed = await loadAll(
    models.byKey,
    claims.map(({ parent }) => parent),
  )
  for (const row of claimed) {
    if (known.has(row.id)) continue
    members.push({ id: row.id, row, entry: undefined, level: -1, claimed: true, descendants: null })
  }
  return members
}

/** The answers about the members of a map for which there is room, by one reading of all their lineages. */
async function reportsOf(
  readers: Readers,
  above: Lineage,
  members: readonly Member[],
  { use, facts, policy, licensee }: MapQuestion & { use: Right; licensee: Address },
): Promise<Map<ModelId, Report>> {
  const { view, lineages } = readers
  const registered = members.filter((member) => member.row !== undefined)
  const ids: ModelId[] = []
  let sum = 0
  for (const { id, row } of registered) {
    const size = 1 + view.graph.count(row!.n, { direction: 'up', limit: MOST_EVALUATED })
    view.budget.take('walked', size, 'ancestors of the models of a map')
    if (ids.length > 0 && sum + size > MOST_EVALUATED) continue
    // The lineage of the first is read and paid for already, and most others are among it.
    if (ids.length > 0) sum += size
    ids.push(id)
  }
  await view.budget.claim('evaluated', sum, 'models of the lineages of a map')
  const known = new Set(above.models.map(({ model }) => model))
  const lineage = ids.every((id) => known.has(id))
    ? above
    : await lineages.lineagesOf(ids as [ModelId, ...ModelId[]], licensee)
  const read = { chainId: view.progress.chainId, block: view.block.number, timestamp: view.now, lineage }
  return verifyEach(indexReader(view, readers), read, {
    models: ids,
    use,
    at: view.now,
    facts,
    policy: { ...policy, licensee },
  })
}

async function nodesOf(
  readers: Readers,
  members: readonly Member[],
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
async function edgesOf(readers: Readers, members: readonly Member[]): Promise<MapEdge[]> {
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
  { id, entry, row }: Member,
  members: ReadonlyMap<ModelId, Member>,
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

/** The edges that only open claims state: about the model of the map, whose claims are known, and about the others. */
async function claimedEdges(
  { claims, view }: Readers,
  [first, ...others]: readonly Member[],
  ofFirst: readonly ClaimRow[],
): Promise<MapEdge[]> {
  const ids = others.flatMap(({ id, row }) => (row ? [id] : []))
  const ofOthers = ids.length > 0 ? await claims.openAbout(ids, MOST_CLAIMS) : []
  const byKey = new Map([first!, ...others].flatMap((member) => (member.row ? [[member.row.n, member] as const] : [])))
  const byId = new Map([first!, ...others].map((member) => [member.id as Hex, member]))
  const found = new Map<string, MapEdge>()
  for (const { id, subject, parent, relation } of [...ofFirst, ...ofOthers]) {
    const [child, claimed] = [byId.get(subject), byKey.get(parent)]
    if (!child?.row || !claimed || found.has(`${subject} ${parent}`)) continue
    if (view.graph.neighbors(child.row.n, 'up').includes(parent)) continue
    const stated = { relation, part: null, grade: null, undisclosed: true, through: [], claim: id }
    found.set(`${subject} ${parent}`, { child: child.id, parent: claimed.id, ...stated })
  }
  return [...found.values()]
}

/** What is not on the map below its models. */
async function moreOf({ models }: Readers, { hidden }: DescendantTree): Promise<MapMore[]> {
  const rows = await loadAll(
    models.byKey,
    hidden.map(({ of }) => of),
  )
  return hidden.map(({ next, models: count }, index) => {
    return { of: rows[index]!.id, up: false, next, models: count, externals: 0 }
  })
}
