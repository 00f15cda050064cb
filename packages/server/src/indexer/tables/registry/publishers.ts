import { BY_BLOCK, KEY, OPTIONAL_BYTES, OPTIONAL_KEY, ORIGIN, SMALL, TEXT, TIME, type Table } from '../columns.ts'

/** What publishers say of themselves, and who may act for them. */
export const PUBLISHER_TABLES = {
  /** What publishers say of themselves; the last row counts. */
  profiles: {
    columns: { publisher: KEY, ...ORIGIN, profile: OPTIONAL_BYTES, domain: TEXT },
    primaryKey: ['publisher', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['domain'] }],
    undo: 'block',
  },
  /** Words of verifiers that a profile is true until a time; 0 withdraws it, and a new profile ends it. */
  verifications: {
    columns: { publisher: KEY, ...ORIGIN, verifier: KEY, profile: OPTIONAL_BYTES, until: TIME },
    primaryKey: ['publisher', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Who may act for a publisher until a time; 0 removes it, and a change of controller ends all. */
  operators: {
    columns: { publisher: KEY, ...ORIGIN, operator: KEY, until: TIME },
    primaryKey: ['publisher', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['operator'] }],
    undo: 'block',
  },
  /** Hand-overs of a publisher's control: proposed (`accepted` 0; no controller withdraws it), or done (`accepted` 1). */
  controllers: {
    columns: { publisher: KEY, ...ORIGIN, controller: OPTIONAL_KEY, previous: OPTIONAL_KEY, accepted: SMALL },
    primaryKey: ['publisher', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['controller'], where: 'controller IS NOT NULL' }],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
