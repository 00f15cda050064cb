import {
  address,
  block,
  chainId,
  code,
  flag,
  id,
  key,
  optional,
  ORIGIN,
  seconds,
  small,
  type Table,
} from './columns.ts'

/**
 * What is known of an index: `following` its chain, `foreign` because the node has another chain at its place, so that it is to
 * be rebuilt, or `waiting` for a node that does not answer.
 */
export const INDEX_STATES = ['following', 'foreign', 'waiting'] as const

/** The chain itself: how far the index is, blocks, events and accounts. */
export const CHAIN_TABLES = {
  /** One row: how far the database is, which ledger it holds, and the version of its schema. */
  checkpoint: {
    columns: {
      n: key(),
      version: key(),
      chain_id: chainId(),
      ledger: address(),
      /** The last block that is indexed completely. */
      block: block(),
      hash: id(),
      time: seconds(),
      /** The newest block that cannot be replaced. */
      finalized: block(),
      /** The newest block of the node when this was written. */
      head: block(),
      /** Whether the indexes are made. */
      indexed: flag(),
      /** Random bytes, drawn when the tables were made: a rebuilt database has others. */
      identity: id(),
      /** A code of `INDEX_STATES`. */
      state: code(INDEX_STATES),
      /** The hash of block 0, if the node had it. Chains with the same id differ in it. */
      genesis: optional(id()),
      /** The first block that was read, and its hash once that block is final. */
      first_block: block(),
      first_hash: optional(id()),
      /** The keccak-256 of the ledger's code. */
      code_hash: optional(id()),
    },
    primaryKey: ['n'],
    undo: 'none',
  },
  /** Blocks that hold events. */
  blocks: {
    columns: { number: block(), hash: id(), parent_hash: id(), time: seconds() },
    primaryKey: ['number'],
    indexes: [{ columns: ['time'] }],
    undo: 'number',
  },
  /** Every block that may be replaced, by which a reorganization is recognized. */
  heads: {
    columns: { number: block(), hash: id() },
    primaryKey: ['number'],
    undo: 'number',
  },
  /** Every event with its subject, a key of the table that belongs to its kind. */
  events: {
    columns: {
      ...ORIGIN,
      /** A code of `EVENT_KINDS`. */
      kind: small(),
      transaction_hash: id(),
      subject: optional(key()),
      model: optional(key()),
      /** Who did it: the publisher of a registration, the issuer of a credential, or the account that the event names. */
      account: optional(key()),
    },
    primaryKey: ['block', 'log'],
    indexes: [
      { columns: ['model', 'block', 'log'], where: 'model IS NOT NULL' },
      { columns: ['account', 'block', 'log'], where: 'account IS NOT NULL' },
      { columns: ['kind', 'block', 'log'] },
      { columns: ['transaction_hash'] },
    ],
    undo: 'block',
  },
  /** Accounts in the order in which they were first named. A publisher is an account. */
  accounts: {
    columns: { n: key(), address: address(), block: block() },
    primaryKey: ['n'],
    natural: 'address',
    undo: 'n',
  },
} as const satisfies Record<string, Table>
