import { allowAll, limits, UNLIMITED } from './algebra/compatibility.ts'
import { askFirst, askParents, owedTo } from './algebra/duties.ts'
import { explain, wantFirst } from './algebra/explanation.ts'
import { both, doubted, EVERYTHING, join, meet, NOTHING, possibleOf, sureOf, type Lanes } from './algebra/lanes.ts'
import { rightsOfCredential } from './algebra/readings.ts'
import { ascendAll } from './algebra/rights.ts'
import {
  bodyIn,
  type Duty,
  type Holding,
  type Node,
  type Question,
  type RawFinding,
  type State,
} from './algebra/state.ts'
import { asSaid, isCertainlyOwnWork, isValid } from './algebra/words.ts'
import { StemmaError } from './errors.ts'
import type { Address } from './hex.ts'
import { isOwnWork, sortLineage, type Lineage, type LineageModel } from './lineage.ts'
import { isTopic } from './topics.ts'
import { ALL_RIGHTS } from './vocabulary.ts'

export { FINDING_CODES, type Duty, type LicenseFindingCode, type Question, type RawFinding } from './algebra/state.ts'
export { factsOf, topicOf, type Fact, type Facts } from './topics.ts'

/** The answers to "may it be used so?", in the order of the contract's `Verdict`. */
export const VERDICTS = ['permitted', 'conditional', 'not-permitted', 'unknown'] as const
/** A name of {@link VERDICTS}. */
export type Verdict = (typeof VERDICTS)[number]

/** The most members of a list in a question. */
export const MAX_LISTED = 64

/** A question in which every word counts, and nothing is known of the licensee. */
export const EVERYBODY: Pick<Question, 'everybody' | 'trusted' | 'named' | 'facts'> = {
  everybody: true,
  trusted: [],
  named: [],
  facts: [],
}

/** An answer, as masks. */
export type Evaluation = {
  verdict: Verdict
  /** Rights that the licensee has. */
  granted: number
  /** Rights that nothing known withholds. */
  possible: number
  /** Obligations that hold for what is asked. */
  obligations: number
  /** Obligations that hold or may hold for what is asked. */
  possibleObligations: number
  findings: readonly RawFinding[]
  /** Whose obligations they are. Models without any are left out. */
  duties: readonly Duty[]
}

const NOBODY: Node['held'] = new Map()
const NOTHING_HELD: Holding = { all: [], pass: NOTHING, grants: NOTHING }
/** What publishers have of their own models. */
const OWN = { pass: EVERYTHING, grants: EVERYTHING }
/** What they have where their word on whose work it is does not count. */
const CLAIMED_AS_OWN = { pass: doubted(EVERYTHING), grants: doubted(EVERYTHING) }

/**
 * The license algebra of `docs/license-algebra.md`: a lineage and a question in, an answer out. The contract library
 * `LicenseAlgebra` computes the same by the same rules, and differential fuzzing compares the two. The time is linear in models, edges
 * and credentials.
 *
 * @throws {@link InvalidUsesError} when the question names no right, or one that is not defined
 * @throws {@link InvalidFactsError} when the topic of a fact is not defined
 * @throws {@link InvalidListError} when a list of the question is too long or not in order
 * @throws {@link BrokenLineageError} when the lineage is not whole
 */
export function evaluate(lineage: Lineage, question: Question): Evaluation {
  if (question.uses === 0 || (question.uses & ~ALL_RIGHTS) !== 0) throw new InvalidUsesError(question.uses)
  requireLists(question)
  const state = prepare(lineage, question)
  allowAll(state)
  ascendAll(state)
  askFirst(state)
  wantFirst(state)
  for (const node of state.order) descend(state, node)

  const first = state.order[0]!
  const answer = {
    granted: sureOf(first.rights),
    possible: possibleOf(first.rights),
    obligations: state.duties.reduce((all, { sure }) => all | sure, 0),
    possibleObligations: state.duties.reduce((all, { possible }) => all | possible, 0),
  }
  return { verdict: verdictOf(question.uses, answer), ...answer, findings: state.findings, duties: state.duties }
}

/** Finds what is owed at a model whose children are done, and why rights are missing there. */
function descend(state: State, node: Node): void {
  if (!state.cyclic) askParents(node)
  const duties = owedTo(state, node)
  if (duties !== NOTHING) {
    state.duties.push({ model: node.model, asked: node.asked, sure: sureOf(duties), possible: possibleOf(duties) })
  }
  explain(state, node)
}

