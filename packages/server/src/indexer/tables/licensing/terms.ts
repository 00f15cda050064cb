import type { TermsId } from 'stemma/core'
import { BY_BLOCK, digest, id, key, mask, optional, ORIGIN, small, text, wide, type Table } from '../columns.ts'

/** Licenses in machine-readable form. */
export const TERMS_TABLES = {
  /** Terms, which have a name, and sets of terms, which have components instead. */
  terms: {
    columns: {
      n: key(),
      id: id<TermsId>(),
      name: optional(text()),
      uri: optional(text()),
      text: optional(digest()),
      /** What an evaluation reads; for a set, `bodyOfSet` of its components. */
      rights: mask(),
      unstated: mask(),
      flags: mask(),
      family: small(),
      outbound: wide(),
      duties: wide(),
      weights_terms: optional(key()),
      code_terms: optional(key()),
      outputs_terms: optional(key()),
      account: key(),
      ...ORIGIN,
    },
    primaryKey: ['n'],
    natural: 'id',
    indexes: [{ columns: ['name'] }],
    undo: 'n',
  },
  /** Thresholds of terms and sets; `amount` is the limit. */
  thresholds: {
    columns: {
      terms: key(),
      position: small(),
      metric: small(),
      subject: small(),
      amount: wide(),
      withdraws: mask(),
      adds: mask(),
      uses: mask(),
      param: mask(),
      flags: small(),
      block: ORIGIN.block,
    },
    primaryKey: ['terms', 'position'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
