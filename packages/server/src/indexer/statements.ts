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
    // Prefixes are searched by the order of bytes, as SQLite does.
    text: 'TEXT COLLATE "C"',
  },
}

/** The statements that make the tables, without what {@link indexStatements} makes. Running them twice does no harm. */
export function tableStatements(dialect: Dialect): string[] {
  return TABLE_NAMES.map((name) => {
    const table: Table = TABLES[name]
    const columns = Object.entries(table.columns).map(
      ([column, { type, optional }]) => `${column} ${SQL_TYPES[dialect][type]}${optional ? '' : ' NOT NULL'}`,
    )
    // A single integer is SQLite's own key of a row; what is found by several columns is kept in their order, once.
    const isRowId = table.primaryKey.length === 1 && table.columns[table.primaryKey[0]!]!.type !== 'bytes'
    const keys = [
      `PRIMARY KEY (${table.primaryKey.join(', ')})`,
      ...(table.natural ? [`UNIQUE (${table.natural})`] : []),
    ]
    const tail = dialect === 'sqlite' && !isRowId ? ' WITHOUT ROWID' : ''
    return `CREATE TABLE IF NOT EXISTS ${name} (${[...columns, ...keys].join(', ')})${tail}`
  })
}

/** The statements that make the indexes. Running them twice does no harm. */
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
 * The statements that take away all that is later than a block (`$1`), in an order in which they may run. A key grows with the
 * blocks, so its rows are looked at from the end.
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
