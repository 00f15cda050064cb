import pg from 'pg'

import { DatabaseEncodingError, DatabaseError } from './database.ts'
import { CONNECTION, lastRow, processOf, rowsFrom, toParameters } from './postgres.ts'
import { guarded } from './postgresErrors.ts'
import { postgresPlace, quotedName, type PostgresPlace } from './postgresPlace.ts'
import { insertRows, toBytes } from './postgresRows.ts'
import { prepareTables } from './postgresTables.ts'
import { TABLE_NAMES, TABLES } from './schema.ts'
import { indexStatements, undoStatements } from './statements.ts'
import {
  DatabaseLockedError,
  marksOf,
  markStatement,
  newestEventBlock,
  type Identity,
  type IndexCheckpoint,
  type Store,
} from './store.ts'
import { claimWriter, createWriter, releaseWriter, type Writer, type WriterSettings } from './writer.ts'

/**
 * Makes a store over a PostgreSQL database, reached directly or through a pooler that gives each transaction another connection. It
 * connects when it starts.
 *
 * @throws {@link InvalidDatabaseError}
 */
export function createPostgresStore(where: string, settings: Partial<WriterSettings> = {}): Store {
  const place = postgresPlace(where)
  const { name } = place
  const writer = createWriter(settings)
  const table = (of: string): string => (place.schema === undefined ? of : `${quotedName(place.schema)}.${of}`)
  let client: pg.Client | undefined
  let turn: Promise<unknown> = Promise.resolve()
  let beating: NodeJS.Timeout | undefined

  /** Runs one thing at a time, so that a sign of life never lands in a transaction. */
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const done = turn.then(() => guarded(name, run))
    turn = done.catch(() => undefined)
    return done
  }
  const connected = (): pg.Client => {
    if (!client)
      throw new DatabaseError(`The database ${name} is not connected.`, { cause: undefined, isTransient: true })
    return client
  }
  /** Drops the connection without a word: it may be broken in the middle of a message. */
  const drop = (): void => {
    const old = client
    client = undefined
    old?.end().catch(() => {})
    ;(old as { connection?: { stream?: { destroy(): void } } } | undefined)?.connection?.stream?.destroy()
  }
  /** Runs something on the connection, and drops the connection if that fails. */
  const use = <T>(run: (client: pg.Client) => Promise<T>): Promise<T> =>
    inTurn(async () => {
      try {
        return await run(connected())
      } catch (error) {
        drop()
        throw error
      }
    })
  const begin = `${beginWriting(place)}; SELECT id FROM index_writer WHERE n = 1 FOR UPDATE`
  /** Runs changes in one transaction, in which nobody else can become the writer, and fails when somebody has. */
  const transact = (run: (client: pg.Client) => Promise<void>): Promise<void> =>
    use(async (it) => {
      checkWriter(name, writer, (await lastRow(it, begin))?.id)
      await run(it)
      await it.query('UPDATE index_writer SET beat = clock_timestamp() WHERE n = 1; COMMIT')
      writer.wrote = Date.now()
    })
  const beat = (): void => {
    if (Date.now() - writer.wrote < writer.beat / 2) return
    const writers = table('index_writer')
    // Waits for nobody: the row may be locked by an older transaction of our own, which only the next start ends.
    const mine = `SELECT n FROM ${writers} WHERE n = 1 AND id = $1 FOR UPDATE SKIP LOCKED`
    // A broken connection shows at the next call.
    void use(async (it) => {
      await it.query(`UPDATE ${writers} SET beat = clock_timestamp() WHERE n IN (${mine})`, [writer.id])
      writer.wrote = Date.now()
    }).catch(() => {})
  }

  return {
    start: (identity, rebuild = false) =>
      inTurn(async () => {
        try {
          client ??= await connect(place, (lost) => void (client === lost && (client = undefined)))
          const checkpoint = await begun(client, { place, writer, identity, rebuild })
          clearInterval(beating)
          beating = setInterval(beat, writer.beat).unref()
          return checkpoint
        } catch (error) {
          drop()
          throw error
        }
      }),
    marks: () => use(async (it) => marksOf(rowsFrom(await it.query(`SELECT * FROM ${table('checkpoint')}`))[0]!)),
    mark: (marks) =>
      transact(async (it) => {
        const { sql, parameters } = markStatement(marks)
        await it.query(sql, toParameters(parameters))
      }),
    keysOf: (of, naturals) =>
      use(async (it) => {
        const { natural } = TABLES[of]
        const sql = `SELECT n, ${natural} AS id FROM ${table(of)} WHERE ${natural} = ANY($1::bytea[])`
        const { rows } = await it.query(sql, [naturals.map(toBytes)])
        return new Map(rows.map(({ n, id }) => [toHex(id), n as number]))
      }),
    lastKey: (of) =>
      use(async (it) => (await it.query(`SELECT coalesce(max(n), 0) AS n FROM ${table(of)}`)).rows[0].n as number),
    rowsOf: (of, column, keys) =>
      use(async (it) => {
        const order = TABLES[of].primaryKey.join(', ')
        const sql = `SELECT * FROM ${table(of)} WHERE ${column} = ANY($1::int[]) ORDER BY ${order}`
        return rowsFrom(await it.query(sql, [keys]))
      }),
    heads: () =>
      use(async (it) => {
        const { rows } = await it.query(`SELECT number, hash FROM ${table('heads')} ORDER BY number DESC`)
        return rows.map(({ number, hash }) => ({ number: number as number, hash: toHex(hash) }))
      }),
    newestEventBlock: (upTo) =>
      use(async (it) => {
        const [row] = (await it.query(newestEventBlock(table('blocks')), [upTo])).rows
        return row && { number: row.number as number, hash: toHex(row.hash) }
      }),
    append: ({ rows, checkpoint }) =>
      transact(async (it) => {
        for (const of of TABLE_NAMES) await insertRows(it, of, rows[of] ?? [])
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
        // The tables of other schemas have indexers of their own.
        await it.query(`ANALYZE ${TABLE_NAMES.join(', ')}`)
      }),
    async close() {
      clearInterval(beating)
      await turn
      if (!client) return
      await releaseWriter(client, table('index_writer'), writer).catch(() => {})
      const old = client
      client = undefined
      await old.end().catch(() => {})
    },
  }
}

