import {
  BY_BLOCK,
  BYTES,
  KEY,
  OPTIONAL_BYTES,
  OPTIONAL_KEY,
  ORIGIN,
  SMALL,
  TEXT,
  TIME,
  type Table,
} from '../columns.ts'

/** Claims, what became of them, what came to be known of edges, and deposits. */
export const CLAIM_TABLES = {
  /** Claims that a model, or a product that nobody registered, derives from a model and did not say so. */
  claims: {
    columns: {
      n: KEY,
      id: BYTES,
      /** Id of the model, or digest that stands for the product. */
      subject: BYTES,
      /** The model; nothing when the subject is a product. */
      model: OPTIONAL_KEY,
      product: SMALL,
      parent: KEY,
      /** A code of `RELATIONS`. */
      relation: SMALL,
      claimant: KEY,
      commitment: BYTES,
      contest_until: TIME,
      /** Wei, as a decimal number. */
      deposit: TEXT,
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
      claim: KEY,
      ...ORIGIN,
      /** A place in `CLAIM_STATES`. */
      state: SMALL,
      /** 1 when the evidence has been shown. */
      disclosed: SMALL,
      /** 1 when an adjudicator has taken it up for ruling. */
      accepted: SMALL,
      contest_until: TIME,
      /** Who did it; nothing for a disclosure and a withdrawal. */
      account: OPTIONAL_KEY,
      /** SHA-256 of the document, and the salt, in the row of the disclosure. */
      evidence: OPTIONAL_BYTES,
      salt: OPTIONAL_BYTES,
      uri: { type: 'text', optional: true },
    },
    primaryKey: ['claim', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** What came to be known of an edge after its row in `edges`, and with it: the last row has its grade. A declared edge without a row is declared. */
  edge_grades: {
    columns: {
      child: KEY,
      parent: KEY,
      ...ORIGIN,
      /** Number of one of `EVIDENCE_GRADES`. */
      grade: SMALL,
      /** What is said of the relation with it; nothing when it is only countersigned. */
      relation: { type: 'small', optional: true },
      undisclosed: { type: 'small', optional: true },
      claim: OPTIONAL_KEY,
      account: OPTIONAL_KEY,
    },
    primaryKey: ['child', 'parent', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Deposits of claims: credited to an account (of a claim), or taken back by it (to a recipient). */
  deposits: {
    columns: {
      account: KEY,
      ...ORIGIN,
      claim: OPTIONAL_KEY,
      recipient: OPTIONAL_KEY,
      /** Wei, as a decimal number. */
      amount: TEXT,
    },
    primaryKey: ['account', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
