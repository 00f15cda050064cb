import DataLoader from 'dataloader'

import type { ExternalName, ExternalParent, ModelId } from 'stemma/core'
import { readRow, type RowOf } from '../../indexer/rows.ts'
import type { LedgerView } from '../ledgerView.ts'
import { bytesList, isAmongBytes } from '../sql.ts'
import { loaderOfLists } from '../tableLoaders.ts'

/** A parent that nobody had registered when a registration named it. */
export type ExternalRow = RowOf<'external_parents'>

/** Reads the parents that nobody has registered. */
export class ExternalReader {
  /** External parents of a model, in the order of its registration. */
  readonly ofChild: DataLoader<number, ExternalRow[]>
  /** The models that are registered under the name of an external parent, oldest first, with that name. */
  readonly named: DataLoader<ModelId, { name: string; model: number }[]>

  constructor(view: LedgerView) {
    this.ofChild = loaderOfLists(view, 'external_parents', 'child', 'child, position')
    this.named = namedLoader(view)
  }

  /** What is known of some external parents: those that match a registration. `idOf` gives the id of a model's key. */
  async known(
    ids: readonly ModelId[],
    idOf: (model: number) => Promise<ModelId>,
  ): Promise<Map<ModelId, ExternalParent>> {
    const found = new Map<ModelId, ExternalParent>()
    for (const id of ids) {
      const rows = await this.named.load(id)
      const [first] = rows
      if (!first) continue
      const registered = await Promise.all(rows.map(({ model }) => idOf(model)))
      found.set(id, { name: first.name as ExternalName, registered })
    }
    return found
  }
}

function namedLoader({ queries, block }: LedgerView): ExternalReader['named'] {
  const among = isAmongBytes(queries.dialect, 'external', '$1')
  const sql = `SELECT * FROM registered_names WHERE ${among} AND block <= $2 ORDER BY model`
  return new DataLoader(async (ids) => {
    const rows = await queries.all(sql, [bytesList(queries.dialect, ids), block.number])
    const read = rows.map((row) => readRow('registered_names', row))
    return ids.map((id) => read.filter(({ external }) => external === id))
  })
}
