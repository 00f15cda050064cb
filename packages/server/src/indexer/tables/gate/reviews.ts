import { REVIEW_STATES, SCAN_VERDICTS } from 'stemma/core'
import {
  block,
  BY_BLOCK,
  code,
  digest,
  id,
  key,
  mask,
  optional,
  ORIGIN,
  seconds,
  small,
  text,
  type Table,
} from '../columns.ts'

/** Reviews of models and artifacts, certifications, and scan reports. */
export const REVIEW_TABLES = {
  /** Reviews as they were requested. The subject is a model's id, or the digest of unregistered weights. */
  reviews: {
    columns: {
      subject: id(),
      weights: digest(),
      /** The model; null when the subject is an artifact. */
      model: optional(key()),
      requester: key(),
      ready_at: seconds(),
      ready_block: block(),
      quorum: small(),
      uri: text(),
      ...ORIGIN,
    },
    primaryKey: ['subject'],
    indexes: [BY_BLOCK, { columns: ['weights'] }, { columns: ['model'], where: 'model IS NOT NULL' }],
    undo: 'block',
  },
  /** The state of a subject's review after each event, the request included. A recall is possible without a review. */
  review_states: {
    columns: {
      subject: id(),
      ...ORIGIN,
      state: code(REVIEW_STATES),
      /** Mask of the rights for which it is cleared. */
      uses: mask(),
      account: key(),
      reason: optional(text()),
    },
    primaryKey: ['subject', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Certifications, and their withdrawals (`until` 0, with a reason); the last row counts. */
  certifications: {
    columns: {
      subject: id(),
      ...ORIGIN,
      weights: optional(digest()),
      /** The certifier, or the account that withdrew it. */
      account: key(),
      uses: mask(),
      until: seconds(),
      reason: optional(text()),
    },
    primaryKey: ['subject', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Scan reports. */
  scans: {
    columns: {
      weights: digest(),
      scanner: key(),
      ...ORIGIN,
      report: digest(),
      ruleset: digest(),
      scanned_at: seconds(),
      verdict: code(SCAN_VERDICTS),
      uri: text(),
    },
    primaryKey: ['weights', 'scanner', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** The organization of a scanner; null when it belongs to itself. */
  organizations: {
    columns: { scanner: key(), ...ORIGIN, organization: optional(digest()) },
    primaryKey: ['scanner', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Settings for later reviews: a period in seconds, or a quorum. */
  gate_settings: {
    columns: { ...ORIGIN, period: optional(seconds()), quorum: optional(small()) },
    primaryKey: ['block', 'log'],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
