import { StemmaError } from './errors.ts'
import { ZERO_ADDRESS, type Address, type ModelId } from './hex.ts'
import {
  isCredentialValidAt,
  isExternal,
  isOwnWork,
  sortLineage,
  type HeldCredential,
  type Lineage,
  type LineageModel,
} from './lineage.ts'
import { raisedBy, UNSTATED_BODY, type TermsBody, type ThresholdBody } from './terms.ts'
import { ALL_RIGHTS, METRIC_NAMES, METRICS, OBLIGATIONS, RIGHTS, type Metric, type Relation } from './vocabulary.ts'

/** The answers to "may it be used so?", in the order of the contract's `Verdict`. */
export const VERDICTS = ['permitted', 'conditional', 'not-permitted', 'unknown'] as const
/** A name of {@link VERDICTS}. */
export type Verdict = (typeof VERDICTS)[number]

/** Why a use is not permitted, or not without more, in the order of the contract's `FindingCode`. */
export const FINDING_CODES = [
  'none',
  'right-withheld',
  'right-unstated',
  'threshold-exceeded',
  'fact-missing',
  'model-recalled',
  'model-retired',
  'model-superseded',
  'credential-not-yet-valid',
  'credential-expired',
  'credential-suspended',
  'credential-revoked',
  'share-alike-conflict',
  'share-alike-unmet',
  'parent-undisclosed',
  'parent-external',
  'publisher-uncounted',
] as const
/** A name of {@link FINDING_CODES}. */
export type LicenseFindingCode = (typeof FINDING_CODES)[number]

/** What is known of the licensee, each in the unit of its metric. */
export type Facts = { readonly [metric in Metric]?: bigint }

/** The value of one measure; `topic` is its address (see {@link topicOf}). */
export type Fact = { readonly topic: number; readonly value: bigint }

/** The most members of a list in a question. */
export const MAX_LISTED = 64

/** A question about the first model of a lineage. */
export type Question = {
  /** Who wants to use it; {@link ZERO_ADDRESS} asks for the public. */
  licensee: Address
  /** Mask of rights, not zero. */
  uses: number
  /** When credentials are looked at, in Unix seconds. */
  time: number
  /**
   * Whether every word counts, which answers what was said and not whether to rely on it. Otherwise, the words of verified publishers
   * count (as of when they were said), of `trusted` ones, of the licensee, and of the publishers of `named` models for these. The word
   * of others leaves open what it grants or asks. That a parent is the publisher's own work counts only for the verified, the trusted
   * and the licensee.
   */
  everybody: boolean
  /** At most {@link MAX_LISTED} publishers, strictly ascending. */
  trusted: readonly Address[]
  /** At most {@link MAX_LISTED} models, strictly ascending. */
  named: readonly ModelId[]
  /** At most {@link MAX_LISTED}, their topics strictly ascending. */
  facts: readonly Fact[]
}

/** A question in which every word counts, and nothing is known of the licensee. */
export const EVERYBODY: Pick<Question, 'everybody' | 'trusted' | 'named' | 'facts'> = {
  everybody: true,
  trusted: [],
  named: [],
  facts: [],
}

/** One reason, as masks. `holder` is {@link ZERO_ADDRESS}, and a mask or the metric's code is 0, where they do not apply. */
export type RawFinding = {
  code: LicenseFindingCode
  model: ModelId
  holder: Address
  rights: number
  obligations: number
  metric: number
}

/** The obligations of one model that hold (`sure`), or hold or may hold (`possible`), for the uses asked for, as masks. */
export type Duty = { model: ModelId; sure: number; possible: number }

/** An answer, as masks. */
export type Evaluation = {
  verdict: Verdict
  /** Rights that the licensee has. */
  granted: number
  /** Rights that nothing known withholds. */
  possible: number
  /** Obligations that hold for the uses asked for. */
  obligations: number
  /** Obligations that hold or may hold for the uses asked for. */
  possibleObligations: number
  findings: readonly RawFinding[]
  /** Whose obligations they are. Models without any are left out. */
  duties: readonly Duty[]
}

