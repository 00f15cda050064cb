import { DatabaseSync, type SQLInputValue } from 'node:sqlite'

import type { Row } from '../../../packages/server/src/indexer/database.ts'
import { COLUMNS } from '../../../packages/server/src/indexer/rows.ts'
import { TABLE_NAMES, TABLES } from '../../../packages/server/src/indexer/schema.ts'
import { indexStatements, tableStatements } from '../../../packages/server/src/indexer/statements.ts'
import type { Store } from '../../../packages/server/src/indexer/store.ts'
import type { Table } from '../../../packages/server/src/indexer/tables/columns.ts'
import type { Queries } from '../../../packages/server/src/api/sql.ts'

/** A database in memory with the tables of an index, for tests that need hundreds of small ones. */
export function memoryDatabase(): { store: Pick<Store, 'append'>; queries: Queries } {
  const database = new DatabaseSync(':memory:')
  for (const statement of [...tableStatements('sqlite'), ...indexStatements()]) database.exec(statement)
  const store: Pick<Store, 'append'> = {
    async append({ rows }) {
      for (const table of TABLE_NAMES) {
        const places = COLUMNS[table].map(() => '?').join(', ')
        const insert = database.prepare(`INSERT INTO ${table} (${COLUMNS[table].join(', ')}) VALUES (${places})`)
        const { columns }: Table = TABLES[table]
        const kinds = COLUMNS[table].map((column) => columns[column]!.type)
        for (const row of rows[table] ?? []) {
          const values = row.map((value, place) =>
            kinds[place] === 'bytes' && typeof value === 'string' ? Buffer.from(value.slice(2), 'hex') : value,
          )
          insert.run(...(values as SQLInputValue[]))
        }
      }
    },
  }
  const queries: Queries = {
    dialect: 'sqlite',
    all: async (sql, parameters = []) =>
      database.prepare(sql.replaceAll('$', '?')).all(...(parameters as SQLInputValue[])) as Row[],
  }
  return { store, queries }
}
