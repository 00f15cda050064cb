import { type Relation, relationName } from 'stemma/core'
import type { Row } from '../../indexer/database.ts'
import { nullable, number } from '../../indexer/values.ts'
import { newestBlock, type LedgerView } from '../ledgerView.ts'
import { claimScan, lastKey } from '../paging.ts'
import { isLive } from '../sql.ts'

/** Most licenses that are listed with their counts. */
const MAX_LICENSES = 20

/** Counts of what is on the ledger as of a view. */
export type Statistics = {
  models: () => Promise<number>
  edges: () => Promise<number>
  publishers: () => Promise<number>
  accounts: () => Promise<number>
  terms: () => Promise<number>
  tiers: () => Promise<number>
  credentials: () => Promise<number>
  events: () => Promise<number>
  relations: () => Promise<{ relation: Relation; edges: number }[]>
  licenses: () => Promise<{ terms: number | null; models: number }[]>
}

/**
 * The statistics of a view, each counted on request. A figure that takes a whole table is counted once for all requests, until
 * there are new events.
 */
export function statisticsOf(view: LedgerView): Statistics {
  const rowsOnce = async (sql: string): Promise<Row[]> => {
    const newest = await newestBlock(view, view.block.number)
    await claimScan(view)
    return newest ? view.memo.once(newest.hash, sql, () => view.queries.all(sql, [newest.number])) : []
  }
  const countOnce = async (sql: string): Promise<number> => number((await rowsOnce(sql))[0]?.count ?? 0)
  return {
    models: () => lastKey(view, 'models'),
    edges: () => countOnce(`SELECT count(*) AS count FROM edges e WHERE e.block <= $1 AND ${isLive('e', '$1')}`),
    publishers: () => countOnce('SELECT count(DISTINCT publisher) AS count FROM models WHERE block <= $1'),
    accounts: () => lastKey(view, 'accounts'),
    terms: () => lastKey(view, 'terms'),
    tiers: () => lastKey(view, 'tiers'),
    credentials: () => lastKey(view, 'credentials'),
    events: () => countOnce('SELECT count(*) AS count FROM events WHERE block <= $1'),
    async relations() {
      const rows = await rowsOnce(
        `SELECT relation, count(*) AS edges FROM edges e WHERE e.block <= $1 AND ${isLive('e', '$1')}
         GROUP BY relation ORDER BY relation`,
      )
      return rows.map((row) => ({ relation: relationName(number(row.relation))!, edges: number(row.edges) }))
    },
    async licenses() {
      const rows = await rowsOnce(
        `SELECT terms, count(*) AS models FROM models WHERE block <= $1
         GROUP BY terms ORDER BY models DESC, terms LIMIT ${MAX_LICENSES}`,
      )
      return rows.map((row) => ({ terms: nullable(row.terms, number), models: number(row.models) }))
    },
  }
}
