import type { EvidenceGrade } from '../core/claim.ts'
import type { Verdict } from '../core/evaluate.ts'
import type { Address, Hex } from '../core/hex.ts'
import type { ModelStatus } from '../core/lineage.ts'
import type { Part, Relation, Right } from '../core/vocabulary.ts'

/** Most nodes of a map: models, external parents, and nodes that stand for more of them. */
export const MAX_MAP_NODES = 300

/** Why a model may not be used so, or why that is open: one finding, and the way by which it arrives. */
export type MapCause = {
  /** The code of the finding. */
  code: string
  /** `blocking` or `unknown`. */
  severity: string
  /** The right that is missing; null where it is about none. */
  right: Right | null
  /** Where it lies. */
  model: Hex
  /** Ids of nodes of the map, from the model that it is about up to `model`, both included. */
  path: readonly Hex[]
}

/** A model of a map, or a parent that nobody registered. */
export type MapNode = {
  /** Id of the model, or of the external parent. */
  id: Hex
  /** What its publisher calls it: its name on the Hub, its URI, or the name of an external parent. The words of strangers; empty where nothing is known. */
  name: string
  /** Whether nobody registered it. */
  external: boolean
  /** Whether only an open claim makes it a parent of the model that the map is about. */
  claimed: boolean
  /**
   * 0 for the model that the map is about, and for each that a change affects directly; negative for what it was made from, positive for
   * what was made from it, counted from the nearest.
   */
  level: number
  /** Null for an external parent. */
  publisher: Address | null
  /** Name of its terms; null where it states none. */
  license: string | null
  /** The status that its publisher gave it. */
  status: ModelStatus
  /** Whether the authority has recalled it. */
  recalled: boolean
  /** Whether it may be used; null for an external parent, where no use was asked about, and where there was no room to evaluate it. */
  verdict: Verdict | null
  /** The first reason for `not-permitted` or `unknown`; null for any other verdict. */
  cause: MapCause | null
  /** How many models were made from it, each counted once; null where that was not counted. */
  descendants: number | null
  /** How many of its parents are not on the map. */
  otherParents: number
}

/** An edge of a map: `child` was made from `parent`. */
export type MapEdge = {
  child: Hex
  parent: Hex
  relation: Relation
  /** What of the parent was used; null when the registration does not name the parent. */
  part: Part | null
  /** Who vouches for it; null while only an open claim states it. */
  grade: EvidenceGrade | null
  /** Whether only a claim revealed it. */
  undisclosed: boolean
  /** External parents that it leads through and that are not nodes of the map. */
  through: readonly Hex[]
  /** The open claim that states it; null for an edge that counts. */
  claim: Hex | null
}

/** What is not on the map beyond one of its nodes. */
export type MapMore = {
  /** The node; null for models that the change of the map affects directly. */
  of: Hex | null
  /** Whether these are ancestors, and not descendants. */
  up: boolean
  /** How many of them are next to the node. */
  next: number
  /** How many models there are in all; each model that is not on the map is counted at one node. */
  models: number
  /** How many external parents there are in all, beside the models. */
  externals: number
}

/** What may be revoked, recalled or withdrawn. */
export const CHANGE_KINDS = ['credential', 'model', 'datasets'] as const
/** A member of {@link CHANGE_KINDS}. */
export type ChangeKind = (typeof CHANGE_KINDS)[number]

/** A change, as the subject of a map: a credential is revoked, a model is recalled, or datasets are withdrawn. */
export type MapChange = {
  kind: ChangeKind
  /** Id of the credential or the model, or the root of the datasets. */
  id: Hex
}

/**
 * The neighborhood of a model, or what a change affects: what the query API answers. {@link lineageMap} makes that of a model from its
 * lineage.
 */
export type MapGraph = {
  /** The model that the map is about; null for a map of a change. */
  model: Hex | null
  /** The change that the map is about; missing for a map of a model. */
  change?: MapChange
  /** The use that the verdicts are about; null for none. */
  use: Right | null
  /** The model first, or those that the change affects directly, then nearest first. */
  nodes: readonly MapNode[]
  edges: readonly MapEdge[]
  more: readonly MapMore[]
  /** Every way by which what forbids the use of the model, or leaves it open, arrives. */
  causes: readonly MapCause[]
}

/** How an edge is drawn. */
export const EDGE_KINDS = ['declared', 'acknowledged', 'countersigned', 'adjudicated', 'disputed', 'external'] as const
/** A member of {@link EDGE_KINDS}. */
export type EdgeKind = (typeof EDGE_KINDS)[number]

/** How an edge is drawn: `external` where it leads to an external parent, from one, or over one. */
export function edgeKind({ grade, claim, through }: MapEdge, parent: Pick<MapNode, 'external'>): EdgeKind {
  if (claim !== null || grade === null) return 'disputed'
  return grade === 'bound' || through.length > 0 || parent.external ? 'external' : grade
}
