import { BYTES, KEY, OPTIONAL_KEY, ORIGIN, SMALL, TIME, type Table } from './columns.ts'

/** What is kept of the chain itself: how far the index is, blocks, events, and who is named in them. */
export const CHAIN_TABLES = {
  /** One row: how far the database is, of which ledger it is, and which version of this schema it has. */
  checkpoint: {
    columns: {
      n: KEY,
      version: KEY,
      chain_id: { type: 'block' },
      ledger: BYTES,
      /** The last block whose events are all in. */
      block: { type: 'block' },
      hash: BYTES,
      time: TIME,
      /** Newest block that will not be undone any more. */
      finalized: { type: 'block' },
      /** Newest block that the node had when this was written. */
      head: { type: 'block' },
      /** 1 when the indexes are made. */
      indexed: SMALL,
    },
    primaryKey: ['n'],
    undo: 'none',
  },
  /** Blocks that hold events. */
  blocks: {
    columns: { number: { type: 'block' }, hash: BYTES, parent_hash: BYTES, time: TIME },
    primaryKey: ['number'],
    indexes: [{ columns: ['time'] }],
    undo: 'number',
  },
  /** Every block that may still be undone, by which a reorganisation is recognised. */
  heads: {
    columns: { number: { type: 'block' }, hash: BYTES },
    primaryKey: ['number'],
    undo: 'number',
  },
  /** Every event, with what it is about: `subject` is a key of the table that the kind is of. */
  events: {
    columns: {
      ...ORIGIN,
      /** A code of `EVENT_KINDS`. */
      kind: SMALL,
      transaction_hash: BYTES,
      subject: OPTIONAL_KEY,
      model: OPTIONAL_KEY,
      /** Who did it: the publisher of a registration, the issuer of a credential, or the account that the event names. */
      account: OPTIONAL_KEY,
    },
    primaryKey: ['block', 'log'],
    indexes: [
      { columns: ['model', 'block', 'log'], where: 'model IS NOT NULL' },
      { columns: ['account', 'block', 'log'], where: 'account IS NOT NULL' },
      { columns: ['kind', 'block', 'log'] },
    ],
    undo: 'block',
  },
  /** Accounts in the order in which they were first named. A publisher is an account. */
  accounts: {
    columns: { n: KEY, address: BYTES, block: { type: 'block' } },
    primaryKey: ['n'],
    natural: 'address',
    undo: 'n',
  },
} as const satisfies Record<string, Table>
