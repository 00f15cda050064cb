/** Roles of the ledger's AccessManager, by their numbers there. Zero is its administrator. */
export const ROLES = {
  /** Verifies publishers' profiles. */
  verifier: 1n,
  /** Recalls models and subjects, and sets the rules of later reviews. */
  authority: 2n,
  /** Certifies subjects, so that they load at once. */
  certifier: 3n,
  /** Scans weights and attests what was found. */
  scanner: 4n,
  /** Takes claims up, and rules on them. */
  adjudicator: 5n,
  /** Pauses new writes, for a time. */
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
