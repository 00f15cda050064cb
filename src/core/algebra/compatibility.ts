import { isExternal, isOwnWork } from '../lineage.ts'
import { ALL_FAMILIES, LAST_FAMILY } from '../terms.ts'
import type { TermsBody } from '../termsBody.ts'
import { ALIKE_FAMILIES, ALL_RIGHTS, FAMILIES, OBLIGATIONS, RIGHTS, TERMS_FLAGS } from '../vocabulary.ts'
import {
  both,
  doubted,
  EVERYTHING,
  NOTHING,
  onlyPossible,
  possibleOf,
  sureOf,
  unsure,
  without,
  type Lanes,
} from './lanes.ts'
import { settle, type Allowed, type Edge, type Node, type State } from './state.ts'

// A mask of families has 128 bits: bit n for family n, and three more that are carried along the edges in the same way.

/** A license that forbids further restrictions is allowed. */
const FREE_TO_FORBID = 1n
/** A license that imposes further restrictions is allowed. */
const FREE_TO_IMPOSE = 1n << BigInt(LAST_FAMILY + 1)
/** A model that is distilled from this one is not its derivative. */
const FREE_STUDENTS = 1n << BigInt(LAST_FAMILY + 2)
const FREE = FREE_TO_FORBID | FREE_TO_IMPOSE | FREE_STUDENTS
const ALL = ALL_FAMILIES | FREE

/** Nothing limits under which licenses a derivative may be passed on. */
export const UNLIMITED: Allowed = { sure: ALL, possible: ALL, granted: ALL }

/** Rights without which a model cannot be passed on. */
export const PASSING_ON =
  (1 << RIGHTS.redistribute) | (1 << RIGHTS['redistribute-derivatives']) | (1 << RIGHTS.sublicense)
const SHARES_DERIVATIVES = 1 << RIGHTS['redistribute-derivatives']
const AUTOMATIC_GRANT = 1 << TERMS_FLAGS['automatic-grant']
const FORBIDS_FURTHER = 1 << TERMS_FLAGS['forbids-further']
const IMPOSES_FURTHER = 1 << TERMS_FLAGS['imposes-further']
const STUDENTS_DERIVE = 1 << TERMS_FLAGS['students-derive']
const ALIKE = new Set<number>(ALIKE_FAMILIES.map((family) => FAMILIES[family]))
const ALIKE_DUTY = BigInt(1 << OBLIGATIONS['share-alike']) << BigInt(16 * RIGHTS['redistribute-derivatives'])

/** Whether terms limit under which licenses a derivative may be passed on, or call students derivatives. */
export function limits({ flags, outbound }: TermsBody): boolean {
  return outbound !== 0n || (flags & (IMPOSES_FURTHER | STUDENTS_DERIVE)) !== 0
}

/**
 * Computes the families of licenses under which each model may be passed on: those that the terms of all that it was made from allow, through
 * works of the same publisher too. In a cycle, the greatest masks that satisfy all edges.
 */
export function allowAll(state: State): void {
  if (!state.limited) return
  const oldestFirst = state.order.toReversed()
  for (const node of oldestFirst) for (const edge of node.up) allow(edge)
  if (!state.cyclic) return
  settle(
    oldestFirst.filter(({ allowed, body }) => allowed !== UNLIMITED || limits(body)),
    ({ down }) => down.filter(allow).map(({ child }) => child),
  )
}

/** Takes from the child what an edge does not allow. Returns whether that was anything. */
function allow(edge: Edge): boolean {
  const { child, parent } = edge
  const derives = edge.relation === 'distillation' ? studentDerives(edge) : EVERYTHING
  if (derives === NOTHING) return false
  const limit = limitOf(parent.body)
  const isPassed = (sureOf(edge.pass) & SHARES_DERIVATIVES) !== 0
  const mayBePassed = (possibleOf(edge.pass) & SHARES_DERIVATIVES) !== 0
  const isGranted = isPassed || (parent.body.flags & AUTOMATIC_GRANT) !== 0
  const before = child.allowed
  const sure = before.sure & parent.allowed.sure & (isPassed ? ALL : limit)
  const granted = before.granted & parent.allowed.granted & (isGranted ? ALL : limit)
  const isCertainlyLimited = edge.certain && possibleOf(derives) !== 0
  const possible = isCertainlyLimited
    ? before.possible & parent.allowed.possible & (mayBePassed ? ALL : limit)
    : before.possible
  if (sure === before.sure && granted === before.granted && possible === before.possible) return false
  child.allowed = { sure, possible, granted }
  return true
}