// Rights are carried in lanes, so that one operation serves both: the lower 16 bits hold what is surely granted, the next 16
// what nothing known withholds. Obligations have the same lanes.
const LANE = 16
const SURE = (1 << LANE) - 1
const EVERYTHING = both(ALL_RIGHTS)

const COMMERCIAL = 1 << RIGHTS.commercial
const HOST = 1 << RIGHTS.host
const MODIFY = 1 << RIGHTS.modify
const COMMERCIAL_MODIFY = 1 << RIGHTS['commercial-modify']
const REDISTRIBUTE = 1 << RIGHTS.redistribute
const REDISTRIBUTE_DERIVATIVES = 1 << RIGHTS['redistribute-derivatives']
const DISTILL = 1 << RIGHTS.distill
const SUBLICENSE = 1 << RIGHTS.sublicense
const SHARE_ALIKE = 1 << OBLIGATIONS['share-alike']

const NOBODY: Node['held'] = new Map()
const NOTHING_HELD: Holding = { all: [], pass: 0, grants: 0, duties: 0 }
/** What publishers have of their own models. */
const OWN = { pass: EVERYTHING, grants: EVERYTHING }
/** What they have where their word on whose work it is does not count. */
const CLAIMED_AS_OWN = { pass: EVERYTHING & ~SURE, grants: EVERYTHING & ~SURE }

/** What is computed for one model. All but `wanted` and `wantedCeiling` are lanes. */
type Node = LineageModel & {
  body: TermsBody
  /** Its terms bind somebody: it is the first, or has a child of another publisher. */
  bound: boolean
  /** What the licensee has at the model itself, before its ancestors are looked at. */
  own: number
  /** What the licensee may do with it. */
  rights: number
  /** The most that its publisher could let the licensee do with it. */
  ceiling: number
  /** Rights that the licensee needs at it and may lack. */
  wanted: number
  /** Rights that its publisher needs from its ancestors and may lack. */
  wantedCeiling: number
  /** Its credentials, by holder. */
  held: ReadonlyMap<Address, Holding>
  /** The edges to its parents. */
  up: Edge[]
  /** The edges to its children; only in cycles. */
  down: Edge[]
}

/** The credentials of one holder for one model: what the valid ones pass on, grant and demand, as lanes. */
type Holding = { all: HeldCredential[]; pass: number; grants: number; duties: number }

/** What terms give and ask, as lanes. */
type Reading = { rights: number; duties: number }

/**
 * `pass` and `grants` are what the child's publisher may pass on from the parent and do with it, as lanes. A `binding` says that the
 * child, an external parent, is the parent.
 */
type Edge = { relation: Relation; binding: boolean; child: Node; parent: Node; pass: number; grants: number }

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
  return new Evaluator(lineage, question).run()
}

class Evaluator {
  readonly #lineage: Lineage
  readonly #question: Question
  readonly #facts: ReadonlyMap<number, bigint>
  readonly #trusted: ReadonlySet<Address>
  readonly #named: ReadonlySet<ModelId>
  /** Terms in the light of the facts. */
  readonly #readings = new Map<TermsBody, Reading>()
  readonly #order: Node[]
  readonly #cyclic: boolean
  readonly #findings: RawFinding[] = []
  readonly #duties: Duty[] = []

