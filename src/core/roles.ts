import type { Deployment } from './deployment.ts'

/** Roles of the ledger's AccessManager, by their numbers there. Zero is its administrator. */
export const ROLES = {
  /** Verifies publishers' profiles, and binds external parents. */
  verifier: 1n,
  /** Recalls models, weights, tensors and subjects, and sets the rules of reviews. */
  authority: 2n,
  /** Certifies subjects, so that they load at once. */
  certifier: 3n,
  /** Scans weights and attests what was found. */
  scanner: 4n,
  /** Takes claims up, and rules on them and on external parents. */
  adjudicator: 5n,
  /** Pauses new writes, for a time, and undoes recalls. */
  guardian: 6n,
} as const
/** A name of {@link ROLES}. */
export type Role = keyof typeof ROLES

const HOUR = 3600

/**
 * How long it takes, in seconds, until an account that is given a role has it. A guardian and a scanner are needed soon; whom a mistake
 * would give the power to open the gate, to rule or to recall waits longest.
 */
export const ROLE_DELAYS: Readonly<Record<Role, number>> = {
  verifier: 24 * HOUR,
  authority: 48 * HOUR,
  certifier: 48 * HOUR,
  scanner: 24 * HOUR,
  adjudicator: 48 * HOUR,
  guardian: 24 * HOUR,
}

/**
 * How long, in seconds, a member of a role has to schedule a call before it makes it, on a ledger that others rely on: long enough
 * for a guardian to cancel what a stolen key scheduled. A guardian pauses and undoes at once, and a scanner calls nothing that takes a role.
 */
export const EXECUTION_DELAYS: Readonly<Record<Role, number>> = {
  verifier: 6 * HOUR,
  authority: 24 * HOUR,
  certifier: 24 * HOUR,
  adjudicator: 24 * HOUR,
  scanner: 0,
  guardian: 0,
}

/**
 * How long, in seconds, an administrator has to schedule what it does, and a new administrator waits for the role, on a ledger that
 * others rely on. So a stolen key can neither evict another administrator nor add one before it is seen.
 */
export const ADMIN_DELAY = 48 * HOUR

/** The role whose members may cancel what members of another role scheduled; those of `guardian` schedule nothing. */
export const GUARDIAN_OF_ROLES: Role = 'guardian'

/** A function by the contract that a deployment names so, as Solidity writes its signature, and the role that it takes. */
export type RestrictedFunction = { contract: keyof Deployment['contracts']; signature: string; role: Role }

const REGISTRATION = '(address,bytes32,bytes32,bytes32,bytes32,bytes32,bytes32,(bytes32,uint8)[],string)'
const PAUSED = ['ledger', 'licenseCredential', 'lineageClaims', 'usageAudit', 'reviewGate'] as const

/**
 * Every function that takes a role in a ledger as it is deployed. What stands nowhere here is open, or a matter between a publisher
 * and a holder. A scanner has none: the gate asks who has the role when it counts a report.
 */
export const RESTRICTED_FUNCTIONS: readonly RestrictedFunction[] = [
  { contract: 'ledger', signature: 'verifyPublisher(address,bytes32,uint40,uint40)', role: 'verifier' },
  { contract: 'recalls', signature: 'bindExternal(bytes32,bytes32,bytes32)', role: 'verifier' },
  { contract: 'recalls', signature: 'unbindExternal(bytes32,bytes32)', role: 'verifier' },
  { contract: 'recalls', signature: 'recall(uint8,bytes32,string)', role: 'authority' },
  { contract: 'reviewGate', signature: 'setReviewPeriod(uint40)', role: 'authority' },
  { contract: 'reviewGate', signature: 'setMargin(uint40)', role: 'authority' },
  { contract: 'reviewGate', signature: 'setMinBlocks(uint48)', role: 'authority' },
  { contract: 'reviewGate', signature: 'setQuorum(uint8)', role: 'authority' },
  { contract: 'reviewGate', signature: 'setOrganization(address,bytes32)', role: 'authority' },
  { contract: 'reviewGate', signature: `certify(${REGISTRATION},uint32,uint40)`, role: 'certifier' },
  { contract: 'reviewGate', signature: 'certifyArtefact(bytes32,uint40)', role: 'certifier' },
  { contract: 'recalls', signature: 'ruleExternal(bytes32,bytes32,bool,bytes32)', role: 'adjudicator' },
  { contract: 'lineageClaims', signature: 'accept(bytes32)', role: 'adjudicator' },
  { contract: 'lineageClaims', signature: 'rule(bytes32,bool,string)', role: 'adjudicator' },
  { contract: 'lineageClaims', signature: 'extend(bytes32,bytes32)', role: 'adjudicator' },
  { contract: 'lineageClaims', signature: 'ruleInheritance(bytes32,bytes32,bool,string)', role: 'adjudicator' },
  { contract: 'recalls', signature: 'undoRecall(uint8,bytes32,string)', role: 'guardian' },
  ...PAUSED.flatMap((contract) =>
    ['pauseWrites()', 'resumeWrites()'].map((signature) => ({ contract, signature, role: 'guardian' as const })),
  ),
]

/**
 * How long, in seconds, what an administrator changes of a contract is seen before it holds: which of its functions take which role,
 * whether it is closed, and who its manager is. As long as the longest of {@link ROLE_DELAYS}, which it could get around else.
 */
export const TARGET_DELAY = 48 * HOUR

/** What nobody may do, the administrator included, and why not. There is no function for it: no role could be given. */
export const NOBODY_MAY: readonly { what: string; because: string }[] = [
  {
    what: 'alter or delete a registration',
    because: "a model's id is the hash of its registration, and no function changes or removes one",
  },
  {
    what: 'shorten a review below 24 hours',
    because:
      'the minimum is a constant of the gate; period, margin and blocks apply to later requests, and no clock is set again',
  },
  {
    what: "issue a credential for somebody else's model",
    because: "only an account that acts for the model's publisher can grant or sign one",
  },
  {
    what: 'rewrite an anchored checkpoint',
    because: 'a checkpoint is written once, and the next one has to be larger',
  },
  {
    what: 'pause reading, revoking a credential, recalling a model or withdrawing a deposit',
    because: 'a pause stops what adds to the ledger, and ends by itself after seven days',
  },
]
