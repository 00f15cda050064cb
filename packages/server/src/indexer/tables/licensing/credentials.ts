import { BY_BLOCK, BYTES, KEY, ORIGIN, SMALL, TIME, type Table } from '../columns.ts'

/** Credentials and what became of them. */
export const CREDENTIAL_TABLES = {
  /** Credentials as they were issued: active, without a gap. */
  credentials: {
    columns: {
      n: KEY,
      id: BYTES,
      model: KEY,
      tier: KEY,
      holder: KEY,
      publisher: KEY,
      valid_from: TIME,
      valid_until: TIME,
      ...ORIGIN,
    },
    primaryKey: ['n'],
    natural: 'id',
    indexes: [{ columns: ['model', 'holder'] }, { columns: ['holder', 'n'] }, { columns: ['tier', 'n'] }],
    undo: 'n',
  },
  /** The whole of a credential after each later event of it, as the chain keeps it. */
  credential_states: {
    columns: {
      credential: KEY,
      ...ORIGIN,
      /** A place in `CREDENTIAL_STATES`. */
      state: SMALL,
      valid_from: TIME,
      valid_until: TIME,
      gap_from: TIME,
      gap_until: TIME,
      account: KEY,
      reason: { type: 'text', optional: true },
    },
    primaryKey: ['credential', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
