import DataLoader from 'dataloader'

import type { Address, Hex } from 'stemma/core'
import type { Row } from '../indexer/database.ts'
import type { TableName } from '../indexer/schema.ts'
import type { FinalRecords } from './finalRecords.ts'
import {
  accountRecord,
  blockRecord,
  credentialRecord,
  credentialStateRecord,
  edgeRecord,
  laterGrade,
  modelRecord,
  statusRecord,
  termsRecord,
  thresholdRecord,
  tierRecord,
  type AccountRecord,
  type BlockRecord,
  type CredentialRecord,
  type CredentialStateRecord,
  type EdgeRecord,
  type ModelRecord,
  type StatusRecord,
  type TermsRecord,
  type ThresholdRecord,
  type TierRecord,
} from './records.ts'
import { bytesList, columnsOf, isAmongBytes, hex, isAmongKeys, keyList, number, type Queries } from './sql.ts'

/**
 * Reads of records that many parts of one answer ask for: what is asked for in the same turn is read by one statement, and
 * nothing twice. All of them see the ledger as of one block.
 */
export type Loaders = {
  model: DataLoader<number, ModelRecord>
  modelById: DataLoader<Hex, ModelRecord | undefined>
  account: DataLoader<number, AccountRecord>
  accountByAddress: DataLoader<Address, AccountRecord | undefined>
  terms: DataLoader<number, TermsRecord>
  termsById: DataLoader<Hex, TermsRecord | undefined>
  thresholds: DataLoader<number, ThresholdRecord[]>
  tier: DataLoader<number, TierRecord>
  tierById: DataLoader<Hex, TierRecord | undefined>
  tiersOfModel: DataLoader<number, TierRecord[]>
  credential: DataLoader<number, CredentialRecord>
  credentialById: DataLoader<Hex, CredentialRecord | undefined>
  /** What became of a model, oldest first. */
  statuses: DataLoader<number, StatusRecord[]>
  /** What became of a credential, oldest first. */
  credentialStates: DataLoader<number, CredentialStateRecord[]>
  /** Edges up from a model: its registration's in their order, then later ones. */
  parents: DataLoader<number, EdgeRecord[]>
  /** Blocks of withdrawals of tiers. */
  withdrawal: DataLoader<number, number | undefined>
  /** Batches out of which models came, and since when these count as registered. */
  materialization: DataLoader<number, { root: Hex; anchoredAt: number } | undefined>
  block: DataLoader<number, BlockRecord>
}

/** What loaders read from: a state of the database, and what is known of its final blocks. */
export type Source = { queries: Queries; finals: FinalRecords; progress: { finalized: number } }

