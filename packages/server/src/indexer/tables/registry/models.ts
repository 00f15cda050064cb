import { EVIDENCE_GRADES, MODEL_STATUSES, type ModelId, PART_NAMES, RELATION_NAMES } from 'stemma/core'
import {
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

/** Models, what became of them, and what they were made from. */
export const MODEL_TABLES = {
  /** Whole registrations: with its edges that have a `position`, in that order, each hashes to the model's id. */
  models: {
    columns: {
      n: key(),
      id: id<ModelId>(),
      publisher: key(),
      weights: digest(),
      tensors: optional(digest()),
      annex: optional(digest()),
      datasets: optional(digest()),
      method: optional(digest()),
      terms: optional(key()),
      uri: text(),
      /** Its name: the last part of the URI's path, in lower case. */
      name: text(),
      ...ORIGIN,
    },
    primaryKey: ['n'],
    natural: 'id',
    indexes: [
      { columns: ['weights'] },
      { columns: ['tensors'], where: 'tensors IS NOT NULL' },
      { columns: ['datasets'], where: 'datasets IS NOT NULL' },
      { columns: ['name'] },
      { columns: ['publisher', 'n'] },
      { columns: ['terms', 'n'], where: 'terms IS NOT NULL' },
    ],
    undo: 'n',
  },
  /** Which model was made from which. Each pair has one row, of the first evidence. */
  edges: {
    columns: {
      child: key(),
      parent: key(),
      relation: code(RELATION_NAMES, 1),
      /** What of the parent was used; null where the registration does not name the parent. */
      part: optional(code(PART_NAMES)),
      grade: code(EVIDENCE_GRADES),
      /** Whether a claim had to bring it out; false when the publisher named the parent, at once or later. */
      undisclosed: flag(),
      /** Place among the parents of the registration; -1 when it does not name the parent. */
      position: small(),
      /** The claim that revealed it. */
      claim: optional(key()),
      ...ORIGIN,
    },
    // A parent may be declared by one relation and attested by another, and attested again after it was detached.
    primaryKey: ['child', 'parent', 'block', 'log'],
    indexes: [{ columns: ['parent', 'child'] }, { columns: ['block'], where: 'position = -1' }],
    undo: 'child',
  },
  /** Parents that nobody had registered when a registration named them. */
  external_parents: {
    columns: {
      child: key(),
      /** The id of the parent's name. */
      external: id<ModelId>(),
      relation: code(RELATION_NAMES, 1),
      part: code(PART_NAMES),
      /** Place among the parents of the registration. */
      position: small(),
      ...ORIGIN,
    },
    primaryKey: ['child', 'position'],
    indexes: [{ columns: ['external', 'child'] }],
    undo: 'child',
  },
  /** Under which names registered models may be external parents: by their tensors, and by their place on the Hub. */
  registered_names: {
    columns: { model: key(), external: id<ModelId>(), name: text(), ...ORIGIN },
    primaryKey: ['model', 'external'],
    indexes: [BY_BLOCK, { columns: ['external', 'model'] }],
    undo: 'block',
  },
  /** What became of a model after its registration; a model without a row is active. */
  model_statuses: {
    columns: {
      model: key(),
      ...ORIGIN,
      status: code(MODEL_STATUSES),
      successor: optional(key()),
      account: key(),
      reason: optional(text()),
    },
    primaryKey: ['model', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['successor'], where: 'successor IS NOT NULL' }],
    undo: 'block',
  },
  /** Batches of registrations that a publisher has anchored by the root of their Merkle tree. */
  batches: {
    columns: { publisher: key(), root: digest(), count: mask(), uri: text(), ...ORIGIN },
    primaryKey: ['publisher', 'root'],
    indexes: [BY_BLOCK, { columns: ['root'] }],
    undo: 'block',
  },
  /** Batches from which nothing can be materialized any more. */
  batch_revocations: {
    columns: { publisher: key(), root: digest(), ...ORIGIN },
    primaryKey: ['publisher', 'root'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Models from a batch of their publisher, which count as registered at `registered_at`. */
  materializations: {
    columns: { model: key(), root: digest(), registered_at: seconds(), ...ORIGIN },
    primaryKey: ['model'],
    indexes: [BY_BLOCK, { columns: ['root', 'model'] }],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
