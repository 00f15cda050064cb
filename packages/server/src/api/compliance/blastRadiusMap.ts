import { MAX_MAP_NODES, type MapChange, type MapGraph } from 'stemma/map'
import type { Cause } from 'stemma/query'
import type { Readers } from '../readers.ts'
import { originsOf } from './blastRadius.ts'
import { edgesOf, type MapMember, membersOfTree, moreOf, nodesOf, openingOf } from './mapParts.ts'
import { checkBounds, chooseDescendants, type MapBounds } from './mapTree.ts'

/** A map of what a change affects, and how much of that is on it. */
export type RadiusMap = MapGraph & {
  change: MapChange
  /** Models that the change affects directly. */
  origins: number
  /** All affected models, each once. */
  models: number
  truncated: boolean
}

/**
 * Makes the map of what a change affects: the models that it affects directly, and what was made from them by level, at most 300 nodes. A
 * model that it affects directly has level 0, also where it was made from another such model.
 *
 * @throws {@link InvalidMapError}, {@link UnknownCauseError}, `QueryTooLargeError`
 */
export async function blastRadiusMap(
  readers: Readers,
  cause: Cause,
  bounds: Omit<MapBounds, 'up'>,
): Promise<RadiusMap> {
  checkBounds(bounds)
  const change = changeOf(cause)
  const origins = await originsOf(readers.view, readers, cause)
  const opening = await openingOf(readers, bounds)
  const opened = (bounds.open ?? []).filter((id) => id === change.id).map(() => null)
  // One node is the recalled model, or the change.
  const tree = chooseDescendants(
    readers.view,
    change.kind === 'model' ? origins[0]! : origins,
    { ...opening, open: [...opening.open, ...opened] },
    { ancestors: new Set(), room: MAX_MAP_NODES - 1 },
  )
  const recalled = change.kind === 'model' ? [{ model: origins[0]!, level: 0, descendants: tree.count }] : []
  const members: MapMember[] = await membersOfTree(readers, [...recalled, ...tree.drawn])
  return {
    model: null,
    change,
    use: null,
    nodes: await nodesOf(readers, members, undefined),
    edges: await edgesOf(readers, members),
    more: await moreOf(readers, tree),
    causes: [],
    origins: origins.length,
    models: origins.length + tree.count,
    truncated: tree.truncated,
  }
}

/** A cause as a map names it. It has one field. */
function changeOf(cause: Cause): MapChange {
  const [[kind, id]] = Object.entries(cause) as [[MapChange['kind'], MapChange['id']]]
  return { kind, id }
}
