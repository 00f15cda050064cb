import DataLoader from 'dataloader'

import { readRow } from '../../indexer/rows.ts'
import type { BlockRow, LedgerView } from '../ledgerView.ts'
import { isAmongKeys, keyList } from '../sql.ts'

/** Reads blocks that hold events. */
export class BlockReader {
  readonly #loader: DataLoader<number, BlockRow>

  constructor({ queries }: LedgerView, known: readonly BlockRow[] = []) {
    this.#loader = new DataLoader(async (numbers) => {
      const rows = await queries.all(`SELECT * FROM blocks WHERE ${isAmongKeys(queries.dialect, 'number', '$1')}`, [
        keyList(queries.dialect, numbers),
      ])
      const found = new Map(rows.map((row) => readRow('blocks', row)).map((block) => [block.number, block]))
      return numbers.map((number) => found.get(number) ?? new Error(`blocks has no row ${number}`))
    })
    for (const block of known) this.#loader.prime(block.number, block)
  }

  /** A block by its number. */
  load(number: number): Promise<BlockRow> {
    return this.#loader.load(number)
  }
}