  constructor(lineage: Lineage, question: Question) {
    this.#lineage = lineage
    this.#question = question
    this.#facts = new Map(question.facts.map(({ topic, value }) => [topic, value]))
    this.#trusted = new Set(question.trusted)
    this.#named = new Set(question.named)
    const { order, cyclic, positions, parents } = sortLineage(lineage)
    this.#cyclic = cyclic
    this.#order = order.map((model) => ({
      ...model,
      body: this.#bodyOf(model),
      bound: false,
      own: 0,
      rights: 0,
      ceiling: 0,
      wanted: 0,
      wantedCeiling: 0,
      held: this.#holdings(model),
      up: [],
      down: [],
    }))
    const nodes: Node[] = []
    positions.forEach((position, index) => (nodes[position] = this.#order[index]!))
    nodes[0]!.bound = true
    nodes.forEach((child, position) => {
      child.up = parents[position]!.map((number, index) => {
        const parent = nodes[number]!
        const isCertain = this.#isOwnWork(child, parent)
        parent.bound ||= !isCertain
        const own = isCertain ? OWN : CLAIMED_AS_OWN
        const isOwn = isOwnWork(parent.publisher, child.publisher)
        const { pass, grants } = isOwn ? own : (parent.held.get(child.publisher) ?? NOTHING_HELD)
        const { relation, grade } = child.parents[index]!
        const edge = { relation, binding: grade === 'bound', child, parent, pass, grants }
        if (cyclic) parent.down.push(edge)
        return edge
      })
    })
  }

  run(): Evaluation {
    this.#ascendAll()
    const first = this.#order[0]!
    first.wanted = this.#question.uses
    // In a cycle, a model may turn out to be wanted for more after it was explained. So everything is handed on first.
    if (this.#cyclic) settle([first], (node) => this.#handOn(node, () => {}))
    for (const node of this.#order) this.#descend(node)
    const conflict = this.#shareAlike()

    const duties = this.#duties.reduce((sum, duty) => sum | duty.sure | (duty.possible << LANE), 0)
    const answer = {
      granted: sure(first.rights),
      possible: possible(first.rights),
      obligations: sure(duties),
      possibleObligations: possible(duties),
    }
    return {
      verdict: verdictOf(this.#question.uses, answer, conflict),
      ...answer,
      findings: this.#findings,
      duties: this.#duties.toReversed(),
    }
  }

  /**
   * Computes the rights of all. In a cycle, models have what no member of it, and no ancestor of one, withholds: the greatest
   * rights that satisfy all edges, found by starting from everything and taking away until nothing changes.
   */
  #ascendAll(): void {
    const oldestFirst = this.#order.toReversed()
    for (const node of oldestFirst) this.#ascend(node)
    if (!this.#cyclic) return
    settle(
      oldestFirst.filter(({ rights }) => rights !== EVERYTHING),
      ({ down }) => down.filter(narrow).map(({ child }) => child),
    )
  }

  /** Computes rights and duties at a node. */
  #ascend(node: Node): void {
    const isOwn = isOwnWork(node.publisher, this.#question.licensee)
    const held = node.held.get(this.#question.licensee) ?? NOTHING_HELD
    const said = this.#asSaid(node, node.registeredAt, this.#readTerms(node.body))
    this.#addDuty(node, (node.bound && !isOwn ? said.duties : 0) | held.duties)
    if (!isAlive(node)) return // It grants nothing: all lanes stay zero.

    node.own = isOwn || isIdentified(node) ? EVERYTHING : said.rights | held.grants
    Object.assign(node, { rights: node.own, ceiling: EVERYTHING })
    if (!this.#cyclic) node.up.forEach(narrow)
  }

  #addDuty({ model }: Node, duties: number): void {
    const duty = { model, sure: sure(duties), possible: possible(duties) }
    if (duty.possible !== 0) this.#duties.push(duty)
  }

  #holdings(model: LineageModel): Node['held'] {
    if (model.credentials.length === 0) return NOBODY
    const holdings = new Map<Address, Holding>()
    for (const held of model.credentials) {
      const holding = holdings.get(held.holder) ?? { ...NOTHING_HELD, all: [] }
      holdings.set(held.holder, holding)
      holding.all.push(held)
      if (!this.#isValid(held)) continue
      const said = this.#readTerms(this.#bodyOf(held))
      const { rights, duties } = this.#asSaid(model, held.credential.validFrom, said)
      holding.pass |= rights & both(held.passThrough)
      holding.grants |= rights
      holding.duties |= duties
    }
    return holdings
  }

  /** Finds why rights are missing at a node whose children are done. */
  #descend(node: Node): void {
    if (node.parents.some(({ undisclosed }) => undisclosed)) this.#add('parent-undisclosed', node)
    if (!isAlive(node)) {
      this.#add('model-recalled', node, { rights: missingAt(node) })
      return
    }
    this.#explainTerms(node, node.wanted & ~node.own)
    this.#handOn(node, (parent, making, flow) => {
      // The licensee's own credentials are explained where the parent's terms are.
      if (node.publisher === this.#question.licensee) return
      // Of its own work, nothing is missing to a publisher whose word counts.
      const rights = making | flow
      if (isOwnWork(parent.publisher, node.publisher) && rights !== 0) {
        this.#add('publisher-uncounted', node, { rights })
      }
      this.#explainCredentials(parent, node.publisher, making, flow)
    })
    if (node.status === 'retired') this.#add('model-retired', node)
    else if (node.status === 'superseded') this.#add('model-superseded', node)
  }

  /**
   * Hands what is missing at a node on to the parents that it is missing at, and passes to `explain` what each lacks to be made
   * from and to be passed on. Returns the parents that are now wanted for more.
   */
  #handOn(node: Node, explain: (parent: Node, making: number, flow: number) => void): Node[] {
    const missing = missingAt(node)
    if (missing === 0 || !isAlive(node)) return []
    return node.up.filter((edge) => blame(edge, missing, explain)).map(({ parent }) => parent)
  }

  /** Finds what a model's own terms have to do with the rights that are missing at it, and with obligations. */
  #explainTerms(node: Node, missing: number): void {
    const { body } = node
    const withheld = missing & ~(body.rights | body.unstated)
    if (withheld !== 0) this.#add('right-withheld', node, { rights: withheld })
    const unstated = missing & body.unstated
    const code = isExternal(node) ? 'parent-external' : 'right-unstated'
    if (unstated !== 0) this.#add(code, node, { rights: unstated })
    this.#explainWord(node, ZERO_ADDRESS, node.registeredAt, missing & body.rights)

    const binds = node.bound && !isOwnWork(node.publisher, this.#question.licensee)
    this.#explainThresholds(node, body, ZERO_ADDRESS, missing, binds ? this.#question.uses : 0)
    this.#explainCredentials(node, this.#question.licensee, missing, 0)
  }

  /** Finds rights that are missing because the word of the model's publisher at a time does not count. */
  #explainWord(node: Node, holder: Address, time: number, rights: number): void {
    if (rights !== 0 && !this.#counts(node, time)) this.#add('publisher-uncounted', node, { holder, rights })
  }

  /** Finds which thresholds of some terms withdraw missing rights, or add obligations that some uses raise. */
  #explainThresholds(node: Node, body: TermsBody, holder: Address, missing: number, asked: number): void {
    for (const threshold of body.thresholds) {
      const { metric, limit, withdraws, adds, uses } = threshold
      const rights = missing & body.rights & withdraws
      const obligations = (uses & asked) === 0 ? 0 : adds
      if ((rights | obligations) === 0) continue
      const fact = this.#facts.get(topicOf(threshold))
      if (fact === undefined) this.#add('fact-missing', node, { holder, rights, obligations, metric })
      else if (fact > limit) this.#add('threshold-exceeded', node, { holder, rights, obligations, metric })
    }
  }

  /**
   * Finds why the credentials of a holder do not lift what they could, granted to the holder or passed on. An invalid one is
   * named with the rights that it would give. A valid one may have thresholds, and rights that its terms do not state.
   */
  #explainCredentials(node: Node, holder: Address, granted: number, passed: number): void {
    for (const held of node.held.get(holder)?.all ?? []) {
      const body = this.#bodyOf(held)
      const missing = granted | (passed & held.passThrough)
      if (this.#isValid(held)) {
        const unstated = missing & body.unstated
        if (unstated !== 0) this.#add('right-unstated', node, { holder, rights: unstated })
        this.#explainWord(node, holder, held.credential.validFrom, missing & body.rights)
        const asked = holder === this.#question.licensee ? this.#question.uses : 0
        this.#explainThresholds(node, body, holder, missing, asked)
      } else if ((missing & body.rights) !== 0) {
        this.#add(this.#failure(held), node, { holder, rights: missing & body.rights })
      }
    }
  }

  #failure({ credential }: HeldCredential): LicenseFindingCode {
    if (this.#question.time >= credential.validUntil) {
      return credential.state === 'revoked' ? 'credential-revoked' : 'credential-expired'
    }
    return this.#question.time < credential.validFrom ? 'credential-not-yet-valid' : 'credential-suspended'
  }

  /** Finds share-alike terms that contradict each other (returned), or that a model does not keep. */
  #shareAlike(): boolean {
    if (![...this.#lineage.terms.values()].some((body) => this.#keepsAlike(body))) return false
    const heirs = this.#heirs()
    let first: Node | undefined
    let conflict = false
    for (const node of this.#order) {
      if (!this.#keepsAlike(node.body)) {
        if (node.bound && heirs.has(node) && !isExternal(node))
          this.#add('share-alike-unmet', node, { obligations: SHARE_ALIKE })
      } else if (node.bound) {
        first ??= node
        if (node.terms !== first.terms) {
          conflict = true
          this.#add('share-alike-conflict', node, { obligations: SHARE_ALIKE })
        }
      }
    }
    return conflict
  }

  /**
   * The models that were made, directly, through works of the same publisher or through bound external parents, from share-alike models
   * of others.
   */
  #heirs(): Set<Node> {
    const heirs = new Set<Node>()
    const inherits = (node: Node): boolean =>
      node.up.some(({ parent }) =>
        isExternal(parent) || this.#isOwnWork(node, parent) ? heirs.has(parent) : this.#keepsAlike(parent.body),
      )
    settle(this.#order.toReversed(), (node) => {
      if (heirs.has(node) || !inherits(node)) return []
      heirs.add(node)
      return node.down.map(({ child }) => child)
    })
    return heirs
  }

  /** What a model's publisher said at a time, of which the sure lanes fall away if its word does not count. */
  #asSaid(model: LineageModel, time: number, said: Reading): Reading {
    return this.#counts(model, time) ? said : { rights: said.rights & ~SURE, duties: said.duties & ~SURE }
  }

  /** Whether what a model's publisher says of it at a time counts. */
  #counts(model: LineageModel, time: number): boolean {
    return this.#isReliable(model, time) || this.#named.has(model.model)
  }

  /** Whether what a model's publisher says at a time counts, also of what is its own work. */
  #isReliable({ publisher, verifiedFrom, verifiedUntil }: LineageModel, time: number): boolean {
    const { everybody, licensee } = this.#question
    if (everybody || (verifiedFrom <= time && time < verifiedUntil)) return true
    return isOwnWork(publisher, licensee) || this.#trusted.has(publisher)
  }

  /** Whether a parent is certainly work of its child's publisher. */
  #isOwnWork(child: LineageModel, parent: LineageModel): boolean {
    return (
      isOwnWork(parent.publisher, child.publisher) &&
      this.#isReliable(child, child.registeredAt) &&
      this.#isReliable(parent, parent.registeredAt)
    )
  }

  /** Whether terms demand share-alike of a use in question. */
  #keepsAlike({ duties }: TermsBody): boolean {
    return (raisedBy(duties, this.#question.uses) & SHARE_ALIKE) !== 0
  }

  /** The rights of terms, and the duties that the uses in question raise, in the light of the facts, as lanes. */
  #readTerms(body: TermsBody): Reading {
    const known = this.#readings.get(body)
    if (known) return known
    const asked = this.#question.uses
    let rights = both(body.rights) | (body.unstated << LANE)
    let duties = both(raisedBy(body.duties, asked))
    for (const threshold of body.thresholds) {
      const adds = (threshold.uses & asked) === 0 ? 0 : threshold.adds
      const fact = this.#facts.get(topicOf(threshold))
      if (fact === undefined) {
        rights &= ~threshold.withdraws
        duties |= adds << LANE
      } else if (fact > threshold.limit) {
        rights &= ~both(threshold.withdraws)
        duties |= both(adds)
      }
    }
    const reading = { rights, duties }
    this.#readings.set(body, reading)
    return reading
  }

  #bodyOf({ terms }: { terms: LineageModel['terms'] }): TermsBody {
    return this.#lineage.terms.get(terms) ?? UNSTATED_BODY
  }

  #isValid({ credential }: HeldCredential): boolean {
    return isCredentialValidAt(credential, this.#question.time)
  }

  #add(code: LicenseFindingCode, { model }: Node, what: Partial<RawFinding> = {}): void {
    this.#findings.push({ code, model, holder: ZERO_ADDRESS, rights: 0, obligations: 0, metric: 0, ...what })
  }
}

