import { CLAIM_STATES, type ClaimId, EVIDENCE_GRADES, RELATION_NAMES } from 'stemma/core'
import { BY_BLOCK, code, digest, flag, id, key, optional, ORIGIN, seconds, text, wide, type Table } from '../columns.ts'

/** Claims, what became of them, what came to be known of edges, and deposits. */
export const CLAIM_TABLES = {
  /** Claims that a model, or a product that nobody registered, derives from a model and did not say so. */
  claims: {
    columns: {
      n: key(),
      id: id<ClaimId>(),
      /** Id of the model, or digest that stands for the product. */
      subject: id(),
      /** The model; nothing when the subject is a product. */
      model: optional(key()),
      product: flag(),
      parent: key(),
      relation: code(RELATION_NAMES, 1),
      claimant: key(),
      commitment: digest(),
      contest_until: seconds(),
      /** Wei. */
      deposit: wide(),
      ...ORIGIN,
    },
    primaryKey: ['n'],
    natural: 'id',
    indexes: [{ columns: ['subject', 'n'] }, { columns: ['parent', 'n'] }, { columns: ['claimant', 'n'] }],
    undo: 'n',
  },
  /** Where a claim stands after each later event of it; one without a row is filed. */
  claim_states: {
    columns: {
      claim: key(),
      ...ORIGIN,
      state: code(CLAIM_STATES),
      /** Whether the evidence has been shown. */
      disclosed: flag(),
      /** Whether an adjudicator has taken it up for ruling. */
      accepted: flag(),
      contest_until: seconds(),
      /** Who did it; nothing for a disclosure and a withdrawal. */
      account: optional(key()),
      /** SHA-256 of the document, and the salt, in the row of the disclosure. */
      evidence: optional(digest()),
      salt: optional(digest()),
      uri: optional(text()),
    },
    primaryKey: ['claim', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** What came to be known of an edge after its row in `edges`, and with it: the last row has its grade. A declared edge without a row is declared. */
  edge_grades: {
    columns: {
      child: key(),
      parent: key(),
      ...ORIGIN,
      grade: code(EVIDENCE_GRADES),
      /** The relation that was stated with it; null when it is only countersigned. */
      relation: optional(code(RELATION_NAMES, 1)),
      undisclosed: optional(flag()),
      claim: optional(key()),
      account: optional(key()),
    },
    primaryKey: ['child', 'parent', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Deposits of claims: credited to an account (of a claim), or taken back by it (to a recipient). */
  deposits: {
    columns: {
      account: key(),
      ...ORIGIN,
      claim: optional(key()),
      recipient: optional(key()),
      /** Wei. */
      amount: wide(),
    },
    primaryKey: ['account', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
