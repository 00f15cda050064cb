import type { LogId } from 'stemma/core'
import { BY_BLOCK, digest, id, key, mask, ORIGIN, seconds, text, wide, type Table } from '../columns.ts'

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
  /** Which model answers at an endpoint, as a publisher stated it; the last row for a publisher and an endpoint counts. */
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
    },
    primaryKey: ['block', 'log'],
    indexes: [{ columns: ['publisher'] }, { columns: ['model'] }, { columns: ['endpoint'] }],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
