import { CREDENTIAL_STATES, type CredentialId } from 'stemma/core'
import { BY_BLOCK, code, id, key, optional, ORIGIN, seconds, text, type Table } from '../columns.ts'

/** Credentials and what became of them. */
export const CREDENTIAL_TABLES = {
  /** Credentials as they were issued: active, without a gap. */
  credentials: {
    columns: {
      n: key(),
      id: id<CredentialId>(),
      model: key(),
      tier: key(),
      holder: key(),
      publisher: key(),
      valid_from: seconds(),
      valid_until: seconds(),
      ...ORIGIN,
    },
    primaryKey: ['n'],
    natural: 'id',
    indexes: [{ columns: ['model', 'holder'] }, { columns: ['holder', 'n'] }, { columns: ['tier', 'n'] }],
    undo: 'n',
  },
  /** The whole credential after each later event, as the chain keeps it. */
  credential_states: {
    columns: {
      credential: key(),
      ...ORIGIN,
      state: code(CREDENTIAL_STATES),
      valid_from: seconds(),
      valid_until: seconds(),
      gap_from: seconds(),
      gap_until: seconds(),
      account: key(),
      reason: optional(text()),
    },
    primaryKey: ['credential', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