/** Loaders of what is there as of a block. */
export function createLoaders({ queries, finals, progress }: Source, block: number): Loaders {
  const one = <T extends { block: number }>(
    table: TableName,
    read: (row: Row) => T,
    note?: (record: T) => void,
  ): DataLoader<number, T> =>
    new DataLoader(async (keys) => {
      const found = finals.known<T>(table, keys)
      const missing = keys.filter((key) => !found.has(key))
      const rows = missing.length === 0 ? [] : await readByKey(table, missing)
      for (const row of rows) {
        const [key, record] = [number(row.n), read(row)]
        found.set(key, record)
        finals.keep(table, key, record, progress.finalized)
      }
      if (note) for (const record of found.values()) note(record)
      return keys.map((key) => found.get(key) ?? new Error(`${table} has no row ${key}`))
    })
  const readByKey = (table: TableName, keys: readonly number[]): Promise<Row[]> =>
    queries.all(
      `SELECT ${columnsOf(queries.dialect, table)} FROM ${table} WHERE ${isAmongKeys(queries.dialect, 'n', '$1')}`,
      [keyList(queries.dialect, keys)],
    )

  const natural = <K extends Hex, T extends { block: number }>(
    table: TableName,
    column: string,
    read: (row: Row) => T,
    idOf: (record: T) => Hex,
  ): DataLoader<K, T | undefined> =>
    new DataLoader(async (ids) => {
      const rows = await queries.all(
        `SELECT ${columnsOf(queries.dialect, table)} FROM ${table} WHERE ${isAmongBytes(queries.dialect, column, '$1')}`,
        [bytesList(queries.dialect, ids)],
      )
      const records = rows.map(read).filter((record) => record.block <= block)
      const found = new Map(records.map((record) => [idOf(record), record]))
      return ids.map((id) => found.get(id))
    })

  const many = <T>(
    statement: (condition: string) => string,
    column: string,
    read: (row: Row) => T,
  ): DataLoader<number, T[]> =>
    new DataLoader(async (keys) => {
      const rows = await queries.all(statement(isAmongKeys(queries.dialect, column, '$1')), [
        keyList(queries.dialect, keys),
        block,
      ])
      const found = new Map<number, T[]>(keys.map((key) => [key, []]))
      for (const row of rows) found.get(number(row[column]))?.push(read(row))
      return keys.map((key) => found.get(key)!)
    })

  const modelById = natural('models', 'id', modelRecord, ({ id }) => id)
  const termsById = natural('terms', 'id', termsRecord, ({ id }) => id)
  /** What was read by its key need not be read again by its id. */
  const knownBy =
    <T extends { id: Hex; block: number }>(byId: DataLoader<Hex, T | undefined>) =>
    (record: T): void =>
      void (record.block <= block && byId.prime(record.id, record))

  return {
    model: one('models', modelRecord, knownBy(modelById)),
    modelById,
    account: one('accounts', accountRecord),
    accountByAddress: natural<Address, AccountRecord>('accounts', 'address', accountRecord, ({ address }) => address),
    terms: one('terms', termsRecord, knownBy(termsById)),
    termsById,
    thresholds: many(
      (among) => `SELECT * FROM thresholds WHERE ${among} AND block <= $2 ORDER BY terms, position`,
      'terms',
      thresholdRecord,
    ),
    tier: one('tiers', tierRecord),
    tierById: natural('tiers', 'id', tierRecord, ({ id }) => id),
    tiersOfModel: many((among) => `SELECT * FROM tiers WHERE ${among} AND block <= $2 ORDER BY n`, 'model', tierRecord),
    credential: one('credentials', credentialRecord),
    credentialById: natural('credentials', 'id', credentialRecord, ({ id }) => id),
    statuses: many(
      (among) => `SELECT * FROM model_statuses WHERE ${among} AND block <= $2 ORDER BY model, block, log`,
      'model',
      statusRecord,
    ),
    credentialStates: many(
      (among) => `SELECT * FROM credential_states WHERE ${among} AND block <= $2 ORDER BY credential, block, log`,
      'credential',
      credentialStateRecord,
    ),
    parents: new DataLoader(async (keys) => {
      const parameters = [keyList(queries.dialect, keys), block]
      const among = isAmongKeys(queries.dialect, 'child', '$1')
      const [rows, grades] = await Promise.all([
        queries.all(`SELECT * FROM edges WHERE ${among} AND block <= $2`, parameters),
        queries.all(`SELECT * FROM edge_grades WHERE ${among} AND block <= $2 ORDER BY block, log`, parameters),
      ])
      const found = new Map<number, EdgeRecord[]>(keys.map((key) => [key, []]))
      for (const row of rows) found.get(number(row.child))?.push(edgeRecord(row))
      for (const row of grades) {
        const edge = found.get(number(row.child))?.find(({ parent }) => parent === number(row.parent))
        if (edge) Object.assign(edge, laterGrade(row))
      }
      return keys.map((key) => found.get(key)!.toSorted(byPlace))
    }),
    withdrawal: new DataLoader(async (keys) => {
      const rows = await queries.all(
        `SELECT tier, block FROM tier_withdrawals WHERE ${isAmongKeys(queries.dialect, 'tier', '$1')} AND block <= $2`,
        [keyList(queries.dialect, keys), block],
      )
      const found = new Map(rows.map((row) => [number(row.tier), number(row.block)]))
      return keys.map((key) => found.get(key))
    }),
    materialization: new DataLoader(async (keys) => {
      const rows = await queries.all(
        `SELECT * FROM materializations WHERE ${isAmongKeys(queries.dialect, 'model', '$1')} AND block <= $2`,
        [keyList(queries.dialect, keys), block],
      )
      const found = new Map(
        rows.map((row) => [number(row.model), { root: hex(row.root), anchoredAt: number(row.anchored_at) }]),
      )
      return keys.map((key) => found.get(key))
    }),
    block: new DataLoader(async (numbers) => {
      const rows = await queries.all(
        `SELECT number, hash, time FROM blocks WHERE ${isAmongKeys(queries.dialect, 'number', '$1')}`,
        [keyList(queries.dialect, numbers)],
      )
      const found = new Map(rows.map((row) => [number(row.number), blockRecord(row)]))
      return numbers.map((one) => found.get(one) ?? new Error(`blocks has no row ${one}`))
    }),
  }
}

/** Loads several; fails when one fails. */
export async function loadAll<K, T>(loader: { load: (key: K) => Promise<T> }, keys: Iterable<K>): Promise<T[]> {
  return Promise.all(Array.from(keys, (key) => loader.load(key)))
}

/** The parents that a registration names in their order, then those that were learnt later in the order of the chain. */
function byPlace(one: EdgeRecord, other: EdgeRecord): number {
  const place = (edge: EdgeRecord): number => (edge.position < 0 ? Infinity : edge.position)
  return place(one) === place(other) ? one.block - other.block || one.log - other.log : place(one) - place(other)
}
