import { createHash } from 'node:crypto'

import pg from 'pg'

import {
  DatabaseEncodingError,
  DatabaseError,
  type Database,
  type Parameter,
  type ReplicaState,
  type Row,
} from './database.ts'
import { guarded } from './postgresErrors.ts'
import { postgresPlace, quotedName } from './postgresPlace.ts'

/**
 * How to connect. Nothing is set by startup parameters, which poolers refuse: each transaction sets what it needs.
 * https://www.pgbouncer.org/config.html#ignore_startup_parameters
 */
export const CONNECTION = {
  /** Parses 64-bit integers as numbers, because all stored integers are below 2^53. */
  types: {
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      oid === pg.types.builtins.INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format),
  } as pg.CustomTypesConfig,
  /** Milliseconds to wait for a connection. */
  connectionTimeoutMillis: 10_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
} satisfies pg.ClientConfig

/** Opens a PostgreSQL database to read from, with a pool of connections. @throws {@link InvalidDatabaseError} */
export function openPostgresDatabase(where: string, options: { connections?: number } = {}): Database {
  const { url, schema, name } = postgresPlace(where)
  const pool = new pg.Pool({ ...CONNECTION, connectionString: url, max: options.connections ?? 8 })
  // The pool replaces an idle connection that is lost.
  pool.on('error', () => {})
  // One that is lost between two queries of a snapshot fails the next of them, and must not end the process besides.
  pool.on('connect', (client) => client.on('error', () => {}))
  const begin = [
    'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
    // Queries take milliseconds, less than compiling them would.
    'SET LOCAL jit = off',
    ...(schema === undefined ? [] : [`SET LOCAL search_path = ${quotedName(schema)}`]),
    "SELECT current_setting('server_encoding') AS encoding, pg_backend_pid() AS pid",
  ].join('; ')

  // Grows when tables were replaced: connections then plan their statements again, under other names.
  let generation = 0
  const snapshot: Database['snapshot'] = async (run, first) => {
    const client = await guarded(name, () => pool.connect())
    // A connection runs one query at a time.
    let turn: Promise<unknown> = Promise.resolve()
    let isOver = false
    try {
      const [facts, firstRows] = await guarded(name, () => beginWith(client, begin, first))
      const { encoding, pid } = facts
      if (encoding !== 'UTF8') throw new DatabaseEncodingError(name, String(encoding))
      const isDirect = pid === processOf(client)
      return await run({
        dialect: 'postgres',
        all(sql, parameters = []) {
          if (sql === first && parameters.length === 0) return Promise.resolve(firstRows)
          // A pooler may run the next transaction on another connection, which does not know the statement by its name.
          const query = {
            text: sql,
            values: toParameters(parameters),
            ...(isDirect && { name: `${nameOf(sql)}${generation}` }),
          }
          // What a failed run has left behind must not ask on: the connection is soon another's.
          if (isOver) {
            const message = `A snapshot of the database ${name} was asked after its end.`
            return Promise.reject(new DatabaseError(message, { cause: undefined, isTransient: false }))
          }
          const answer = turn.then(() => guarded(name, async () => rowsFrom(await client.query(query))))
          turn = answer.catch(() => undefined)
          return answer
        },
      })
    } catch (error) {
      if (error instanceof DatabaseError && error.isReplaced) generation += 1
      throw error
    } finally {
      isOver = true
      // Nothing was written, so nobody waits for the end. A failed run may have left queries behind.
      void turn
        .then(() => client.query('COMMIT'))
        .then(
          () => client.release(),
          (error: Error) => client.release(error),
        )
    }
  }
  return {
    dialect: 'postgres',
    all: (sql, parameters) => snapshot(({ all }) => all(sql, parameters), parameters?.length ? undefined : sql),
    snapshot,
    replica: () => snapshot(async ({ all }) => replicaFrom((await all(REPLICA))[0]!), REPLICA),
    close: () => pool.end(),
  }
}

/** Begins a transaction, and reads the rows of a first query in the same round trip; the last row of `begin` comes before them. */
async function beginWith(client: pg.ClientBase, begin: string, first: string | undefined): Promise<[Row, Row[]]> {
  if (first === undefined) return [await lastRow(client, begin), []]
  try {
    const results = (await client.query(`${begin}; ${first}`)) as unknown as pg.QueryResult[]
    return [rowsFrom(results.at(-2)!)[0]!, rowsFrom(results.at(-1)!)]
  } catch (error) {
    const fail = (): never => {
      throw error
    }
    await client.query('ROLLBACK').catch(fail)
    // Where the encoding is wrong, that says more than what is missing.
    const facts = await lastRow(client, begin).catch(fail)
    return facts.encoding === 'UTF8' ? fail() : [facts, []]
  }
}

/** Runs statements that have no parameters in one round trip, and returns the first row of the last. */
export async function lastRow(client: pg.ClientBase, statements: string): Promise<Row> {
  const results = (await client.query(statements)) as unknown as pg.QueryResult[]
  return rowsFrom(results.at(-1)!)[0]!
}

/** The process that the server named when the connection began. A pooler names one that does not exist. */
export function processOf(client: pg.ClientBase): number | undefined {
  return (client as pg.ClientBase & { processID?: number }).processID
}

/** The rows of a result. */
export function rowsFrom({ rows }: pg.QueryResult): Row[] {
  return rows as Row[]
}

/** Parameters in the types that the driver takes. */
export function toParameters(parameters: readonly Parameter[]): unknown[] {
  return parameters.map((parameter) => (parameter instanceof Uint8Array ? Buffer.from(parameter) : parameter))
}

/**
 * What a replica says of itself. The time of the last replayed transaction alone would call a replica late whenever nothing is
 * written. https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-RECOVERY-INFO-TABLE
 */
const REPLICA = `SELECT pg_is_in_recovery()::int AS replica,
  CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused()::int ELSE 0 END AS paused,
  coalesce((pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn())::int, 0) AS level,
  (EXISTS (SELECT FROM pg_stat_wal_receiver))::int AS receiving,
  extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 AS age`

function replicaFrom({ replica, paused, level, receiving, age }: Row): ReplicaState | undefined {
  if (replica === 0) return undefined
  const isPaused = paused === 1
  const isUpToDate = !isPaused && level === 1 && receiving === 1
  return { lag: isUpToDate ? 0 : age === null ? Infinity : Math.max(0, age as number), isPaused }
}

/** The name of a statement. The server plans a named statement once per connection. */
function nameOf(sql: string): string {
  return createHash('sha1').update(sql).digest('base64')
}
