import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'

import { COLUMNS } from './rows.ts'
import { TABLES, type TableName } from './schema.ts'
import type { Value } from './store.ts'
import type { ColumnType, Table } from './tables/columns.ts'

/** Fewest rows for a COPY: with fewer, its three round trips take longer than one INSERT. */
const WORTH_COPYING = 8

/** Adds rows to a table, within a transaction. */
export async function insertRows(client: pg.Client, table: TableName, rows: readonly Value[][]): Promise<void> {
  if (rows.length === 0) return
  const columns = COLUMNS[table]
  const types = columns.map((column) => (TABLES[table] as Table).columns[column]!.type)
  if (rows.length < WORTH_COPYING) {
    const values = rows.flatMap((row) =>
      row.map((value, at) => (types[at] === 'bytes' && value !== null ? toBytes(value as string) : value)),
    )
    const lists = rows.map((row, at) => `(${row.map((_, column) => `$${at * row.length + column + 1}`).join(', ')})`)
    await client.query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${lists.join(', ')}`, values)
    return
  }
  const copy = client.query(copyFrom(`COPY ${table} (${columns.join(', ')}) FROM STDIN (FORMAT binary)`))
  await pipeline(Readable.from([encodeRows(types, rows)]), copy)
}

/** Header of a binary COPY: a signature, no flags, no extension. */
const COPY_HEAD = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
/** Width of a number in bytes; bytes and texts have their own length. */
const WIDTHS: Readonly<Partial<Record<ColumnType, number>>> = { key: 4, block: 8, time: 8, log: 4, small: 2, mask: 8 }

/** Encodes rows for a binary COPY (PostgreSQL's manual, COPY), which is faster to write and to read than text. */
function encodeRows(types: readonly ColumnType[], rows: readonly Value[][]): Buffer {
  let room = COPY_HEAD.length + 2
  for (const row of rows) {
    room += 2 + 12 * row.length
    // A text has at most three bytes per UTF-16 unit; bytes are fewer than their hex digits.
    for (const value of row) if (typeof value === 'string') room += 3 * value.length
  }
  const buffer = Buffer.allocUnsafe(room)
  let at = COPY_HEAD.copy(buffer)
  for (const row of rows) {
    at = buffer.writeInt16BE(row.length, at)
    for (let column = 0; column < row.length; column++) {
      const value = row[column]!
      if (value === null) {
        at = buffer.writeInt32BE(-1, at)
      } else if (typeof value === 'string') {
        const isBytes = types[column] === 'bytes'
        const length = isBytes ? buffer.write(value.slice(2), at + 4, 'hex') : buffer.write(value, at + 4, 'utf8')
        at = buffer.writeInt32BE(length, at) + length
      } else {
        const width = WIDTHS[types[column]!]!
        at = buffer.writeInt32BE(width, at)
        if (width === 8) at = buffer.writeInt32BE(Math.floor(value / 2 ** 32), at)
        at = width === 2 ? buffer.writeInt16BE(value, at) : buffer.writeInt32BE(value | 0, at)
      }
    }
  }
  at = buffer.writeInt16BE(-1, at)
  return buffer.subarray(0, at)
}

/** An id or a digest as the driver takes it. */
export function toBytes(hex: string): Buffer {
  return Buffer.from(hex.slice(2), 'hex')
}
