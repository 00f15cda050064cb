import { LRUCache } from 'lru-cache'

import type { TableName } from '../indexer/schema.ts'

/** Records of one table that are kept: of models, about 15 MB. */
const KEPT = 20_000

/** A record that is written once, with the block that it comes from. */
type Written = { block: number }

/**
 * Records of final blocks, for all requests: nothing changes or removes them, so what many ask for is read once. Of each table
 * those that were asked for last are kept.
 */
export class FinalRecords {
  readonly #tables = new Map<TableName, LRUCache<number, Written>>()

  /** Those of some records of a table that are kept, by their keys. */
  known<T extends Written>(table: TableName, keys: readonly number[]): Map<number, T> {
    const kept = this.#of(table)
    const found = new Map<number, T>()
    for (const key of keys) {
      const record = kept.get(key)
      if (record) found.set(key, record as T)
    }
    return found
  }

  /** Keeps a record, if its block is final. */
  keep(table: TableName, key: number, record: Written, finalized: number): void {
    if (record.block <= finalized) this.#of(table).set(key, record)
  }

  /** Forgets all, as when the database is another one. */
  clear(): void {
    this.#tables.clear()
  }

  #of(table: TableName): LRUCache<number, Written> {
    let kept = this.#tables.get(table)
    if (!kept) this.#tables.set(table, (kept = new LRUCache({ max: KEPT })))
    return kept
  }
}
