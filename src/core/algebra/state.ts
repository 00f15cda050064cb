import { ZERO_ADDRESS, type Address, type ModelId } from '../hex.ts'
import type { HeldCredential, Lineage, LineageModel } from '../lineage.ts'
import { UNSTATED_BODY, type TermsBody } from '../termsBody.ts'
import type { Fact } from '../topics.ts'
import type { Relation } from '../vocabulary.ts'
import type { Lanes } from './lanes.ts'

/** Why a use is not permitted, or not without more, in the order of the contract's `FindingCode`. */
export const FINDING_CODES = [
  'none',
  'right-withheld',
  'right-unstated',
  'threshold-exceeded',
  'threshold-doubtful',
  'fact-missing',
  'model-recalled',
  'model-retired',
  'model-superseded',
  'credential-not-yet-valid',
  'credential-expired',
  'credential-suspended',
  'credential-revoked',
  'label-void',
  'label-doubtful',
  'parent-undisclosed',
  'parent-external',
  'publisher-uncounted',
] as const
/** A name of {@link FINDING_CODES}. */
export type LicenseFindingCode = (typeof FINDING_CODES)[number]

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
  /** At most `MAX_LISTED` publishers, strictly ascending. */
  trusted: readonly Address[]
  /** At most `MAX_LISTED` models, strictly ascending. */
  named: readonly ModelId[]
  /** At most `MAX_LISTED`, their topics strictly ascending. */
  facts: readonly Fact[]
}

/** One reason, as masks. `holder` is {@link ZERO_ADDRESS}, and a mask or the topic is 0, where they do not apply. */
export type RawFinding = {
  code: LicenseFindingCode
  model: ModelId
  holder: Address
  rights: number
  obligations: number
  topic: number
}

/** The obligations of one model that hold (`sure`), or hold or may hold (`possible`), for the uses that are `asked` of it, as masks. */
export type Duty = { model: ModelId; asked: number; sure: number; possible: number }

/** The credentials of one holder for one model: what the valid ones pass on and grant. */
export type Holding = { all: HeldCredential[]; pass: Lanes; grants: Lanes }

/** Families of licenses under which a derivative may be passed on, as masks of 128 bits: see `compatibility.ts`. */
export type Allowed = {
  /** Those that nothing excludes. */
  sure: bigint
  /** Those that nothing certain excludes. */
  possible: bigint
  /** Those that no terms exclude that leave it to the redistributor to grant. */
  granted: bigint
}

/** What is computed for one model. */
export type Node = LineageModel & {
  body: TermsBody
  /** What the licensee has at the model itself, before its ancestors are looked at. */
  own: Lanes
  /** What the licensee may do with it. */
  rights: Lanes
  /** The most that its publisher could let the licensee do with it. */
  ceiling: Lanes
  /** Rights that the licensee needs at it and may lack. */
  wanted: number
  /** Rights that its publisher needs from its ancestors and may lack. */
  wantedCeiling: number
  /** What the uses in question are at this model. */
  asked: number
  /** The part of it that its own terms are asked for: by the question, or by a child that is not certainly its publisher's own work. */
  owed: number
  allowed: Allowed
  /** Its credentials, by holder. */
  held: ReadonlyMap<Address, Holding>
  /** The edges to its parents. */
  up: Edge[]
  /** The edges to its children; only in cycles. */
  down: Edge[]
}

/** An edge from a model to one of its parents. */
export type Edge = {
  relation: Relation
  /** The child, an external parent, is the parent. */
  binding: boolean
  /** The child's registration or a ruling states it, or it is a binding. Others are the word of a publisher, said later. */
  certain: boolean
  /** The parent is certainly work of the child's publisher. */
  ownWork: boolean
  child: Node
  parent: Node
  /** What the child's publisher may pass on from the parent. */
  pass: Lanes
  /** What the child's publisher itself may do with the parent. */
  grants: Lanes
}

/** What terms give, and what the thresholds leave of it, in the light of the facts. */
export type Reading = { rights: Lanes; duties: Map<number, Lanes> }

/** A lineage, a question about it, and what is computed. */
export type State = {
  lineage: Lineage
  question: Question
  facts: ReadonlyMap<number, bigint>
  trusted: ReadonlySet<Address>
  named: ReadonlySet<ModelId>
  readings: Map<TermsBody, Reading>
  /** Each model after all its descendants that are not in a cycle with it. */
  order: readonly Node[]
  cyclic: boolean
  /** Some terms limit under which licenses a derivative may be passed on. */
  limited: boolean
  findings: RawFinding[]
  duties: Duty[]
}

/** The body of terms in a lineage. */
export function bodyIn(lineage: Lineage, { terms }: Pick<LineageModel, 'terms'>): TermsBody {
  return lineage.terms.get(terms) ?? UNSTATED_BODY
}

/** Writes down a reason. */
export function addFinding(
  state: State,
  code: LicenseFindingCode,
  { model }: Node,
  what: Partial<RawFinding> = {},
): void {
  state.findings.push({ code, model, holder: ZERO_ADDRESS, rights: 0, obligations: 0, topic: 0, ...what })
}

/**
 * Takes a step at each item, and again at those that a step names because it changed what they depend on, until no step names any.
 * What the steps compute must only grow, or only shrink. The order of the steps is then without effect.
 */
export function settle<T>(items: readonly T[], step: (item: T) => readonly T[]): void {
  const waiting = new Set(items)
  for (const item of waiting) {
    waiting.delete(item)
    // An item that is added while the set is walked comes at its end.
    for (const dependent of step(item)) waiting.add(dependent)
  }
}
