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

/** Models, what they were made from, and what they are offered under. */
export const MODEL_TABLES = {
  /** Templates, which have a name, and sets of terms, which have components instead. */
  terms: {
    columns: {
      n: KEY,
      id: BYTES,
      name: { type: 'text', optional: true },
      uri: { type: 'text', optional: true },
      text: OPTIONAL_BYTES,
      /** What an evaluation reads: of a set, what `bodyOfSet` makes of its components. */
      rights: MASK,
      unstated: MASK,
      obligations: MASK,
      weights_terms: OPTIONAL_KEY,
      code_terms: OPTIONAL_KEY,
      outputs_terms: OPTIONAL_KEY,
      account: KEY,
      ...ORIGIN,
    },
    primaryKey: ['n'],
    natural: 'id',
    indexes: [{ columns: ['name'] }],
    undo: 'n',
  },
  /** Thresholds of terms, of sets too; `amount` is the limit as a decimal number below 2^128. */
  thresholds: {
    columns: {
      terms: KEY,
      position: SMALL,
      metric: SMALL,
      amount: TEXT,
      withdraws: MASK,
      adds: MASK,
      block: ORIGIN.block,
    },
    primaryKey: ['terms', 'position'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Registrations, whole: with its edges of grade `declared` in the order of `position`, each gives the model's id. */
  models: {
    columns: {
      n: KEY,
      id: BYTES,
      publisher: KEY,
      weights: BYTES,
      datasets: OPTIONAL_BYTES,
      method: OPTIONAL_BYTES,
      terms: OPTIONAL_KEY,
      uri: TEXT,
      /** What people call it: the last part of the uri's path, in lower case. */
      name: TEXT,
      ...ORIGIN,
    },
    primaryKey: ['n'],
    natural: 'id',
    indexes: [
      { columns: ['weights'] },
      { columns: ['datasets'], where: 'datasets IS NOT NULL' },
      { columns: ['name'] },
      { columns: ['publisher', 'n'] },
      { columns: ['terms', 'n'], where: 'terms IS NOT NULL' },
    ],
    undo: 'n',
  },
  /** Which model was made from which, each pair once: the first evidence of it. */
  edges: {
    columns: {
      child: KEY,
      parent: KEY,
      /** A code of `RELATIONS`. */
      relation: SMALL,
      /** Number of one of `EVIDENCE_GRADES`. */
      grade: SMALL,
      /** 1 when a claim had to bring it out; 0 when the publisher named the parent, at once or later. */
      undisclosed: SMALL,
      /** Place among the parents of the registration; -1 when it does not name the parent. */
      position: SMALL,
      /** The claim that brought it to light. */
      claim: OPTIONAL_KEY,
      ...ORIGIN,
    },
    primaryKey: ['child', 'parent'],
    indexes: [{ columns: ['parent', 'child'] }, { columns: ['block'], where: 'position = -1' }],
    undo: 'child',
  },
  /** What became of a model after its registration; a model without a row is active. */
  model_statuses: {
    columns: {
      model: KEY,
      ...ORIGIN,
      /** A place in `MODEL_STATUSES`. */
      status: SMALL,
      successor: OPTIONAL_KEY,
      account: KEY,
      reason: { type: 'text', optional: true },
    },
    primaryKey: ['model', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['successor'], where: 'successor IS NOT NULL' }],
    undo: 'block',
  },
  /** Batches of registrations that a publisher has anchored by the root of their Merkle tree. */
  batches: {
    columns: { publisher: KEY, root: BYTES, count: MASK, uri: TEXT, ...ORIGIN },
    primaryKey: ['publisher', 'root'],
    indexes: [BY_BLOCK, { columns: ['root'] }],
    undo: 'block',
  },
  /** Models that came out of a batch of their publisher's: they count as registered at `anchored_at`. */
  materializations: {
    columns: { model: KEY, root: BYTES, anchored_at: TIME, ...ORIGIN },
    primaryKey: ['model'],
    indexes: [BY_BLOCK, { columns: ['root', 'model'] }],
    undo: 'block',
  },
  /** Terms that a publisher offers for a model. */
  tiers: {
    columns: {
      n: KEY,
      id: BYTES,
      model: KEY,
      publisher: KEY,
      terms: KEY,
      pass_through: MASK,
      open: SMALL,
      /** Seconds, 0 for no bound. */
      max_duration: TIME,
      /** Decimal numbers below 2^64: calls and tokens under one credential, 0 for no bound. */
      call_quota: TEXT,
      token_quota: TEXT,
      name: TEXT,
      uri: TEXT,
      ...ORIGIN,
    },
    primaryKey: ['n'],
    natural: 'id',
    indexes: [{ columns: ['model', 'n'] }, { columns: ['terms', 'n'] }],
    undo: 'n',
  },
  /** Tiers that are no longer offered. */
  tier_withdrawals: {
    columns: { tier: KEY, account: KEY, ...ORIGIN },
    primaryKey: ['tier'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
