import type pg from 'pg'

import type { Row } from './database.ts'
import { rowsFrom, toParameters } from './postgres.ts'
import { TABLE_NAMES } from './schema.ts'
import { dropStatements, tableStatements } from './statements.ts'
import {
  checkIdentity,
  checkLedger,
  checkpointOf,
  checkTables,
  DatabaseLockedError,
  firstCheckpoint,
  type Identity,
  type IndexCheckpoint,
} from './store.ts'
import { upgradeStatements } from './upgrades.ts'

/** The lock that an indexer of version 4 of the schema holds while it runs: "stemma" in ASCII. */
const SESSION_LOCK = 0x7374656d6d61
const LAST_WITH_SESSION_LOCK = 4

/** What the tables are to hold. */
export type Wanted = { name: string; identity: Identity; rebuild: boolean }

/**
 * Makes the tables, or upgrades them, within a transaction of the writer; returns how far the index is.
 *
 * @throws {@link ForeignDatabaseError}, {@link NewerDatabaseError}
 * @throws {@link DatabaseLockedError} when an indexer of an older release still runs
 */
export async function prepareTables(
  client: pg.Client,
  { name, identity, rebuild }: Wanted,
): Promise<IndexCheckpoint | undefined> {
  const read = async (): Promise<Row | undefined> => rowsFrom(await client.query('SELECT * FROM checkpoint'))[0]
  const made = await client.query(
    'SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename = ANY($1)',
    [TABLE_NAMES],
  )
  const present = made.rows.map(({ tablename }) => tablename as string)
  checkTables(present)
  if (present.includes('checkpoint')) {
    // Readers begin with this table, so none is between it and the others when they change.
    if (rebuild) await client.query('LOCK TABLE checkpoint IN ACCESS EXCLUSIVE MODE')
    const old = await read()
    if (old) {
      checkLedger(old, identity)
      if ((old.version as number) <= LAST_WITH_SESSION_LOCK) {
        const { rows } = await client.query('SELECT pg_try_advisory_xact_lock($1::bigint) AS free', [SESSION_LOCK])
        if (!rows[0].free) throw new DatabaseLockedError(name)
      }
    }
    if (rebuild) for (const statement of dropStatements()) await client.query(statement)
    else if (old) {
      for (const { sql, parameters = [] } of upgradeStatements('postgres', old, identity)) {
        await client.query(sql, toParameters(parameters))
      }
    }
  }
  for (const statement of tableStatements('postgres')) await client.query(statement)
  if (!(await read())) {
    const { sql, parameters } = firstCheckpoint(identity)
    await client.query(sql, toParameters(parameters))
  }
  const row = (await read())!
  checkIdentity(row, identity)
  return row.block === -1 ? undefined : checkpointOf(row)
}
