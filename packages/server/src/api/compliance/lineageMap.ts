import {
  type Address,
  type Facts,
  type Hex,
  isExternal,
  type Lineage,
  type LineageModel,
  type ModelId,
  type Right,
  ZERO_ADDRESS,
} from 'stemma/core'
import { causesOf, cutLineage, type CutLineage, MAX_MAP_NODES, type MapEdge, type MapGraph } from 'stemma/map'
import { type Report, type TrustPolicy, verifyEach } from 'stemma/verify'
import type { Readers } from '../readers.ts'
import type { ClaimRow } from '../claims/claims.ts'
import type { ModelRow } from '../registry/models.ts'
import { loadAll } from '../tableLoaders.ts'
import { indexReader } from './indexReader.ts'
import { edgesOf, type MapMember, membersOfTree, moreOf, nodesOf, openingOf } from './mapParts.ts'
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
  model: ModelId
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

/** Nodes that are kept for descendants, and for parents that open claims name. */
const RESERVED = { descendants: 150, claimed: 8 } as const
/** Most models of all lineages of one map that are evaluated, each lineage counted for itself. */
const MOST_EVALUATED = 12_000
/** Most open claims that a map looks at. */
const MOST_CLAIMS = 300

/**
 * Makes the map of a registered model: all its ancestors, its descendants by level, at most 300 nodes, and the answer at each of them.
 *
 * @throws {@link InvalidMapError}, `QueryTooLargeError`
 */
export async function lineageMapOf(readers: Readers, row: ModelRow, question: MapQuestion): Promise<CountedMap> {
  checkBounds(question)
  const { lineages, view } = readers
  const { up, use } = question
  const licensee = question.licensee ?? question.policy.licensee ?? ZERO_ADDRESS
  const above = await lineages.lineageOf(row.id, licensee)
  const registered = above.models.filter((entry) => !isExternal(entry))
  const rowsAbove = await rowsOf(readers, registered)
  const claims = await claimsAbout(readers, row)
  const reserved = Math.min(claims.length, RESERVED.claimed)
  const below = view.graph.count(row.n, { direction: 'down', limit: RESERVED.descendants })
  const cut = cutLineage(above, { levels: up ?? Infinity, room: MAX_MAP_NODES - below - reserved })
  const tree = chooseDescendants(view, row.n, await openingOf(readers, question), {
    ancestors: new Set(registered.slice(1).map(({ model }) => rowsAbove.get(model)!.n)),
    room: MAX_MAP_NODES - cut.kept.length - cut.more.length - reserved,
  })
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
  readers: Readers,
  parts: {
    cut: CutLineage
    rowsAbove: ReadonlyMap<ModelId, ModelRow>
    tree: DescendantTree
    claims: readonly ClaimRow[]
  },
): Promise<MapMember[]> {
  const { cut, rowsAbove, tree, claims } = parts
  const members = cut.kept.map(({ entry, level }): MapMember => {
    const descendants = level === 0 ? tree.count : null
    return { id: entry.model, row: rowsAbove.get(entry.model), entry, level, claimed: false, descendants }
  })
  members.push(...(await membersOfTree(readers, tree.drawn)))
  const known = new Set([...rowsAbove.keys(), ...members.map(({ id }) => id)])
  const claimed = await loadAll(
    readers.models.byKey,
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
  members: readonly MapMember[],
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

/** The edges that only open claims state: about the model of the map, whose claims are known, and about the others. */
async function claimedEdges(
  { claims, view }: Readers,
  [first, ...others]: readonly MapMember[],
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