/** Sorts the models, and reads the credentials and the edges. */
function prepare(lineage: Lineage, question: Question): State {
  const { order, cyclic, positions, parents } = sortLineage(lineage)
  const state: State = {
    lineage,
    question,
    facts: new Map(question.facts.map(({ topic, value }) => [topic, value])),
    trusted: new Set(question.trusted),
    named: new Set(question.named),
    readings: new Map(),
    order: [],
    cyclic,
    limited: [...lineage.terms.values()].some(limits),
    findings: [],
    duties: [],
  }
  state.order = order.map((model) => newNode(state, model))
  const nodes: Node[] = []
  positions.forEach((position, index) => (nodes[position] = state.order[index]!))
  nodes.forEach((child, position) => {
    child.up = parents[position]!.map((number, index) => {
      const parent = nodes[number]!
      const { relation, grade } = child.parents[index]!
      const ownWork = isCertainlyOwnWork(state, child, parent)
      const own = ownWork ? OWN : CLAIMED_AS_OWN
      const isOwn = isOwnWork(parent.publisher, child.publisher)
      const { pass, grants } = isOwn ? own : (parent.held.get(child.publisher) ?? NOTHING_HELD)
      const certain = grade !== 'acknowledged' && grade !== 'countersigned'
      const edge = { relation, binding: grade === 'bound', certain, ownWork, child, parent, pass, grants }
      if (cyclic) parent.down.push(edge)
      return edge
    })
  })
  return state
}

function newNode(state: State, model: LineageModel): Node {
  return {
    ...model,
    body: bodyIn(state.lineage, model),
    own: NOTHING,
    rights: NOTHING,
    ceiling: NOTHING,
    wanted: 0,
    wantedCeiling: 0,
    asked: 0,
    owed: 0,
    allowed: UNLIMITED,
    held: holdingsOf(state, model),
    up: [],
    down: [],
  }
}

/** Adds up the credentials of each holder for a model. */
function holdingsOf(state: State, model: LineageModel): Node['held'] {
  if (model.credentials.length === 0) return NOBODY
  const holdings = new Map<Address, Holding>()
  for (const held of model.credentials) {
    const holding = holdings.get(held.holder) ?? { ...NOTHING_HELD, all: [] }
    holdings.set(held.holder, holding)
    holding.all.push(held)
    if (!isValid(state.question, held)) continue
    const rights: Lanes = asSaid(state, model, held.credential.validFrom, rightsOfCredential(state, held))
    holding.pass = join(holding.pass, meet(rights, both(held.passThrough)))
    holding.grants = join(holding.grants, rights)
  }
  return holdings
}

function verdictOf(uses: number, answer: Pick<Evaluation, 'granted' | 'possible' | 'possibleObligations'>): Verdict {
  if ((uses & ~answer.possible) !== 0) return 'not-permitted'
  if ((uses & ~answer.granted) !== 0) return 'unknown'
  return answer.possibleObligations === 0 ? 'permitted' : 'conditional'
}

function requireLists({ trusted, named, facts }: Question): void {
  requireAscending('trusted publishers', trusted)
  requireAscending('named models', named)
  const topics = facts.map(({ topic }) => topic)
  for (const topic of topics) if (!isTopic(topic)) throw new InvalidFactsError(topic)
  requireAscending('facts', topics)
}

function requireAscending(what: string, list: readonly (string | number)[]): void {
  if (list.length > MAX_LISTED) throw new InvalidListError(what, `has ${list.length} members`)
  const index = list.findIndex((item, place) => place > 0 && item <= list[place - 1]!)
  if (index >= 0) throw new InvalidListError(what, `has ${list[index]} after ${list[index - 1]}`)
}

/** Thrown when a question names no right, or a bit that is not defined. */
export class InvalidUsesError extends StemmaError {
  override name = 'InvalidUsesError'
  constructor(uses: number) {
    super(
      'INVALID_USES',
      `Invalid mask of uses ${uses}: it must name a right, and only rights that are defined. Use masks from 1 to ${ALL_RIGHTS}.`,
    )
  }
}

/** Thrown when no threshold can have the topic of a fact. */
export class InvalidFactsError extends StemmaError {
  override name = 'InvalidFactsError'
  constructor(topic: number) {
    super('INVALID_FACTS', `Invalid topic ${topic} of a fact: no threshold can have it. State facts by their metrics.`)
  }
}

/** Thrown when a list of a question is too long, or not strictly ascending. */
export class InvalidListError extends StemmaError {
  override name = 'InvalidListError'
  constructor(what: string, fault: string) {
    super('INVALID_LIST', `The list of ${what} ${fault}. State at most ${MAX_LISTED}, each once, in ascending order.`)
  }
}
