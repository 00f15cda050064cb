import type { TierId } from 'stemma/core'
import { BY_BLOCK, flag, id, key, mask, ORIGIN, seconds, text, wide, type Table } from '../columns.ts'

/** What publishers offer their models under. */
export const TIER_TABLES = {
  /** Terms that a publisher offers for a model. */
  tiers: {
    columns: {
      n: key(),
      id: id<TierId>(),
      model: key(),
      publisher: key(),
      terms: key(),
      pass_through: mask(),
      open: flag(),
      sub_credentials: flag(),
      /** Seconds, 0 for no bound. */
      max_duration: seconds(),
      /** Calls and tokens under one credential, 0 for no bound. */
      call_quota: wide(),
      token_quota: wide(),
      name: text(),
      uri: text(),
      ...ORIGIN,
    },
    primaryKey: ['n'],
    natural: 'id',
    indexes: [{ columns: ['model', 'n'] }, { columns: ['terms', 'n'] }],
    undo: 'n',
  },
  /** Tiers that are no longer offered. */
  tier_withdrawals: {
    columns: { tier: key(), account: key(), ...ORIGIN },
    primaryKey: ['tier'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Withdrawn tiers that lost their place: an evaluation no longer reads their credentials. */
  tier_releases: {
    columns: { tier: key(), account: key(), ...ORIGIN },
    primaryKey: ['tier'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
} as const satisfies Record<string, Table>
