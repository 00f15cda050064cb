import { StemmaError } from 'stemma/core'
import type { Dialect, Parameter, Row } from './database.ts'
import { SCHEMA_VERSION } from './schema.ts'
import { ForeignDatabaseError, type Identity } from './store.ts'

/** A statement with its parameters. */
export type Statement = { sql: string; parameters?: readonly Parameter[] }

/**
 * The steps from one version of the schema to the next, by the version from which they start. A step is written out: it makes what
 * its version had, whatever the tables have become since. New tables and indexes need none, because both are made when missing.
 */
const STEPS: Readonly<Record<number, (dialect: Dialect, identity: Identity) => Statement[]>> = {
  4: (dialect, identity) => [
    ...(dialect === 'sqlite' ? SQLITE_5 : POSTGRES_5).map((sql) => ({ sql })),
    { sql: 'UPDATE checkpoint SET version = 5, first_block = $1', parameters: [identity.firstBlock ?? 0] },
  ],
  // Statements about endpoints have another event since. Those of the event before are not read any more, so an index that is made
  // later does not have them either.
  5: () => [{ sql: 'DROP TABLE serving_statements' }, { sql: 'UPDATE checkpoint SET version = 6' }],
}

/** SQLite cannot change the type of a column, so the table of one row is made again. */
const SQLITE_5 = [
  `CREATE TABLE checkpoint_5 (n INTEGER NOT NULL, version INTEGER NOT NULL, identity BLOB NOT NULL, state INTEGER NOT NULL,
    chain_id TEXT NOT NULL, ledger BLOB NOT NULL, genesis BLOB, first_block INTEGER NOT NULL, first_hash BLOB, code_hash BLOB,
    block INTEGER NOT NULL, hash BLOB NOT NULL, time INTEGER NOT NULL, finalized INTEGER NOT NULL, head INTEGER NOT NULL,
    indexed INTEGER NOT NULL, PRIMARY KEY (n))`,
  `INSERT INTO checkpoint_5 SELECT n, 5, randomblob(16), 0, CAST(chain_id AS TEXT), ledger, NULL, 0, NULL, NULL, block, hash, time,
    finalized, head, indexed FROM checkpoint`,
  'DROP TABLE checkpoint',
  'ALTER TABLE checkpoint_5 RENAME TO checkpoint',
]

const POSTGRES_5 = [
  `ALTER TABLE checkpoint ALTER chain_id TYPE TEXT COLLATE "C" USING chain_id::text,
    ADD identity BYTEA NOT NULL DEFAULT decode(replace(gen_random_uuid()::text, '-', ''), 'hex'),
    ADD state SMALLINT NOT NULL DEFAULT 0, ADD genesis BYTEA, ADD first_block BIGINT NOT NULL DEFAULT 0, ADD first_hash BYTEA,
    ADD code_hash BYTEA`,
  'ALTER TABLE checkpoint ALTER identity DROP DEFAULT, ALTER state DROP DEFAULT, ALTER first_block DROP DEFAULT',
]

/** The oldest version of the schema that can be upgraded. */
export const OLDEST_VERSION = Math.min(...Object.keys(STEPS).map(Number))

/**
 * The statements that bring an index to this release's version of the schema; none when it has it. They must run in one transaction.
 *
 * @throws {@link NewerDatabaseError} when a newer release made it
 * @throws {@link ForeignDatabaseError} when it is too old
 */
export function upgradeStatements(dialect: Dialect, checkpoint: Row, identity: Identity): Statement[] {
  const version = checkpoint.version as number
  if (version > SCHEMA_VERSION) throw new NewerDatabaseError(version)
  if (version < OLDEST_VERSION) {
    throw new ForeignDatabaseError(
      `has version ${version} of the schema, and only ${OLDEST_VERSION} and later can be upgraded. Rebuild it with --rebuild`,
    )
  }
  const statements: Statement[] = []
  for (let from = version; from < SCHEMA_VERSION; from++) statements.push(...STEPS[from]!(dialect, identity))
  return statements
}

/**
 * Checks that a database that is only read has this release's version of the schema.
 *
 * @throws {@link NewerDatabaseError}, {@link ForeignDatabaseError}
 */
export function checkVersion({ version }: Row): void {
  if (version === SCHEMA_VERSION) return
  if ((version as number) > SCHEMA_VERSION) throw new NewerDatabaseError(version as number)
  throw new ForeignDatabaseError(
    `has version ${version} of the schema, not ${SCHEMA_VERSION}. Upgrade it: run stemma-server index of this release on it`,
  )
}

/** Thrown when a newer release of Stemma made the database. */
export class NewerDatabaseError extends StemmaError {
  override name = 'NewerDatabaseError'
  constructor(version: number) {
    super(
      'DATABASE_NEWER',
      `This database was made by a newer release: it has version ${version} of the schema, and this one knows ${SCHEMA_VERSION}. Install the newer release, or name another database with --database.`,
    )
  }
}
