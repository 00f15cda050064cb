import { BY_BLOCK, flag, id, key, mask, optional, ORIGIN, seconds, small, text, type Table } from '../columns.ts'

/** Roles of the ledger's AccessManager, and pauses of the contracts. */
export const ACCESS_TABLES = {
  /** Pauses of new writes, by contract (a place in `CONTRACT_NAMES`); `until` 0 ends one early. */
  pauses: {
    columns: { contract: small(), ...ORIGIN, account: key(), until: seconds() },
    primaryKey: ['contract', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Members of a role of the AccessManager (its number in decimal digits) from `since` on; the last row counts. */
  role_members: {
    columns: {
      role: text(),
      account: key(),
      ...ORIGIN,
      /** True when the role was granted or its delay changed, false when it was revoked. */
      granted: flag(),
      /** Seconds between the announcement and the execution of a call, and from when on; 0 when revoked. */
      delay: seconds(),
      since: seconds(),
    },
    primaryKey: ['role', 'account', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['account'] }],
    undo: 'block',
  },
  /** Settings of a role, one per row: its label, the role that grants it, the role that cancels, or the delay of a grant. */
  role_settings: {
    columns: {
      role: text(),
      ...ORIGIN,
      label: optional(text()),
      /** Numbers of roles in decimal digits. */
      admin: optional(text()),
      guardian: optional(text()),
      /** Seconds until a grant takes effect, and from when on. */
      grant_delay: optional(seconds()),
      since: optional(seconds()),
    },
    primaryKey: ['role', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** The role that may call a function of a contract; the last row counts, and without one only the administrator may. */
  function_roles: {
    columns: { target: key(), selector: id(), ...ORIGIN, role: text() },
    primaryKey: ['target', 'selector', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Settings of a contract, one per row: whether its restricted functions are closed, or the delay of its administration. */
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
  /** Announced calls. A member of a role with a delay may make them from `ready_at` on. */
  operations: {
    columns: { id: id(), nonce: mask(), ...ORIGIN, ready_at: seconds(), caller: key(), target: key(), data: id() },
    primaryKey: ['id', 'nonce'],
    indexes: [BY_BLOCK, { columns: ['target'] }],
    undo: 'block',
  },
  /** Announced calls that were executed or canceled. */
  operation_ends: {
    columns: { id: id(), nonce: mask(), ...ORIGIN, executed: flag() },
    primaryKey: ['id', 'nonce'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
