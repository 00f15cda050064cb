import { ZERO_ADDRESS, type Address } from '../hex.ts'
import { isExternal, isOwnWork, type HeldCredential } from '../lineage.ts'
import type { TermsBody } from '../termsBody.ts'
import { topicOf } from '../topics.ts'
import { atStake, isVoid } from './compatibility.ts'
import { owedAt, usesLiftedBy } from './duties.ts'
import { NOTHING } from './lanes.ts'
import { positionOf } from './readings.ts'
import { blame, missingAt } from './rights.ts'
import { addFinding, bodyIn, settle, type LicenseFindingCode, type Node, type State } from './state.ts'
import { counts, isAlive, isValid } from './words.ts'

/**
 * Wants the uses in question of the first model. In a cycle, a model may turn out to be wanted for more after it was explained, so
 * everything is handed on first.
 */
export function wantFirst(state: State): void {
  const first = state.order[0]!
  first.wanted = state.question.uses
  if (state.cyclic) settle([first], (node) => handOn(node, () => {}))
}

/** Finds why rights are missing at a model whose children are done. */
export function explain(state: State, node: Node): void {
  if (node.parents.some(({ undisclosed }) => undisclosed)) addFinding(state, 'parent-undisclosed', node)
  if (!isAlive(node)) {
    addFinding(state, 'model-recalled', node, { rights: missingAt(node) })
    return
  }
  explainLabel(state, node)
  explainTerms(state, node, node.wanted & ~node.own)
  handOn(node, (parent, making, flow) => {
    // The licensee's own credentials are explained where the parent's terms are.
    if (node.publisher === state.question.licensee) return
    // Of its own work, nothing is missing to a publisher whose word counts.
    const rights = making | flow
    if (isOwnWork(parent.publisher, node.publisher) && rights !== 0) {
      addFinding(state, 'publisher-uncounted', node, { rights })
    }
    explainCredentials(state, parent, node.publisher, making, flow)
  })
  if (node.status === 'retired') addFinding(state, 'model-retired', node)
  else if (node.status === 'superseded') addFinding(state, 'model-superseded', node)
}

/**
 * Hands what is missing at a node on to the parents that it is missing at, and passes to `explain` what each lacks to be made
 * from and to be passed on. Returns the parents that are now wanted for more.
 */
function handOn(node: Node, explain: (parent: Node, making: number, flow: number) => void): Node[] {
  const missing = missingAt(node)
  if (missing === 0 || !isAlive(node)) return []
  return node.up.filter((edge) => blame(edge, missing, explain)).map(({ parent }) => parent)
}

/** Finds whether a model's license is not one under which it may be passed on. */
function explainLabel(state: State, node: Node): void {
  if (!state.limited || isExternal(node)) return
  const rights = node.wanted & ~node.own & atStake(state, node)
  if (isVoid(node)) addFinding(state, 'label-void', node, { rights })
  else if (rights !== 0) addFinding(state, 'label-doubtful', node, { rights })
}

/** Finds what a model's own terms have to do with the rights that are missing at it, and with obligations. */
function explainTerms(state: State, node: Node, missing: number): void {
  const { body } = node
  // To its publisher, a model's own terms neither give nor ask anything.
  if (isOwnWork(node.publisher, state.question.licensee)) return
  const withheld = missing & ~(body.rights | body.unstated)
  if (withheld !== 0) addFinding(state, 'right-withheld', node, { rights: withheld })
  const unstated = missing & body.unstated
  const code = isExternal(node) ? 'parent-external' : 'right-unstated'
  if (unstated !== 0) addFinding(state, code, node, { rights: unstated })
  explainWord(state, node, ZERO_ADDRESS, node.registeredAt, missing & body.rights)
  explainThresholds(state, node, body, ZERO_ADDRESS, missing, owedAt(state, node))
  explainCredentials(state, node, state.question.licensee, missing, 0)
}

/** Finds rights that are missing because the word of the model's publisher at a time does not count. */
function explainWord(state: State, node: Node, holder: Address, time: number, rights: number): void {
  if (rights !== 0 && !counts(state, node, time)) addFinding(state, 'publisher-uncounted', node, { holder, rights })
}

/** Finds which thresholds of some terms withdraw missing rights, or add obligations that some uses raise. */
function explainThresholds(
  state: State,
  node: Node,
  body: TermsBody,
  holder: Address,
  missing: number,
  asked: number,
): void {
  for (const threshold of body.thresholds) {
    const { withdraws, adds, uses } = threshold
    const rights = missing & body.rights & withdraws
    const obligations = (uses & asked) === 0 ? 0 : adds
    if ((rights | obligations) === 0) continue
    const code = positionOf(state, threshold)
    if (code !== 'none') addFinding(state, code, node, { holder, rights, obligations, topic: topicOf(threshold) })
  }
}

/**
 * Finds why the credentials of a holder do not lift what they could, granted to the holder or passed on. An invalid one is
 * named with the rights that it would give. A valid one may have thresholds, and rights that its terms do not state.
 */
function explainCredentials(state: State, node: Node, holder: Address, granted: number, passed: number): void {
  for (const held of node.held.get(holder)?.all ?? []) {
    const body = bodyIn(state.lineage, held)
    const given = body.rights | held.credential.lifts
    const missing = granted | (passed & held.passThrough)
    if (isValid(state.question, held)) {
      const unstated = missing & body.unstated & ~held.credential.lifts
      if (unstated !== 0) addFinding(state, 'right-unstated', node, { holder, rights: unstated })
      explainWord(state, node, holder, held.credential.validFrom, missing & given)
      explainThresholds(state, node, body, holder, missing & ~held.credential.lifts, askedBy(state, node, held))
    } else if ((missing & given) !== 0) {
      addFinding(state, failureOf(state, held), node, { holder, rights: missing & given })
    }
  }
}

/** The uses that raise duties of a credential's terms: none unless the licensee holds and needs it. */
function askedBy(state: State, node: Node, held: HeldCredential): number {
  const isNeeded = held.holder === state.question.licensee && usesLiftedBy(state, node, held) !== NOTHING
  return isNeeded ? node.asked : 0
}

function failureOf({ question }: State, { credential }: HeldCredential): LicenseFindingCode {
  if (question.time >= credential.validUntil) {
    return credential.state === 'revoked' ? 'credential-revoked' : 'credential-expired'
  }
  return question.time < credential.validFrom ? 'credential-not-yet-valid' : 'credential-suspended'
}
