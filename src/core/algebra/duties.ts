import { isOwnWork, type HeldCredential } from '../lineage.ts'
import { RIGHTS } from '../vocabulary.ts'
import { PASSING_ON } from './compatibility.ts'
import { beyond, both, doubted, join, meet, NOTHING, sureOf, type Lanes } from './lanes.ts'
import { dutiesOfTerms, rightsOfCredential, rightsOfTerms } from './readings.ts'
import { COMMERCIAL_USES, isDerivation, makesDerivative } from './rights.ts'
import { bodyIn, settle, type Edge, type Node, type State } from './state.ts'
import { asSaid, isValid } from './words.ts'

const HOST = 1 << RIGHTS.host
const MODIFY = 1 << RIGHTS.modify
const COMMERCIAL_MODIFY = 1 << RIGHTS['commercial-modify']
const REDISTRIBUTE_DERIVATIVES = 1 << RIGHTS['redistribute-derivatives']
const DISTILL = 1 << RIGHTS.distill

/** Asks the uses in question of the first model. In a cycle, of all models, because more may be asked of one after its parents were asked. */
export function askFirst(state: State): void {
  const first = state.order[0]!
  Object.assign(first, { asked: state.question.uses, owed: state.question.uses })
  if (state.cyclic) settle([first], askParents)
}

/** Asks of the parents of a model what is asked of it. Returns those of which more is asked than before. */
export function askParents(node: Node): Node[] {
  return node.up.filter(ask).map(({ parent }) => parent)
}

/** Asks of a parent what is asked of its child. Returns whether that was more than before. */
function ask(edge: Edge): boolean {
  const { child, parent } = edge
  const uses = usesAtParent(edge, child.asked)
  const asked = parent.asked | uses
  const owed = edge.ownWork ? parent.owed : parent.owed | uses
  if (asked === parent.asked && owed === parent.owed) return false
  Object.assign(parent, { asked, owed })
  return true
}

/** What uses of a child are at a parent: those of making the child from it, and of passing on what was made. */
function usesAtParent(edge: Edge, uses: number): number {
  if (edge.binding || !isDerivation(edge.relation) || uses === 0) return uses
  const isStudent = edge.relation === 'distillation'
  // A student that is not a derivative holds nothing of its teacher. What a license asks of it, it asks of who makes it available.
  if (makesDerivative(edge) === NOTHING) return uses & (PASSING_ON | HOST) ? DISTILL : 0
  let made = uses | MODIFY
  if (isStudent) made |= DISTILL
  if (uses & COMMERCIAL_USES) made |= COMMERCIAL_MODIFY
  if (uses & PASSING_ON) made |= REDISTRIBUTE_DERIVATIVES
  return made
}

/** What the licensee owes at a model: by its terms where they bind, and by the credentials that it needs. */
export function owedTo(state: State, node: Node): Lanes {
  return join(owedByTerms(state, node), owedByCredentials(state, node))
}

/** The uses that raise duties of a model's own terms: none for its publisher. */
export function owedAt(state: State, node: Node): number {
  return isOwnWork(node.publisher, state.question.licensee) ? 0 : node.owed
}

function owedByTerms(state: State, node: Node): Lanes {
  const owed = owedAt(state, node)
  return owed === 0 ? NOTHING : asSaid(state, node, node.registeredAt, dutiesOfTerms(state, node.body, owed))
}

function owedByCredentials(state: State, node: Node): Lanes {
  let duties = NOTHING
  for (const held of node.held.get(state.question.licensee)?.all ?? []) {
    const uses = usesLiftedBy(state, node, held)
    if (uses === NOTHING) continue
    const raised = dutiesOfTerms(state, bodyIn(state.lineage, held), node.asked)
    duties = join(duties, sureOf(uses) === 0 ? doubted(raised) : raised)
  }
  return duties
}

/** The uses asked of a model that a credential gives and the model's terms do not. Only then do the credential's terms ask anything. */
export function usesLiftedBy(state: State, node: Node, held: HeldCredential): Lanes {
  if (!isValid(state.question, held)) return NOTHING
  const given = asSaid(state, node, held.credential.validFrom, rightsOfCredential(state, held))
  const known = asSaid(state, node, node.registeredAt, rightsOfTerms(state, node.body))
  return beyond(meet(given, both(node.asked)), known)
}
