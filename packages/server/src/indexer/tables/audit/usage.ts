import { BY_BLOCK, BYTES, KEY, ORIGIN, TEXT, type Table } from '../columns.ts'

/** Logs of the calls under credentials. */
export const USAGE_TABLES = {
  /** Logs of the calls under a credential, one for each operator that keeps one. */
  usage_logs: {
    columns: { n: KEY, id: BYTES, operator: KEY, credential: KEY, ...ORIGIN },
    primaryKey: ['n'],
    natural: 'id',
    indexes: [{ columns: ['credential', 'n'] }, { columns: ['operator', 'n'] }],
    undo: 'n',
  },
  /** How far a usage log had come. Counts are decimal numbers, and totals since the log began. */
  usage_checkpoints: {
    columns: { usage_log: KEY, ...ORIGIN, size: TEXT, root: BYTES, calls: TEXT, tokens: TEXT },
    primaryKey: ['usage_log', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
