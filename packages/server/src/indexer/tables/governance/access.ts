import { BY_BLOCK, BYTES, KEY, MASK, ORIGIN, SMALL, TEXT, TIME, type Table } from '../columns.ts'

/** Who may do what by the ledger's AccessManager, and pauses of the contracts. */
export const ACCESS_TABLES = {
  /** Pauses of new writes, by contract (a place in `CONTRACT_NAMES`); `until` 0 ends one early. */
  pauses: {
    columns: { contract: SMALL, ...ORIGIN, account: KEY, until: TIME },
    primaryKey: ['contract', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Who has a role of the ledger's AccessManager (its number there, as a decimal number) from `since` on; the last row counts. */
  role_members: {
    columns: {
      role: TEXT,
      account: KEY,
      ...ORIGIN,
      /** 1 when the role was granted or its delay changed, 0 when it was taken away. */
      granted: SMALL,
      /** Seconds between the announcement and the execution of what the role allows, and when that holds; 0 when taken away. */
      delay: TIME,
      since: TIME,
    },
    primaryKey: ['role', 'account', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['account'] }],
    undo: 'block',
  },
  /** What is said of a role, one thing a row: its label, the role that grants it, the one that cancels, or how long a grant waits. */
  role_settings: {
    columns: {
      role: TEXT,
      ...ORIGIN,
      label: { type: 'text', optional: true },
      /** Numbers of roles, as decimal numbers. */
      admin: { type: 'text', optional: true },
      guardian: { type: 'text', optional: true },
      /** Seconds until a grant holds, and from when on. */
      grant_delay: { type: 'time', optional: true },
      since: { type: 'time', optional: true },
    },
    primaryKey: ['role', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Which role a function of a contract takes; the last row counts, and without one it is the administrator's. */
  function_roles: {
    columns: { target: KEY, selector: BYTES, ...ORIGIN, role: TEXT },
    primaryKey: ['target', 'selector', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** What is said of a contract, one thing a row: whether every restricted function is closed, or how long its administration waits. */
  target_settings: {
    columns: {
      target: KEY,
      ...ORIGIN,
      closed: { type: 'small', optional: true },
      /** Seconds, and from when on. */
      admin_delay: { type: 'time', optional: true },
      since: { type: 'time', optional: true },
    },
    primaryKey: ['target', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** The AccessManager that a contract (a place in `CONTRACT_NAMES`) asks. */
  authorities: {
    columns: { contract: SMALL, ...ORIGIN, authority: KEY },
    primaryKey: ['contract', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Calls that were announced: whoever has a role with a delay may make them from `ready_at` on. */
  operations: {
    columns: { id: BYTES, nonce: MASK, ...ORIGIN, ready_at: TIME, caller: KEY, target: KEY, data: BYTES },
    primaryKey: ['id', 'nonce'],
    indexes: [BY_BLOCK, { columns: ['target'] }],
    undo: 'block',
  },
  /** Announced calls that were made (`executed` 1) or taken back (0). */
  operation_ends: {
    columns: { id: BYTES, nonce: MASK, ...ORIGIN, executed: SMALL },
    primaryKey: ['id', 'nonce'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
