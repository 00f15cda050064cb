import { CREDENTIAL_STATES, type CredentialId } from 'stemma/core'
import { BY_BLOCK, code, digest, id, key, mask, optional, ORIGIN, seconds, text, type Table } from '../columns.ts'

/** What was stated when a credential was issued last. */
const ISSUED = {
  /** The credential under which it was issued. */
  parent: optional(key()),
  payment: optional(digest()),
  agreement: optional(digest()),
  /** Rights that the agreement gives beyond the terms of the tier. */
  lifts: mask(),
} as const

/** Credentials, what became of them, and who asked for one. */
export const CREDENTIAL_TABLES = {
  /** Credentials as they were issued first: active, without a gap. */
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
      ...ISSUED,
      ...ORIGIN,
    },
    primaryKey: ['n'],
    natural: 'id',
    indexes: [
      { columns: ['model', 'holder'] },
      { columns: ['holder', 'n'] },
      { columns: ['tier', 'n'] },
      { columns: ['parent'], where: 'parent IS NOT NULL' },
    ],
    undo: 'n',
  },
  /**
   * The whole credential after each later event, as the chain keeps it by itself: what its parent takes from a sub-credential is left
   * out. An `active` row whose account is the publisher or the parent's holder may be another issue of the same id, in place of a
   * sub-credential.
   */
  credential_states: {
    columns: {
      credential: key(),
      ...ORIGIN,
      state: code(CREDENTIAL_STATES),
      valid_from: seconds(),
      valid_until: seconds(),
      gap_from: seconds(),
      gap_until: seconds(),
      ...ISSUED,
      account: key(),
      reason: optional(text()),
    },
    primaryKey: ['credential', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['parent'], where: 'parent IS NOT NULL' }],
    undo: 'block',
  },
  /** What accounts asked publishers for. Nothing follows from a request. */
  credential_requests: {
    columns: {
      model: key(),
      tier: key(),
      holder: key(),
      details: optional(digest()),
      uri: text(),
      ...ORIGIN,
    },
    primaryKey: ['block', 'log'],
    indexes: [{ columns: ['model'] }, { columns: ['tier'] }, { columns: ['holder'] }],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
