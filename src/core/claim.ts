import { keccakWords, parseBytes32, ZERO_DIGEST, type Address, type Digest, type Hex, type ModelId } from './hex.ts'
import { RELATIONS, type Relation } from './vocabulary.ts'

declare const brand: unique symbol

/** Id of a claim: 32 bytes, lower-case hex. It is the hash of the claimant and of all that it states. */
export type ClaimId = Hex & { readonly [brand]: 'ClaimId' }

/** Where a claim stands, in the order of the contract's enum. The last four are final. */
export const CLAIM_STATES = ['none', 'filed', 'contested', 'acknowledged', 'upheld', 'rejected', 'withdrawn'] as const
/** Where a claim stands. */
export type ClaimState = (typeof CLAIM_STATES)[number]

/** Where the inheritance of an upheld claim by a model stands, in the order of the contract's enum. */
export const INHERITANCE_STATES = ['none', 'pending', 'contested', 'applied', 'rejected'] as const
/** Where the inheritance of an upheld claim by a model stands. */
export type InheritanceState = (typeof INHERITANCE_STATES)[number]

/**
 * How well an edge of the lineage is known, in the order of the contract's enum. A grade only grows. `bound` is of the edges from an
 * external parent to the models that it is bound to.
 */
export const EVIDENCE_GRADES = ['declared', 'acknowledged', 'countersigned', 'adjudicated', 'bound'] as const
/** How well an edge of the lineage is known. */
export type EvidenceGrade = (typeof EVIDENCE_GRADES)[number]

/** What a claim states: that its subject was made from `parent` without naming it. */
export type ClaimStatement = {
  claimant: Address
  /** Id of a model; of a product, the SHA-256 digest of its weights or of its canonical URL. */
  subject: Hex
  /** Whether the subject is a product, which nobody had to register. */
  product: boolean
  parent: ModelId
  relation: Relation
  /** The external parent of the subject that is really `parent`, according to the claim. */
  replaces?: ModelId
  /** What {@link commitmentOf} makes of the claimant, the evidence and a salt. */
  commitment: Digest
}

/** Parses a claim's id. @throws {@link InvalidHexError} */
export function parseClaimId(value: string): ClaimId {
  return parseBytes32(value, 'claim id') as ClaimId
}

/** The id that a claim has, or would have. */
export function claimIdOf(statement: ClaimStatement): ClaimId {
  const { claimant, subject, product, parent, relation, replaces = ZERO_DIGEST, commitment } = statement
  return keccakWords([claimant, subject, product, parent, RELATIONS[relation], replaces, commitment]) as ClaimId
}

/** What a claimant commits to before it discloses the evidence: nobody else can file it, and it hides the evidence. */
export function commitmentOf(claimant: Address, evidence: Digest, salt: Hex): Digest {
  return keccakWords([claimant, evidence, salt]) as Digest
}
