import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'

import { StemmaError } from 'stemma/core'
import { DatabaseError, type Database, type Parameter, type Row } from './database.ts'
import { COLUMNS } from './rows.ts'
import { TABLE_NAMES, TABLES, type TableName } from './schema.ts'
import { dropStatements, indexStatements, tableStatements, undoStatements } from './statements.ts'
import type { ColumnType, Table } from './tables/columns.ts'
import {
  checkIdentity,
  checkLedger,
  checkpointOf,
  DatabaseLockedError,
  firstCheckpoint,
  marksOf,
  markStatement,
  NEWEST_EVENT_BLOCK,
  type IndexCheckpoint,
  type Identity,
  type Store,
  type Value,
} from './store.ts'

/** Number of the advisory lock that the indexer of a database holds: "stemma" in ASCII. */
const LOCK = 0x7374656d6d61
/** Milliseconds to wait for a connection. */
const CONNECT_TIMEOUT = 10_000

/** Parses 64-bit integers as numbers, because all stored integers are below 2^53. */
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format),
} as pg.CustomTypesConfig

/** Opens a PostgreSQL database to read from, with a pool of connections. */
export function openPostgresDatabase(url: string, options: { connections?: number } = {}): Database {
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: options.connections ?? 8,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    // Queries take milliseconds, less than compiling them would.
    options: '-c default_transaction_read_only=on -c jit=off',
  })
  // The pool replaces an idle connection that is lost.
  pool.on('error', () => {})
  const where = placeOf(url)
  // Grows when tables were replaced: connections then plan their statements again, under other names.
  let generation = 0
  return {
    dialect: 'postgres',
    all: (sql, parameters = []) =>
      guarded(where, async () => rowsFrom(await pool.query(sql, toParameters(parameters)))),
    async snapshot(run) {
      const client = await guarded(where, () => pool.connect())
      let failure: Error | undefined
      // A connection runs one query at a time.
      let turn: Promise<unknown> = Promise.resolve()
      try {
        await guarded(where, () => client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'))
        return await run({
          dialect: 'postgres',
          all(sql, parameters = []) {
            const query = { text: sql, values: toParameters(parameters), name: `${nameOf(sql)}${generation}` }
            const answer = turn.then(() => guarded(where, async () => rowsFrom(await client.query(query))))
            turn = answer.catch(() => undefined)
            return answer
          },
        })
      } catch (error) {
        if (error instanceof DatabaseError && error.isReplaced) generation += 1
        throw error
      } finally {
        // A failed run may have left queries behind.
        await turn
        await client.query('COMMIT').catch((error: Error) => (failure = error))
        client.release(failure)
      }
    },
    close: () => pool.end(),
  }
}

/** Makes a store over a PostgreSQL database. It connects when it starts. */
export function createPostgresStore(url: string): Store {
  const where = placeOf(url)
  let client: pg.Client | undefined

  const connected = (): pg.Client => {
    if (!client) {
      throw new DatabaseError(`The database ${where} is not connected.`, { cause: undefined, isTransient: true })
    }
    return client
  }
  const disconnect = async (): Promise<void> => {
    const old = client
    client = undefined
    await old?.end().catch(() => {})
  }
  /** Runs something on the connection, and drops the connection if that fails. */
  const use = <T>(run: (client: pg.Client) => Promise<T>): Promise<T> =>
    guarded(where, async () => {
      try {
        return await run(connected())
      } catch (error) {
        await disconnect()
        throw error
      }
    })
  const transact = (run: (client: pg.Client) => Promise<void>): Promise<void> =>
    use(async (it) => {
      await it.query('BEGIN')
      await run(it)
      await it.query('COMMIT')
    })

  return {
    start: (identity, rebuild = false) =>
      guarded(where, async () => {
        if (!client) {
          const fresh = new pg.Client({
            connectionString: url,
            types,
            connectionTimeoutMillis: CONNECT_TIMEOUT,
            keepAlive: true,
          })
          fresh.on('error', () => void (client === fresh && (client = undefined)))
          await fresh.connect()
          client = fresh
          const { rows } = await fresh.query('SELECT pg_try_advisory_lock($1::bigint) AS locked', [LOCK])
          if (!rows[0].locked) {
            await disconnect()
            throw new DatabaseLockedError(where)
          }
          // After a crash of the server, lost transactions are read from the node again.
          await fresh.query('SET synchronous_commit = off')
        }
        return checkpointIn(connected(), identity, rebuild)
      }),
    marks: () => use(async (it) => marksOf(rowsFrom(await it.query('SELECT * FROM checkpoint'))[0]!)),
    mark: (marks) =>
      transact(async (it) => {
        const { sql, parameters } = markStatement(marks)
        await it.query(sql, toParameters(parameters))
      }),
    keysOf: (table, naturals) =>
      use(async (it) => {
        const { natural } = TABLES[table]
        const sql = `SELECT n, ${natural} AS id FROM ${table} WHERE ${natural} = ANY($1::bytea[])`
        const { rows } = await it.query(sql, [naturals.map(toBytes)])
        return new Map(rows.map(({ n, id }) => [toHex(id), n as number]))
      }),
    lastKey: (table) =>
      use(async (it) => (await it.query(`SELECT coalesce(max(n), 0) AS n FROM ${table}`)).rows[0].n as number),
    rowsOf: (table, column, keys) =>
      use(async (it) => {
        const order = TABLES[table].primaryKey.join(', ')
        return rowsFrom(
          await it.query(`SELECT * FROM ${table} WHERE ${column} = ANY($1::int[]) ORDER BY ${order}`, [keys]),
        )
      }),
    heads: () =>
      use(async (it) => {
        const { rows } = await it.query('SELECT number, hash FROM heads ORDER BY number DESC')
        return rows.map(({ number, hash }) => ({ number: number as number, hash: toHex(hash) }))
      }),
    newestEventBlock: (upTo) =>
      use(async (it) => {
        const [row] = (await it.query(NEWEST_EVENT_BLOCK, [upTo])).rows
        return row && { number: row.number as number, hash: toHex(row.hash) }
      }),
    append: ({ rows, checkpoint }) =>
      transact(async (it) => {
        for (const table of TABLE_NAMES) await insertRows(it, table, rows[table] ?? [])
        await writeCheckpoint(it, checkpoint)
      }),
    undo: (checkpoint) =>
      transact(async (it) => {
        for (const statement of undoStatements()) await it.query(statement, [checkpoint.block])
        await writeCheckpoint(it, checkpoint)
      }),
    makeIndexes: () =>
      transact(async (it) => {
        for (const statement of indexStatements()) await it.query(statement)
        await it.query('UPDATE checkpoint SET indexed = 1')
        await it.query('ANALYZE')
      }),
    close: disconnect,
  }
}

