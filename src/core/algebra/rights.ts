import { isExternal, isOwnWork } from '../lineage.ts'
import { RIGHTS, SET_FLAGS, type Relation } from '../vocabulary.ts'
import { asLabeled, studentDerives } from './compatibility.ts'
import { EVERYTHING, join, meet, NOTHING, onlyPossible, possibleOf, sureOf, type Lanes } from './lanes.ts'
import { rightsOfTerms } from './readings.ts'
import { settle, type Edge, type Node, type State } from './state.ts'
import { asSaid, isAlive } from './words.ts'

/** What only a commercial derivative may be used for. */
export const COMMERCIAL_USES = (1 << RIGHTS.commercial) | (1 << RIGHTS.host)
const MODIFY = 1 << RIGHTS.modify
const COMMERCIAL_MODIFY = 1 << RIGHTS['commercial-modify']
const REDISTRIBUTE = 1 << RIGHTS.redistribute
const PASSING_ON_USES = REDISTRIBUTE | (1 << RIGHTS.sublicense)
const REDISTRIBUTE_DERIVATIVES = 1 << RIGHTS['redistribute-derivatives']
const DISTILL = 1 << RIGHTS.distill
const WITHOUT_COMMERCE = 1 << SET_FLAGS['students-without-commerce']

/**
 * Computes the rights of all. In a cycle, models have what no member of it, and no ancestor of one, withholds: the greatest
 * rights that satisfy all edges, found by starting from everything and taking away until nothing changes.
 */
export function ascendAll(state: State): void {
  const oldestFirst = state.order.toReversed()
  for (const node of oldestFirst) ascend(state, node)
  if (!state.cyclic) return
  settle(
    oldestFirst.filter(({ rights }) => rights !== EVERYTHING),
    ({ down }) => down.filter(narrow).map(({ child }) => child),
  )
}

/** Computes the rights at a node. */
function ascend(state: State, node: Node): void {
  if (!isAlive(node)) return // It grants nothing: all lanes stay empty.

  node.own = asLabeled(state, node, ownRights(state, node))
  Object.assign(node, { rights: node.own, ceiling: EVERYTHING })
  if (!state.cyclic) node.up.forEach(narrow)
}

/** What the licensee has at a node by its terms and by credentials. */
function ownRights(state: State, node: Node): Lanes {
  const { licensee } = state.question
  if (isOwnWork(node.publisher, licensee) || isIdentified(node)) return EVERYTHING
  const said = asSaid(state, node, node.registeredAt, rightsOfTerms(state, node.body))
  const held = node.held.get(licensee)
  return held ? join(said, held.grants) : said
}

/**
 * Whether a node is an external parent that is bound to registered models alone. It has no terms of its own, so that it withholds nothing
 * itself. A binding to what nobody registered says nothing.
 */
function isIdentified(node: Node): boolean {
  return isExternal(node) && node.up.length > 0 && node.up.every(({ parent }) => !isExternal(parent))
}

/** Takes from the child what an edge does not let through. Returns whether that was anything. */
function narrow(edge: Edge): boolean {
  const { child } = edge
  const ceiling = meet(child.ceiling, through(edge))
  if (ceiling === child.ceiling) return false
  Object.assign(child, { ceiling, rights: meet(child.own, ceiling) })
  return true
}

/** What the licensee could do with the parent through the child, and what the child's publisher could do to make the child. */
function flows({ parent, pass, grants }: Edge): { flow: Lanes; making: Lanes } {
  const flow = join(parent.rights, meet(pass, parent.ceiling))
  return { flow, making: join(flow, meet(grants, parent.ceiling)) }
}

/** What an edge leaves of the flow. */
function through(edge: Edge): Lanes {
  const { flow, making } = flows(edge)
  if (edge.binding) return flow
  const derives = makesDerivative(edge)
  const sure = throughLane(edge, sureOf(flow), sureOf(making), sureOf(derives))
  const possible = throughLane(edge, possibleOf(flow), possibleOf(making), possibleOf(derives))
  return join(sure as Lanes, onlyPossible(possible))
}

function throughLane(edge: Edge, flow: number, making: number, derives: number): number {
  const { relation } = edge
  if ((making & requiredFor(relation)) === 0) return 0
  if (!isDerivation(relation)) return flow
  let left = flow
  if ((making & COMMERCIAL_MODIFY) === 0 || isKeptFromCommerce(edge)) left &= ~COMMERCIAL_USES
  if (derives !== 0 && (flow & REDISTRIBUTE_DERIVATIVES) === 0) left &= ~PASSING_ON_USES
  return left
}

/** Whether the parent's outputs, from which a student is distilled, are not for commerce, and its publisher may not pass on more. */
function isKeptFromCommerce({ relation, parent, pass, grants }: Edge): boolean {
  if (relation !== 'distillation' || (parent.body.flags & WITHOUT_COMMERCE) === 0) return false
  return (possibleOf(join(pass, grants)) & COMMERCIAL_MODIFY) === 0
}

/**
 * Hands what is missing at a child because of one parent on to the parent, and passes what it lacks to `explain`. Returns whether the
 * parent is now wanted for more.
 */
export function blame(
  edge: Edge,
  missing: number,
  explain: (parent: Node, making: number, flow: number) => void,
): boolean {
  const { parent, relation, binding } = edge
  const failing = missing & ~through(edge)
  if (failing === 0) return false

  const flowing = flows(edge)
  let flow = failing & ~flowing.flow
  let making = binding ? 0 : requiredFor(relation) & ~flowing.making
  if (isDerivation(relation)) {
    if (failing & PASSING_ON_USES && makesDerivative(edge) !== NOTHING) flow |= REDISTRIBUTE_DERIVATIVES & ~flowing.flow
    if (failing & COMMERCIAL_USES) making |= COMMERCIAL_MODIFY & ~flowing.making
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

/** Rights that are wanted of a node, by the licensee or its publisher, and that its parents do not let through. */
export function missingAt(node: Node): number {
  return (node.wanted | node.wantedCeiling) & ~node.ceiling
}

/** The right that it takes to make a model from a parent by a relation. */
function requiredFor(relation: Relation): number {
  if (relation === 'distillation') return DISTILL
  return isDerivation(relation) ? MODIFY : REDISTRIBUTE
}

/** Whether the relation changes the model. A copy or a conversion to another format does not. */
export function isDerivation(relation: Relation): boolean {
  return relation !== 'copy' && relation !== 'conversion'
}

/** The lanes, whole, in which an edge makes a derivative of the parent: a student is one only where a license says so. */
export function makesDerivative(edge: Edge): Lanes {
  if (!isDerivation(edge.relation)) return NOTHING
  return edge.relation === 'distillation' ? studentDerives(edge) : EVERYTHING
}
