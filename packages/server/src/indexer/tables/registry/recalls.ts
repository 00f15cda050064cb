import { type ModelId, RECALL_KINDS } from 'stemma/core'
import { BY_BLOCK, code, digest, flag, id, key, optional, ORIGIN, seconds, text, type Table } from '../columns.ts'

/** Recalls by the authority, and what is known of parents that nobody registered. */
export const RECALL_TABLES = {
  /** Recalls of a digest of a kind, and their undoing; the last row of a digest has its state. */
  recalls: {
    columns: {
      kind: code(RECALL_KINDS),
      digest: digest(),
      ...ORIGIN,
      undone: flag(),
      /** Until when the recall may be undone; 0 for a final one, and in the row of an undo. */
      undo_until: seconds(),
      account: key(),
      reason: text(),
    },
    primaryKey: ['digest', 'kind', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Names behind the ids of external parents, as anybody gave them. */
  external_names: {
    columns: { external: id<ModelId>(), ...ORIGIN, name: text() },
    primaryKey: ['external', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Bindings of external parents to the ids of models, registered or not; the last row of a pair counts. */
  external_bindings: {
    columns: {
      external: id<ModelId>(),
      model: id<ModelId>(),
      ...ORIGIN,
      /** True when the binding was made, false when it was removed. */
      bound: flag(),
      account: key(),
      /** SHA-256 of the document that says why; null for a removal, and where there is none. */
      evidence: optional(digest()),
    },
    primaryKey: ['external', 'model', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
