import {
  CLAIM_STATES,
  type ClaimId,
  EVIDENCE_GRADES,
  INHERITANCE_STATES,
  type ModelId,
  RELATION_NAMES,
} from 'stemma/core'
import { BY_BLOCK, code, digest, flag, id, key, optional, ORIGIN, seconds, text, wide, type Table } from '../columns.ts'

/** Claims, what became of them, later evidence of edges, and deposits. */
export const CLAIM_TABLES = {
  /** Claims that a model or an unregistered product derives from a model without saying so. */
  claims: {
    columns: {
      n: key(),
      id: id<ClaimId>(),
      /** Id of the model, or digest that stands for the product. */
      subject: id(),
      /** The model; null when the subject is a product. */
      model: optional(key()),
      product: flag(),
      parent: key(),
      relation: code(RELATION_NAMES, 1),
      /** The external parent of the model that is really `parent`, according to the claim. */
      replaces: optional(id<ModelId>()),
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
  /** The state of a claim after each later event; a claim without a row is filed. */
  claim_states: {
    columns: {
      claim: key(),
      ...ORIGIN,
      state: code(CLAIM_STATES),
      /** Whether the evidence is disclosed. */
      disclosed: flag(),
      /** Whether an adjudicator has taken it up for ruling. */
      accepted: flag(),
      contest_until: seconds(),
      /** Who did it; null for a disclosure and a withdrawal. */
      account: optional(key()),
      /** SHA-256 of the document, in the row of the disclosure and in those of a new URI; the salt in that of the disclosure. */
      evidence: optional(digest()),
      salt: optional(digest()),
      uri: optional(text()),
    },
    primaryKey: ['claim', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** The tensors to which an adjudicator extended an upheld claim: what is registered with them may inherit it. */
  claim_extensions: {
    columns: { claim: key(), ...ORIGIN, tensors: digest(), account: key() },
    primaryKey: ['claim', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Upheld claims by the models that inherit them or would, each once: when it was first asked for. */
  inheritances: {
    columns: {
      claim: key(),
      model: key(),
      ...ORIGIN,
      /** 0 when the model inherited at once. */
      contest_until: seconds(),
    },
    primaryKey: ['claim', 'model'],
    indexes: [BY_BLOCK, { columns: ['claim', 'block', 'log'] }, { columns: ['model', 'block', 'log'] }],
    undo: 'block',
  },
  /** The state of an inheritance after each later event; one without a row is pending. */
  inheritance_states: {
    columns: {
      claim: key(),
      model: key(),
      ...ORIGIN,
      state: code(INHERITANCE_STATES),
      /** Who contested or ruled; null when the model inherited without a ruling. */
      account: optional(key()),
      /** Where the reasons are; null when the model inherited without a ruling. */
      uri: optional(text()),
    },
    primaryKey: ['claim', 'model', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Evidence of an edge, with its row in `edges` and after it; the last row has its grade. An edge without a row here is declared. */
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
      /** Whether the publisher took the attested edge back, which ends it. */
      detached: flag(),
    },
    primaryKey: ['child', 'parent', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['child', 'parent'], where: 'detached = 1' }],
    undo: 'block',
  },
  /** External parents of a model that a ruling replaced by the parent of its claim. */
  external_replacements: {
    columns: { child: key(), external: id<ModelId>(), claim: key(), ...ORIGIN },
    primaryKey: ['child', 'external'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Statements of publishers which model an external parent is; the last row of a publisher and a pair counts. */
  binding_statements: {
    columns: {
      external: id<ModelId>(),
      model: key(),
      publisher: key(),
      /** False where the publisher took it back. */
      bound: flag(),
      account: key(),
      /** SHA-256 of the document that says why; null where there is none. */
      evidence: optional(digest()),
      ...ORIGIN,
    },
    primaryKey: ['block', 'log'],
    indexes: [{ columns: ['external', 'publisher'] }, { columns: ['publisher'] }],
    undo: 'block',
  },
  /** Deposits of claims: credited to an account, or withdrawn by it to a recipient. */
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