async function checkpointIn(
  client: pg.Client,
  identity: Identity,
  rebuild: boolean,
): Promise<IndexCheckpoint | undefined> {
  const read = async (): Promise<Row | undefined> => rowsFrom(await client.query('SELECT * FROM checkpoint'))[0]
  await client.query('BEGIN')
  try {
    if (rebuild) {
      const { rows } = await client.query("SELECT to_regclass('checkpoint') IS NOT NULL AS made")
      if (rows[0].made) {
        // Readers begin with this table, so none is between it and the others when they go.
        await client.query('LOCK TABLE checkpoint IN ACCESS EXCLUSIVE MODE')
        const row = await read()
        if (row) checkLedger(row, identity)
      }
      for (const statement of dropStatements()) await client.query(statement)
    }
    for (const statement of tableStatements('postgres')) await client.query(statement)
    if (!(await read())) {
      const { sql, parameters } = firstCheckpoint(identity)
      await client.query(sql, toParameters(parameters))
    }
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
  const row = (await read())!
  checkIdentity(row, identity)
  return row.block === -1 ? undefined : checkpointOf(row)
}

async function writeCheckpoint(client: pg.Client, checkpoint: IndexCheckpoint): Promise<void> {
  const { block, hash, time, finalized, head } = checkpoint
  const sql = 'UPDATE checkpoint SET block = $1, hash = $2, time = $3, finalized = $4, head = $5'
  await client.query(sql, [block, toBytes(hash), time, finalized, head])
  await client.query('DELETE FROM heads WHERE number < $1', [finalized])
}

/** Fewest rows for a COPY: with fewer, its three round trips take longer than one INSERT. */
const WORTH_COPYING = 8

async function insertRows(client: pg.Client, table: TableName, rows: readonly Value[][]): Promise<void> {
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

function rowsFrom({ rows }: pg.QueryResult): Row[] {
  return rows as Row[]
}

function toParameters(parameters: readonly Parameter[]): unknown[] {
  return parameters.map((parameter) => (parameter instanceof Uint8Array ? Buffer.from(parameter) : parameter))
}

/** SQLSTATE classes of transient errors: connection, resources, operator intervention, conflict, I/O. */
const TRANSIENT = /^(08|53|57|40|58)/

/**
 * SQLSTATEs of tables that were dropped or made again since a connection planned its statements: a cached plan of other columns
 * (feature not supported), no such table, column, schema or statement, and an internal error for a relation that is gone.
 * (PostgreSQL's manual, appendix A.)
 */
const REPLACED = /^(0A000|42P01|42703|3F000|26000|XX000)$/

/** Runs something on a database, and turns its failures into {@link DatabaseError}. */
async function guarded<T>(where: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof StemmaError) throw error
    const { message, code = '' } = error as { message: string; code?: string }
    // Without an SQLSTATE, the connection failed.
    const isTransient = /^[0-9A-Z]{5}$/.test(code) ? TRANSIENT.test(code) : true
    const isReplaced = REPLACED.test(code)
    throw new DatabaseError(`The database ${where} cannot be used: ${message || code}.`, {
      cause: error,
      isTransient,
      isReplaced,
    })
  }
}

/** The URL of a database without its user and password. */
export function placeOf(url: string): string {
  const { host, pathname } = new URL(url)
  return `postgres://${host}${pathname}`
}

function toBytes(hex: string): Buffer {
  return Buffer.from(hex.slice(2), 'hex')
}

function toHex(bytes: Uint8Array): `0x${string}` {
  return `0x${Buffer.from(bytes).toString('hex')}`
}

/** The name of a statement. The server plans a named statement once per connection. */
function nameOf(sql: string): string {
  return createHash('sha1').update(sql).digest('base64')
}