/**
 * Takes a step at each item, and again at those that a step names because it changed what they depend on, until no step names any.
 * What the steps compute must only grow, or only shrink. The order of the steps is then without effect.
 */
function settle<T>(items: readonly T[], step: (item: T) => readonly T[]): void {
  const waiting = new Set(items)
  for (const item of waiting) {
    waiting.delete(item)
    // An item that is added while the set is walked comes at its end.
    for (const dependent of step(item)) waiting.add(dependent)
  }
}

function isAlive({ status, recalled }: LineageModel): boolean {
  return !recalled && status !== 'recalled'
}

/**
 * Whether a node is an external parent that is bound to registered models alone. It has no terms of its own, so that it withholds nothing
 * itself. A binding to what nobody registered says nothing.
 */
function isIdentified(node: Node): boolean {
  return isExternal(node) && node.up.length > 0 && node.up.every(({ parent }) => !isExternal(parent))
}

/** Rights that are wanted of a node, by the licensee or its publisher, and that its parents do not let through. */
function missingAt(node: Node): number {
  return (node.wanted | node.wantedCeiling) & ~node.ceiling
}

/** Takes from the child what an edge does not let through. Returns whether that was anything. */
function narrow(edge: Edge): boolean {
  const { child } = edge
  const ceiling = child.ceiling & through(edge)
  if (ceiling === child.ceiling) return false
  Object.assign(child, { ceiling, rights: child.own & ceiling })
  return true
}

