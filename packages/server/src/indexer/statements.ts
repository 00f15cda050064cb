import type { Dialect } from './database.ts'
import { TABLE_NAMES, TABLES } from './schema.ts'
import type { ColumnType, Table } from './tables/columns.ts'

const SQL_TYPES: Record<Dialect, Record<ColumnType, string>> = {
  sqlite: {
    key: 'INTEGER',
    block: 'INTEGER',
    time: 'INTEGER',
    log: 'INTEGER',
    small: 'INTEGER',
    mask: 'INTEGER',
    bytes: 'BLOB',
    text: 'TEXT',
  },
  postgres: {
    key: 'INTEGER',
    block: 'BIGINT',
    time: 'BIGINT',
    log: 'INTEGER',
    small: 'SMALLINT',
    mask: 'BIGINT',
    bytes: 'BYTEA',
    // Prefix searches need the order of bytes, as in SQLite.
    text: 'TEXT COLLATE "C"',
  },
}

/** The statements that create the tables. They can run twice. {@link indexStatements} creates the indexes. */
export function tableStatements(dialect: Dialect): string[] {
  return TABLE_NAMES.map((name) => {
    const table: Table = TABLES[name]
    const columns = Object.entries(table.columns).map(
      ([column, { type, optional }]) => `${column} ${SQL_TYPES[dialect][type]}${optional ? '' : ' NOT NULL'}`,
    )
    // A single integer is SQLite's rowid; other tables are stored in the order of their primary key.
    const isRowId = table.primaryKey.length === 1 && table.columns[table.primaryKey[0]!]!.type !== 'bytes'
    const keys = [
      `PRIMARY KEY (${table.primaryKey.join(', ')})`,
      ...(table.natural ? [`UNIQUE (${table.natural})`] : []),
    ]
    const tail = dialect === 'sqlite' && !isRowId ? ' WITHOUT ROWID' : ''
    return `CREATE TABLE IF NOT EXISTS ${name} (${[...columns, ...keys].join(', ')})${tail}`
  })
}

/** The statements that drop the tables, with their indexes. They can run twice. */
export function dropStatements(): string[] {
  return TABLE_NAMES.toReversed().map((name) => `DROP TABLE IF EXISTS ${name}`)
}

/** The statements that create the indexes. They can run twice. */
export function indexStatements(): string[] {
  return TABLE_NAMES.flatMap((name) => {
    const { indexes = [] }: Table = TABLES[name]
    return indexes.map(({ columns, where }) => {
      const index = `${name}_by_${columns.join('_')}`
      return `CREATE INDEX IF NOT EXISTS ${index} ON ${name} (${columns.join(', ')})${where ? ` WHERE ${where}` : ''}`
    })
  })
}

/**
 * The statements that delete everything later than a block (`$1`), in the order in which they must run. Keys grow with the
 * blocks, so keyed rows are found from the end.
 */
export function undoStatements(): string[] {
  const lastOf = (table: string): string =>
    `coalesce((SELECT n FROM ${table} WHERE block <= $1 ORDER BY n DESC LIMIT 1), 0)`
  return TABLE_NAMES.toReversed().flatMap((name) => {
    const { undo }: Table = TABLES[name]
    if (undo === 'none') return []
    if (undo === 'number' || undo === 'block') return [`DELETE FROM ${name} WHERE ${undo} > $1`]
    if (undo === 'n') return [`DELETE FROM ${name} WHERE n > ${lastOf(name)}`]
    return [
      `DELETE FROM ${name} WHERE position = -1 AND block > $1`,
      `DELETE FROM ${name} WHERE child > ${lastOf('models')}`,
    ]
  })
}
