import { BY_BLOCK, flag, id, key, mask, optional, ORIGIN, seconds, small, text, type Table } from '../columns.ts'

/** Who may do what by the ledger's AccessManager, and pauses of the contracts. */
export const ACCESS_TABLES = {
  /** Pauses of new writes, by contract (a place in `CONTRACT_NAMES`); `until` 0 ends one early. */
  pauses: {
    columns: { contract: small(), ...ORIGIN, account: key(), until: seconds() },
    primaryKey: ['contract', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Who has a role of the ledger's AccessManager (its number there, as a decimal number) from `since` on; the last row counts. */
  role_members: {
    columns: {
      role: text(),
      account: key(),
      ...ORIGIN,
      /** True when the role was granted or its delay changed, false when it was revoked. */
      granted: flag(),
      /** Seconds between the announcement and the execution of what the role allows, and when that holds; 0 when taken away. */
      delay: seconds(),
      since: seconds(),
    },
    primaryKey: ['role', 'account', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['account'] }],
    undo: 'block',
  },
  /** What is said of a role, one thing a row: its label, the role that grants it, the one that cancels, or how long a grant waits. */
  role_settings: {
    columns: {
      role: text(),
      ...ORIGIN,
      label: optional(text()),
      /** Numbers of roles, as decimal numbers. */
      admin: optional(text()),
      guardian: optional(text()),
      /** Seconds until a grant holds, and from when on. */
      grant_delay: optional(seconds()),
      since: optional(seconds()),
    },
    primaryKey: ['role', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Which role a function of a contract takes; the last row counts, and without one it is the administrator's. */
  function_roles: {
    columns: { target: key(), selector: id(), ...ORIGIN, role: text() },
    primaryKey: ['target', 'selector', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** What is said of a contract, one thing a row: whether every restricted function is closed, or how long its administration waits. */
  target_settings: {
    columns: {
      target: key(),
      ...ORIGIN,
      closed: optional(flag()),
      /** Seconds, and from when on. */
      admin_delay: optional(seconds()),
      since: optional(seconds()),
    },
    primaryKey: ['target', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** The AccessManager that a contract (a place in `CONTRACT_NAMES`) asks. */
  authorities: {
    columns: { contract: small(), ...ORIGIN, authority: key() },
    primaryKey: ['contract', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Calls that were announced: whoever has a role with a delay may make them from `ready_at` on. */
  operations: {
    columns: { id: id(), nonce: mask(), ...ORIGIN, ready_at: seconds(), caller: key(), target: key(), data: id() },
    primaryKey: ['id', 'nonce'],
    indexes: [BY_BLOCK, { columns: ['target'] }],
    undo: 'block',
  },
  /** Announced calls that were made (`executed` 1) or taken back (0). */
  operation_ends: {
    columns: { id: id(), nonce: mask(), ...ORIGIN, executed: flag() },
    primaryKey: ['id', 'nonce'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