/** What the licensee could do with the parent through the child, and what the child's publisher could do to make the child. */
function flows({ parent, pass, grants }: Edge): { flow: number; making: number } {
  const flow = parent.rights | (pass & parent.ceiling)
  return { flow, making: flow | (grants & parent.ceiling) }
}

/**
 * Hands what is missing at a child because of one parent on to the parent, and passes what it lacks to `explain`. Returns whether the
 * parent is now wanted for more.
 */
function blame(edge: Edge, missing: number, explain: (parent: Node, making: number, flow: number) => void): boolean {
  const { parent, relation, binding } = edge
  const failing = missing & ~through(edge)
  if (failing === 0) return false

  const flowing = flows(edge)
  let flow = failing & ~flowing.flow
  let making = binding ? 0 : requiredFor(relation) & ~flowing.making
  if (isDerivation(relation)) {
    if (failing & (REDISTRIBUTE | SUBLICENSE)) flow |= REDISTRIBUTE_DERIVATIVES & ~flowing.flow
    if (failing & (COMMERCIAL | HOST)) making |= COMMERCIAL_MODIFY & ~flowing.making
  }
  // What the publisher's credentials give is missing at the parent's ancestors; all else may be missing at the parent.
  const wantedCeiling = parent.wantedCeiling | (flow & edge.pass) | (making & (edge.pass | edge.grants))
  flow &= ~edge.pass
  making &= ~(edge.pass | edge.grants)
  const wanted = parent.wanted | flow | making
  const more = wanted !== parent.wanted || wantedCeiling !== parent.wantedCeiling
  Object.assign(parent, { wanted, wantedCeiling })
  explain(parent, making, flow)
  return more
}

