import { LRUCache } from 'lru-cache'

import type { TableName } from '../indexer/schema.ts'

/** Most rows of one table that are kept: of models, about 15 MB. */
const MAX_ROWS = 20_000

/** A row that is written once, with the block that it comes from. */
type Written = { block: number }

/**
 * Keeps rows of final blocks for all requests. Nothing changes or removes such a row, so what many ask for is read once. The
 * rows that were used last are kept.
 */
export class FinalRows {
  readonly #tables = new Map<TableName, LRUCache<number, Written>>()

  /** The rows of a table that are kept, by their keys. */
  known<T extends Written>(table: TableName, keys: readonly number[]): Map<number, T> {
    const kept = this.#of(table)
    const found = new Map<number, T>()
    for (const key of keys) {
      const row = kept.get(key)
      if (row) found.set(key, row as T)
    }
    return found
  }

  /** Keeps a row if its block is final. */
  keep(table: TableName, key: number, row: Written, finalized: number): void {
    if (row.block <= finalized) this.#of(table).set(key, row)
  }

  #of(table: TableName): LRUCache<number, Written> {
    let kept = this.#tables.get(table)
    if (!kept) this.#tables.set(table, (kept = new LRUCache({ max: MAX_ROWS })))
    return kept
  }
}
