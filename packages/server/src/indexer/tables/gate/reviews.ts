import { REVIEW_STATES, SCAN_SCOPES, SCAN_VERDICTS } from 'stemma/core'
import {
  block,
  BY_BLOCK,
  code,
  digest,
  flag,
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
  /** The state of a subject's review after each event, the request included. */
  review_states: {
    columns: {
      subject: id(),
      ...ORIGIN,
      state: code(REVIEW_STATES),
      account: key(),
    },
    primaryKey: ['subject', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Where scanners can fetch the weights, as it was corrected. An account that acts for the model's publisher is preferred. */
  review_uris: {
    columns: { subject: id(), ...ORIGIN, account: key(), by_publisher: flag(), uri: text() },
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
      /** Null when the scanner could not compute it. */
      tensors: optional(digest()),
      scope: code(SCAN_SCOPES),
      report: digest(),
      ruleset: digest(),
      scanned_at: seconds(),
      verdict: code(SCAN_VERDICTS),
      uri: text(),
    },
    primaryKey: ['weights', 'scanner', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['tensors'], where: 'tensors IS NOT NULL' }],
    undo: 'block',
  },
  /** The organization of a scanner; null when it belongs to itself. */
  organizations: {
    columns: { scanner: key(), ...ORIGIN, organization: optional(digest()) },
    primaryKey: ['scanner', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Settings for later reviews: a period or a margin in seconds, a minimum of blocks, or a quorum. */
  gate_settings: {
    columns: {
      ...ORIGIN,
      period: optional(seconds()),
      margin: optional(seconds()),
      blocks: optional(block()),
      quorum: optional(small()),
    },
    primaryKey: ['block', 'log'],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