function verdictOf(
  uses: number,
  answer: Pick<Evaluation, 'granted' | 'possible' | 'possibleObligations'>,
  conflict: boolean,
): Verdict {
  if ((uses & ~answer.possible) !== 0) return 'not-permitted'
  if ((uses & ~answer.granted) !== 0 || conflict) return 'unknown'
  return answer.possibleObligations === 0 ? 'permitted' : 'conditional'
}

/** What an edge leaves of the flow, as lanes. */
function through(edge: Edge): number {
  const { relation, binding } = edge
  const { flow, making } = flows(edge)
  if (binding) return flow
  return (
    throughLane(relation, sure(flow), sure(making)) | (throughLane(relation, possible(flow), possible(making)) << LANE)
  )
}

function throughLane(relation: Relation, flow: number, making: number): number {
  if ((making & requiredFor(relation)) === 0) return 0
  if (!isDerivation(relation)) return flow
  let left = flow
  if ((making & COMMERCIAL_MODIFY) === 0) left &= ~(COMMERCIAL | HOST)
  if ((flow & REDISTRIBUTE_DERIVATIVES) === 0) left &= ~(REDISTRIBUTE | SUBLICENSE)
  return left
}

/** The right that it takes to make a model from a parent by a relation. */
function requiredFor(relation: Relation): number {
  if (relation === 'distillation') return DISTILL
  return isDerivation(relation) ? MODIFY : REDISTRIBUTE
}

