import {
  BY_BLOCK,
  BYTES,
  KEY,
  MASK,
  OPTIONAL_BYTES,
  OPTIONAL_KEY,
  ORIGIN,
  SMALL,
  TEXT,
  TIME,
  type Table,
} from '../columns.ts'

/** Reviews of models and artefacts, and the words of scanners and certifiers. */
export const REVIEW_TABLES = {
  /** Reviews as they were requested. The subject is a model's id, or the digest of weights that nobody registered. */
  reviews: {
    columns: {
      subject: BYTES,
      weights: BYTES,
      /** The model; nothing when the subject is an artefact. */
      model: OPTIONAL_KEY,
      requester: KEY,
      ready_at: TIME,
      ready_block: { type: 'block' },
      quorum: SMALL,
      uri: TEXT,
      ...ORIGIN,
    },
    primaryKey: ['subject'],
    indexes: [BY_BLOCK, { columns: ['weights'] }, { columns: ['model'], where: 'model IS NOT NULL' }],
    undo: 'block',
  },
  /** Where the review of a subject stands after each event, the request included; a recall needs no review before. */
  review_states: {
    columns: {
      subject: BYTES,
      ...ORIGIN,
      /** A place in `REVIEW_STATES`. */
      state: SMALL,
      /** Mask of the rights for which it is cleared. */
      uses: MASK,
      account: KEY,
      reason: { type: 'text', optional: true },
    },
    primaryKey: ['subject', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Words of certifiers, and their ends (`until` 0, with a reason); the last row counts. */
  certifications: {
    columns: {
      subject: BYTES,
      ...ORIGIN,
      weights: OPTIONAL_BYTES,
      /** The certifier, or who took it back. */
      account: KEY,
      uses: MASK,
      until: TIME,
      reason: { type: 'text', optional: true },
    },
    primaryKey: ['subject', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Scan reports. */
  scans: {
    columns: {
      weights: BYTES,
      scanner: KEY,
      ...ORIGIN,
      report: BYTES,
      ruleset: BYTES,
      scanned_at: TIME,
      /** A place in `SCAN_VERDICTS`. */
      verdict: SMALL,
      uri: TEXT,
    },
    primaryKey: ['weights', 'scanner', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** To which organization a scanner belongs; nothing when to itself. */
  organizations: {
    columns: { scanner: KEY, ...ORIGIN, organization: OPTIONAL_BYTES },
    primaryKey: ['scanner', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** What holds for later reviews: a period in seconds, or a quorum. */
  gate_settings: {
    columns: { ...ORIGIN, period: { type: 'time', optional: true }, quorum: { type: 'small', optional: true } },
    primaryKey: ['block', 'log'],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