async function connect(place: PostgresPlace, onLoss: (lost: pg.Client) => void): Promise<pg.Client> {
  const client = new pg.Client({ ...CONNECTION, connectionString: place.url })
  client.on('error', () => onLoss(client))
  await client.connect()
  return client
}

/** The settings of a transaction of the indexer. Its own limits of time count, not those of the role. */
function beginWriting({ schema }: PostgresPlace): string {
  return [
    'BEGIN ISOLATION LEVEL READ COMMITTED',
    // After a crash of the server, lost transactions are read from the node again.
    'SET LOCAL synchronous_commit = off',
    'SET LOCAL statement_timeout = 0',
    "SET LOCAL lock_timeout = '10s'",
    // Of a process that was stopped in the middle of a transaction.
    "SET LOCAL idle_in_transaction_session_timeout = '30s'",
    ...(schema === undefined ? [] : [`SET LOCAL search_path = ${quotedName(schema)}`]),
  ].join('; ')
}

/** Locks a schema of this database until the transaction ends. */
const LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('stemma ' || $1::text, 0))"

type Start = { place: PostgresPlace; writer: Writer; identity: Identity; rebuild: boolean }

/** Becomes the writer, and makes or upgrades the tables; returns how far the index is. */
async function begun(client: pg.Client, { place, ...start }: Start): Promise<IndexCheckpoint | undefined> {
  const { name, schema } = place
  const facts =
    "SELECT current_setting('server_encoding') AS encoding, current_schema() AS schema, pg_backend_pid() AS pid"
  return claimWriter(start.writer, name, async (claim) => {
    const first = await lastRow(client, `${beginWriting(place)}; ${facts}`)
    try {
      if (first.encoding !== 'UTF8') throw new DatabaseEncodingError(name, String(first.encoding))
      // One indexer after the other begins, because two cannot make the same table at once.
      await client.query(LOCK, [schema ?? first.schema])
      if (schema !== undefined && first.schema === null) {
        await client.query(`CREATE SCHEMA IF NOT EXISTS ${quotedName(schema)}`)
      }
      const isMine = await claim(client, first.pid === processOf(client) ? (first.pid as number) : undefined)
      const checkpoint = isMine ? await prepareTables(client, { name, ...start }) : undefined
      await client.query('COMMIT')
      return isMine && { checkpoint }
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {})
      throw error
    }
  })
}

/** @throws {@link DatabaseLockedError} when another indexer writes; {@link DatabaseError} when another has written meanwhile */
function checkWriter(name: string, writer: Writer, actual: unknown): void {
  if (actual === writer.id) return
  if (typeof actual === 'string') throw new DatabaseLockedError(name)
  const message = `Another indexer has written to the database ${name} meanwhile.`
  throw new DatabaseError(message, { cause: undefined, isTransient: true })
}

async function writeCheckpoint(client: pg.Client, checkpoint: IndexCheckpoint): Promise<void> {
  const { block, hash, time, finalized, head } = checkpoint
  const sql = 'UPDATE checkpoint SET block = $1, hash = $2, time = $3, finalized = $4, head = $5'
  await client.query(sql, [block, toBytes(hash), time, finalized, head])
  await client.query('DELETE FROM heads WHERE number < $1', [finalized])
}

function toHex(bytes: Uint8Array): `0x${string}` {
  return `0x${Buffer.from(bytes).toString('hex')}`
}
