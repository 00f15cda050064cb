import type { Verdict } from '../core/evaluate.ts'
import type { Hex, ModelId } from '../core/hex.ts'
import { isExternal, type Lineage, type LineageEdge, type LineageModel } from '../core/lineage.ts'
import type { Report } from '../core/report.ts'
import type { Part, Right } from '../core/vocabulary.ts'
import { MAX_MAP_NODES, type MapCause, type MapEdge, type MapGraph, type MapMore, type MapNode } from './graph.ts'

/** A model of a lineage with its distance (0 for the first, negative for ancestors), and the child through which it is reached first. */
export type LeveledModel = { entry: LineageModel; level: number; child: ModelId | undefined }

/** The part of a lineage that has room on a map, and what is beyond it. */
export type CutLineage = { kept: readonly LeveledModel[]; more: readonly MapMore[] }

/** Bounds of {@link cutLineage}. */
export type CutOptions = {
  /** Leaves out ancestors that are further away; all by default. */
  levels?: number
  /** Most nodes, together with those that stand for more. */
  room?: number
}

/** What {@link lineageMap} needs beside the lineage. */
export type LineageMapSettings = {
  /** What models and external parents are called. Those without a name are left out. */
  names: ReadonlyMap<ModelId, string>
  /** What the terms of models are called. */
  licenses?: ReadonlyMap<ModelId, string>
  /** What of a declared parent was used. */
  partOf?: (child: ModelId, parent: ModelId) => Part | undefined
  /** The use that `reports` are about. */
  use?: Right
  /** Answers about models of the lineage. Without any, the map has no verdicts. */
  reports?: ReadonlyMap<ModelId, Report>
}

/**
 * The map of a model and all its ancestors, from a lineage as a node gives it. Ancestors beyond 300 nodes, the farthest, are counted at the
 * nodes through which they are reached.
 */
export function lineageMap(lineage: Lineage, settings: LineageMapSettings): MapGraph {
  const { names, licenses, partOf, use, reports } = settings
  const { kept, more } = cutLineage(lineage)
  const drawn = new Set(kept.map(({ entry }) => entry.model))
  const first = kept[0]!.entry.model
  const causesAt = (model: ModelId): MapCause[] => causesOf(reports?.get(model), drawn)
  const nodes = kept.map(({ entry, level }): MapNode => {
    const { model, publisher, status, recalled, parents } = entry
    const external = isExternal(entry)
    return {
      id: model,
      name: names.get(model) ?? '',
      external,
      claimed: false,
      level,
      publisher: external ? null : publisher,
      license: licenses?.get(model) ?? null,
      status,
      recalled,
      verdict: external ? null : (reports?.get(model)?.verdict ?? null),
      cause: external ? null : (causesAt(model)[0] ?? null),
      descendants: null,
      otherParents: new Set(parents.map((parent) => parent.model).filter((parent) => !drawn.has(parent))).size,
    }
  })
  const edges = kept.flatMap(({ entry }) =>
    entry.parents
      .filter((parent) => drawn.has(parent.model) && parent.model !== entry.model)
      .map((parent) => edgeOf(entry.model, parent, partOf?.(entry.model, parent.model))),
  )
  return { model: first, use: use ?? null, nodes, edges, more, causes: causesAt(first) }
}

/**
 * The nearest models of a lineage that have room on a map, the first model first. What is beyond is counted at the node through which it is
 * reached first, so that nothing is counted twice.
 */
export function cutLineage(lineage: Pick<Lineage, 'models'>, options: CutOptions = {}): CutLineage {
  const { levels = Infinity, room = MAX_MAP_NODES } = options
  const leveled = levelsOf(lineage)
  const kept = leveled.slice(0, keptOf(leveled, levels, room))
  return { kept, more: moreOf(leveled, new Set(kept.map(({ entry }) => entry.model))) }
}

/**
 * Why a use is not permitted, or why that is open, each way once. Of an answer that permits it, nothing.
 *
 * @param drawn the nodes of the map: what else a way leads over is left out of it
 */
export function causesOf(
  report: Pick<Report, 'verdict' | 'findings'> | undefined,
  drawn: ReadonlySet<Hex>,
): MapCause[] {
  const severity = report && SEVERITIES[report.verdict]
  if (!report || !severity) return []
  const found = new Map<string, MapCause>()
  for (const { code, severity: of, right = null, model, path } of report.findings) {
    if (of !== severity || found.has(`${code} ${right} ${model}`)) continue
    if (found.size === MOST_CAUSES) break
    found.set(`${code} ${right} ${model}`, { code, severity, right, model, path: path.filter((id) => drawn.has(id)) })
  }
  return [...found.values()]
}

const SEVERITIES: Readonly<Partial<Record<Verdict, 'blocking' | 'unknown'>>> = {
  'not-permitted': 'blocking',
  unknown: 'unknown',
}
/** Most causes of one model. */
const MOST_CAUSES = 16

/** The models of a lineage, nearest first. */
function levelsOf({ models }: Pick<Lineage, 'models'>): LeveledModel[] {
  const byId = new Map(models.map((entry) => [entry.model, entry]))
  const reached = new Map<ModelId, LeveledModel>()
  const [first] = models
  if (first) reached.set(first.model, { entry: first, level: 0, child: undefined })
  for (const { entry, level } of reached.values()) {
    for (const { model } of entry.parents) {
      const parent = byId.get(model)
      if (parent && !reached.has(model)) reached.set(model, { entry: parent, level: level - 1, child: entry.model })
    }
  }
  return [...reached.values()]
}

/** How many of the nearest models have room, together with the nodes that stand for more. */
function keptOf(leveled: readonly LeveledModel[], levels: number, room: number): number {
  const hidden = new Map<ModelId, number>()
  for (const { child } of leveled) if (child) hidden.set(child, (hidden.get(child) ?? 0) + 1)
  let kept = 0
  let more = 0
  for (const { entry, level, child } of leveled) {
    const left = child === undefined ? undefined : hidden.get(child)! - 1
    const next = more + (hidden.has(entry.model) ? 1 : 0) - (left === 0 ? 1 : 0)
    if (-level > levels || (kept > 0 && kept + 1 + next > room)) break
    if (child !== undefined) hidden.set(child, left!)
    kept += 1
    more = next
  }
  return kept
}

/** What is not drawn, counted at the drawn node through which it is reached. */
function moreOf(leveled: readonly LeveledModel[], drawn: ReadonlySet<ModelId>): MapMore[] {
  const at = new Map<ModelId, ModelId>()
  const counts = new Map<ModelId, { next: number; models: number; externals: number }>()
  for (const { entry, child } of leveled) {
    if (drawn.has(entry.model)) continue
    const of = drawn.has(child!) ? child! : at.get(child!)!
    at.set(entry.model, of)
    const count = counts.get(of) ?? { next: 0, models: 0, externals: 0 }
    counts.set(of, count)
    if (of === child) count.next += 1
    if (isExternal(entry)) count.externals += 1
    else count.models += 1
  }
  return Array.from(counts, ([of, count]) => ({ of, up: true, ...count }))
}

function edgeOf(child: ModelId, parent: LineageEdge, part: Part | undefined): MapEdge {
  const { model, relation, grade, undisclosed } = parent
  const used = grade === 'declared' ? (part ?? 'whole') : null
  return { child, parent: model, relation, part: used, grade, undisclosed, through: [], claim: null }
}