/** Whether the relation changes the model. A copy or a conversion to another format does not. */
function isDerivation(relation: Relation): boolean {
  return relation !== 'copy' && relation !== 'conversion'
}

/** The topic of a threshold, or of a metric of the licensee without a parameter: metric | subject << 8 | parameter << 16. */
export function topicOf({ metric, subject, param }: Pick<ThresholdBody, 'metric' | 'subject' | 'param'>): number {
  return metric + 2 ** 8 * subject + 2 ** 16 * param
}

/** Facts of the licensee as a question carries them, in the order of their topics. */
export function factsOf(facts: Facts): Fact[] {
  return METRIC_NAMES.flatMap((metric) => {
    const value = facts[metric]
    return value === undefined ? [] : [{ topic: METRICS[metric], value }]
  })
}

function requireLists({ trusted, named, facts }: Question): void {
  requireAscending('trusted publishers', trusted)
  requireAscending('named models', named)
  const topics = facts.map(({ topic }) => topic)
  for (const topic of topics) {
    const metric = topic % 2 ** 8
    const isDefined = Number.isSafeInteger(topic) && topic < 2 ** 48 && metric >= 1 && metric <= METRIC_NAMES.length
    if (!isDefined) throw new InvalidFactsError(topic)
  }
  requireAscending('facts', topics)
}

function requireAscending(what: string, list: readonly (string | number)[]): void {
  if (list.length > MAX_LISTED) throw new InvalidListError(what, `has ${list.length} members`)
  const index = list.findIndex((item, place) => place > 0 && item <= list[place - 1]!)
  if (index >= 0) throw new InvalidListError(what, `has ${list[index]} after ${list[index - 1]}`)
}

function both(mask: number): number {
  return mask | (mask << LANE)
}

function sure(lanes: number): number {
  return lanes & SURE
}

function possible(lanes: number): number {
  return lanes >>> LANE
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
