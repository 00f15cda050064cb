import { EVIDENCE_GRADES } from '../core/claim.ts'
import { StemmaError } from '../core/errors.ts'
import { MODEL_STATUSES } from '../core/lineage.ts'
import { VERDICT_WORDS } from '../core/reportWords.ts'
import { PART_NAMES, RELATION_NAMES, RIGHT_NAMES } from '../core/vocabulary.ts'
import { CHANGE_KINDS, MAX_MAP_NODES, type MapGraph } from './graph.ts'

/** Whether a value is what a field must hold. */
type Check = (value: unknown) => boolean

const isText: Check = (value) => typeof value === 'string' && value.length <= 100_000
const isId: Check = (value) => typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value)
const isAddress: Check = (value) => typeof value === 'string' && /^0x[0-9a-f]{40}$/.test(value)
const isFlag: Check = (value) => typeof value === 'boolean'
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const isAmong =
  (words: readonly string[]): Check =>
  (value) =>
    words.includes(value as string)
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)
const isList =
  (check: Check, most: number): Check =>
  (value) =>
    Array.isArray(value) && value.length <= most && value.every(check)
const hasFields =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name]))

const CAUSE = hasFields({
  code: isText,
  severity: isAmong(['blocking', 'unknown']),
  right: orNull(isAmong(RIGHT_NAMES)),
  model: isId,
  path: isList(isId, MAX_MAP_NODES),
})

const NODE = hasFields({
  id: isId,
  name: isText,
  external: isFlag,
  claimed: isFlag,
  level: Number.isSafeInteger,
  publisher: orNull(isAddress),
  license: orNull(isText),
  status: isAmong(MODEL_STATUSES),
  recalled: isFlag,
  verdict: orNull(isAmong(Object.keys(VERDICT_WORDS))),
  cause: orNull(CAUSE),
  descendants: orNull(isCount),
  otherParents: isCount,
})

const EDGE = hasFields({
  child: isId,
  parent: isId,
  relation: isAmong(RELATION_NAMES),
  part: orNull(isAmong(PART_NAMES)),
  grade: orNull(isAmong(EVIDENCE_GRADES)),
  undisclosed: isFlag,
  through: isList(isId, MAX_MAP_NODES),
  claim: orNull(isId),
})

const CHANGE = hasFields({ kind: isAmong(CHANGE_KINDS), id: isId })

const MORE = hasFields({ of: orNull(isId), up: isFlag, next: isCount, models: isCount, externals: isCount })

/** The fields of a map. Between 300 nodes there is at most one edge for each pair. */
const FIELDS: Readonly<Record<keyof MapGraph, Check>> = {
  model: orNull(isId),
  change: (value) => value === undefined || CHANGE(value),
  use: orNull(isAmong(RIGHT_NAMES)),
  nodes: isList(NODE, MAX_MAP_NODES),
  edges: isList(EDGE, MAX_MAP_NODES ** 2),
  more: isList(MORE, MAX_MAP_NODES),
  causes: isList(CAUSE, MAX_MAP_NODES),
}

/**
 * Checks a map that somebody else made, such as the answer of a query API, before it is drawn. What it says is not checked, only its form.
 *
 * @throws {@link InvalidMapAnswerError}
 */
export function parseMap(value: unknown): MapGraph {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const wrong = Object.entries(FIELDS).find(([name, check]) => !check(given[name]))
  if (wrong) throw new InvalidMapAnswerError(`its ${wrong[0]} are not those of a map`)
  const graph = given as unknown as MapGraph
  if ((graph.model === null) !== (graph.change !== undefined)) {
    throw new InvalidMapAnswerError('it is not of one model or one change')
  }
  const model = graph.change?.kind === 'model' ? graph.change.id : graph.model
  if (model !== null && graph.nodes[0]?.id !== model) throw new InvalidMapAnswerError('its first node is not its model')
  return graph
}

/** Thrown when a value is not a map. */
export class InvalidMapAnswerError extends StemmaError {
  override name = 'InvalidMapAnswerError'
  override readonly kind = 'undecided'
  constructor(what: string) {
    super('INVALID_MAP_ANSWER', `The answer is not a map: ${what}. Ask another index, or a node.`)
  }
}