/**
 * The lanes, whole, in which a model that is distilled from the parent is its derivative, by its terms or by those of what it was made from:
 * that of what is certain where it may be one, and both where it is one.
 */
export function studentDerives({ parent, pass }: Edge): Lanes {
  const limit = limitOf(parent.body)
  const isPassed = (sureOf(pass) & SHARES_DERIVATIVES) !== 0
  if ((parent.allowed.sure & (isPassed ? ALL : limit) & FREE_STUDENTS) !== 0n) return NOTHING
  const mayBePassed = (possibleOf(pass) & SHARES_DERIVATIVES) !== 0
  const mayBeFree = (parent.allowed.possible & (mayBePassed ? ALL : limit) & FREE_STUDENTS) !== 0n
  return mayBeFree ? without(EVERYTHING, onlyPossible(ALL_RIGHTS)) : EVERYTHING
}

/**
 * What terms allow for what is made from their model. Whether further restrictions may be imposed on it is for those to say that limit its
 * license: others forbid them on their own model alone.
 */
function limitOf({ flags, outbound }: TermsBody): bigint {
  let limit = outbound === 0n ? ALL : (outbound & ALL_FAMILIES) | FREE
  if (flags & IMPOSES_FURTHER) limit &= ~FREE_TO_FORBID
  if (flags & FORBIDS_FURTHER && outbound !== 0n) limit &= ~FREE_TO_IMPOSE
  if (flags & STUDENTS_DERIVE) limit &= ~FREE_STUDENTS
  return limit
}

/** What a model's own lanes are where its license is not one under which it may be passed on. */
export function asLabeled(state: State, node: Node, own: Lanes): Lanes {
  if (!state.limited || isExternal(node)) return own
  const { allowed } = node
  let left = own
  if (isOwnWork(node.publisher, state.question.licensee)) {
    if (breaks(node.body, allowed.sure)) left = unsure(left, PASSING_ON)
    if (isVoid(node)) left = without(left, both(PASSING_ON))
  } else {
    if (breaks(node.body, allowed.granted)) left = doubted(left)
    if (!allowsAny(allowed.possible)) left = without(left, both(PASSING_ON))
  }
  return left
}

/** Whether it is certain that a model's license is not one under which it may be passed on. */
export function isVoid({ body, allowed }: Node): boolean {
  return familyOf(body) === 0 ? !allowsAny(allowed.possible) : breaks(body, allowed.possible)
}

/** The rights of which its label may deprive a model, for the licensee of a question. */
export function atStake({ question }: State, node: Node): number {
  if (isOwnWork(node.publisher, question.licensee)) return PASSING_ON
  const { body, allowed } = node
  const held = possibleOf(node.held.get(question.licensee)?.grants ?? NOTHING)
  const lost = breaks(body, allowed.granted) ? body.rights | held : 0
  return allowsAny(allowed.possible) ? lost : lost | PASSING_ON
}

/** Whether a license is not, or where it states no family may not be, among those allowed. */
function breaks(body: TermsBody, allowed: bigint): boolean {
  // Of a license that nobody stated, it is not known whether it forbids further restrictions.
  const mayForbid = (body.flags & FORBIDS_FURTHER) !== 0 || body.unstated !== 0
  if (mayForbid && (allowed & FREE_TO_FORBID) === 0n) return true
  if (body.flags & IMPOSES_FURTHER && (allowed & FREE_TO_IMPOSE) === 0n) return true
  const family = familyOf(body)
  if (family === 0) return (allowed & ALL_FAMILIES) !== ALL_FAMILIES
  return ((allowed >> BigInt(family)) & 1n) === 0n
}

/** Whether any license is allowed: none is where one that imposes restrictions meets one that forbids to add any. */
function allowsAny(allowed: bigint): boolean {
  return (allowed & ALL_FAMILIES) !== 0n && (allowed & (FREE_TO_FORBID | FREE_TO_IMPOSE)) !== 0n
}

/** The family of terms; 0 where they state none, or one whose share-alike they do not demand. */
function familyOf({ family, duties }: TermsBody): number {
  return ALIKE.has(family) && (duties & ALIKE_DUTY) === 0n ? 0 : family
}
