import type { Verdict } from '../core/evaluate.ts'
import type { ModelStatus } from '../core/lineage.ts'
import { USE_WORDS, VERDICT_WORDS } from '../core/reportWords.ts'
import { describeUse } from '../core/registration.ts'
import type { Right } from '../core/vocabulary.ts'
import type { ChangeKind, EdgeKind, MapCause, MapEdge, MapMore } from './graph.ts'

/** The words of a drawing. A page in another language gives its own. */
export type MapWords = {
  /** The title of a map of a model. `name` is safe to print. */
  title(name: string, use: Right | null): string
  /** The title of a map of a change. `name` is that of the recalled model, or the id of the change, and safe to print. */
  changeTitle(kind: ChangeKind, name: string): string
  /** What stands at the change of a map, above its id. */
  changes: Readonly<Record<ChangeKind, string>>
  verdicts: Readonly<Record<Verdict, string>>
  statuses: Readonly<Record<Exclude<ModelStatus, 'active'>, string>>
  kinds: Readonly<Record<EdgeKind, string>>
  /** Of an external parent. */
  external: string
  /** Of a parent that only an open claim names. */
  claimed: string
  /** Of a model without a verdict, where a use was asked about. */
  unevaluated: string
  /** Of a model without a name. */
  nameless: string
  /** The lines of a node that stands for more. */
  more(more: MapMore): readonly string[]
  /** How a child was made from its parent, in a word or two. */
  relation(edge: MapEdge): string
  /** What an edge says. The names are safe to print. */
  edge(edge: MapEdge, kind: EdgeKind, child: string, parent: string): string
  /** What stands on the way by which a restriction arrives. */
  cause(cause: MapCause): string
  /** The same beside an edge, where there is room for some 18 characters. */
  missing(cause: MapCause): string
  /** Above the legend, and the names of the lists for screen readers. */
  legend: string
  models: string
  edges: string
}

const KINDS: Readonly<Record<EdgeKind, string>> = {
  declared: 'declared',
  acknowledged: 'acknowledged',
  countersigned: 'countersigned',
  adjudicated: 'adjudicated',
  disputed: 'disputed',
  external: 'external',
}

const CHANGES: Readonly<Record<ChangeKind, string>> = {
  credential: 'revoked credential',
  model: 'recalled model',
  datasets: 'withdrawn datasets',
}

/** The words of a drawing in English. */
export const MAP_WORDS: MapWords = {
  title: (name, use) => (use === null ? `Lineage of ${name}` : `Lineage of ${name}: ${USE_WORDS[use]}`),
  changeTitle: (kind, name) => `What falls with the ${CHANGES[kind]} ${name}`,
  changes: CHANGES,
  verdicts: VERDICT_WORDS,
  statuses: { superseded: 'superseded', retired: 'retired', recalled: 'recalled' },
  kinds: KINDS,
  external: 'not registered',
  claimed: 'claimed parent',
  unevaluated: 'not evaluated',
  nameless: 'no name',
  more: ({ next, models, externals }) => {
    const all = models + externals
    return [`+${next} more`, ...(all > next ? [`${all} in all`] : [])]
  },
  relation: ({ relation, part }) => describeUse({ relation, ...(part !== null && part !== 'whole' && { part }) }),
  edge: (edge, kind, child, parent) =>
    `${child}: ${MAP_WORDS.relation(edge)} of ${parent} (${edge.undisclosed ? 'undisclosed, ' : ''}${KINDS[kind]})`,
  cause: ({ code, right }) => (right === null ? code : `${code}: ${right}`),
  missing: ({ code, right }) => (right === null ? code : `no ${right}`),
  legend: 'Legend',
  models: 'Models',
  edges: 'Edges',
}
