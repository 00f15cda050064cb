import { relationName, type Relation } from '../core/vocabulary.ts'
import type { LedgerView } from './ledgerView.ts'
import { lastKey } from './paging.ts'
import { number, optional } from './sql.ts'

/** Most licenses that are counted by name. */
const LICENSES = 20

/** How much is on the ledger, as of a view. */
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

/** The statistics of a view; each is counted when it is asked for. */
export function statisticsOf(view: LedgerView): Statistics {
  const block = [view.block.number]
  const count = async (sql: string): Promise<number> => number((await view.queries.all(sql, block))[0]?.count)
  const rowsOf = (table: string) => () => count(`SELECT count(*) AS count FROM ${table} WHERE block <= $1`)
  return {
    models: () => lastKey(view, 'models'),
    edges: rowsOf('edges'),
    publishers: () => count('SELECT count(DISTINCT publisher) AS count FROM models WHERE block <= $1'),
    accounts: () => lastKey(view, 'accounts'),
    terms: () => lastKey(view, 'terms'),
    tiers: () => lastKey(view, 'tiers'),
    credentials: () => lastKey(view, 'credentials'),
    events: rowsOf('events'),
    async relations() {
      const rows = await view.queries.all(
        'SELECT relation, count(*) AS edges FROM edges WHERE block <= $1 GROUP BY relation ORDER BY relation',
        block,
      )
      return rows.map((row) => ({ relation: relationName(number(row.relation))!, edges: number(row.edges) }))
    },
    async licenses() {
      const rows = await view.queries.all(
        `SELECT terms, count(*) AS models FROM models WHERE block <= $1
         GROUP BY terms ORDER BY models DESC, terms LIMIT ${LICENSES}`,
        block,
      )
      return rows.map((row) => ({ terms: optional(row.terms, number), models: number(row.models) }))
    },
  }
}
