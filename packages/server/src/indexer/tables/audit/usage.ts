import { SERVING_GRADES, type LogId } from 'stemma/core'
import { BY_BLOCK, code, digest, id, key, mask, optional, ORIGIN, seconds, text, wide, type Table } from '../columns.ts'

/** Logs of the calls under credentials. */
export const USAGE_TABLES = {
  /** Logs of the calls under a credential, one for each operator that keeps one and each epoch: the last is open. */
  usage_logs: {
    columns: { n: key(), id: id<LogId>(), operator: key(), credential: key(), epoch: mask(), ...ORIGIN },
    primaryKey: ['n'],
    natural: 'id',
    indexes: [{ columns: ['credential', 'n'] }, { columns: ['operator', 'n'] }],
    undo: 'n',
  },
  /** How far a usage log had come. Counts are totals since the log began. */
  usage_checkpoints: {
    columns: { usage_log: key(), ...ORIGIN, size: wide(), root: digest(), calls: wide(), tokens: wide() },
    primaryKey: ['usage_log', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /**
   * Which model answers at an endpoint, as a publisher stated it. Of the rows here and in `serving_revocations` of a publisher and an
   * endpoint, that with the highest revision counts.
   */
  serving_statements: {
    columns: {
      publisher: key(),
      ...ORIGIN,
      model: digest(),
      endpoint: digest(),
      statement: digest(),
      origin: text(),
      name: text(),
      since: seconds(),
      until: seconds(),
      grade: code(SERVING_GRADES),
      evidence: optional(digest()),
      revision: mask(),
    },
    primaryKey: ['block', 'log'],
    indexes: [{ columns: ['publisher'] }, { columns: ['model'] }, { columns: ['endpoint'] }],
    undo: 'block',
  },
  /** A publisher took back what it had stated about an endpoint. */
  serving_revocations: {
    columns: { publisher: key(), ...ORIGIN, endpoint: digest(), revision: mask() },
    primaryKey: ['block', 'log'],
    indexes: [{ columns: ['endpoint'] }],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
