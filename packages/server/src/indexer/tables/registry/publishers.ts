import { BY_BLOCK, digest, flag, key, optional, ORIGIN, seconds, text, type Table } from '../columns.ts'

/** Profiles of publishers, and who may act for them. */
export const PUBLISHER_TABLES = {
  /** Profiles that publishers stated; the last row counts. */
  profiles: {
    columns: { publisher: key(), ...ORIGIN, profile: optional(digest()), domain: text() },
    primaryKey: ['publisher', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['domain'] }],
    undo: 'block',
  },
  /** Verifications of a profile for a time; 0 withdraws one, and a new profile or a new controller ends it. */
  verifications: {
    columns: {
      publisher: key(),
      ...ORIGIN,
      verifier: key(),
      profile: optional(digest()),
      since: seconds(),
      until: seconds(),
    },
    primaryKey: ['publisher', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Who may act for a publisher until a time; 0 removes it, and a change of controller ends all. */
  operators: {
    columns: { publisher: key(), ...ORIGIN, operator: key(), until: seconds() },
    primaryKey: ['publisher', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['operator'] }],
    undo: 'block',
  },
  /** Transfers of control over a publisher: proposed (null withdraws the proposal) or accepted. */
  controllers: {
    columns: { publisher: key(), ...ORIGIN, controller: optional(key()), previous: optional(key()), accepted: flag() },
    primaryKey: ['publisher', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['controller'], where: 'controller IS NOT NULL' }],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
