import { BY_BLOCK, digest, flag, key, optional, ORIGIN, seconds, text, type Table } from '../columns.ts'

/** What publishers say of themselves, and who may act for them. */
export const PUBLISHER_TABLES = {
  /** What publishers say of themselves; the last row counts. */
  profiles: {
    columns: { publisher: key(), ...ORIGIN, profile: optional(digest()), domain: text() },
    primaryKey: ['publisher', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['domain'] }],
    undo: 'block',
  },
  /** Words of verifiers that a profile is true until a time; 0 withdraws it, and a new profile ends it. */
  verifications: {
    columns: { publisher: key(), ...ORIGIN, verifier: key(), profile: optional(digest()), until: seconds() },
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
  /** Hand-overs of a publisher's control: proposed (`accepted` 0; no controller withdraws it), or done (`accepted` 1). */
  controllers: {
    columns: { publisher: key(), ...ORIGIN, controller: optional(key()), previous: optional(key()), accepted: flag() },
    primaryKey: ['publisher', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['controller'], where: 'controller IS NOT NULL' }],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
