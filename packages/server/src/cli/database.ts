import { join } from 'node:path'

import { UsageError, type Context } from 'stemma/console'
import type { Deployment } from 'stemma/core'
import { findDeployment } from 'stemma/deployments'
import { isPostgresUrl, withSchema } from '../indexer/postgresPlace.ts'

/** The option by which both commands find the database. */
export const DATABASE_OPTION: [flags: string, description: string] = [
  '--database <path|url>',
  'a SQLite file or postgres://… (STEMMA_DATABASE; else .stemma/<ledger>.sqlite)',
]

/** The option by which several deployments share a PostgreSQL database. */
export const SCHEMA_OPTION: [flags: string, description: string] = [
  '--schema <name>',
  'the schema of a PostgreSQL database that holds the tables (?schema=… in its URL; else the first of the search path)',
]

/** The database of `--database` or STEMMA_DATABASE; by default a SQLite file named after the deployment in use. */
export async function databaseOf(
  { env, cwd }: Context,
  options: { database?: string; deployment?: string; schema?: string },
): Promise<string> {
  const { resolveDatabase } = await import('../indexer/openDatabase.ts')
  const given = options.database ?? (env.STEMMA_DATABASE || undefined)
  const database = given === undefined ? undefined : resolveDatabase(given, cwd)
  if (options.schema !== undefined) {
    if (database !== undefined && isPostgresUrl(database)) return withSchema(database, options.schema)
    throw new UsageError(
      '--schema is for PostgreSQL: name a URL with --database, or a file of its own without --schema.',
    )
  }
  if (database !== undefined) return database
  const { name } = await findDeployment(options.deployment, { env, cwd })
  return join(cwd, '.stemma', `${name}.sqlite`)
}

/** The deployment in use; undefined where a database is named and no deployment, so that any index can be served. */
export async function deploymentOf(
  { env, cwd }: Context,
  { database, deployment }: { database?: string; deployment?: string },
): Promise<Deployment | undefined> {
  const isNamed = deployment !== undefined || Boolean(env.STEMMA_DEPLOYMENT)
  const isOther = database !== undefined || Boolean(env.STEMMA_DATABASE)
  return isNamed || !isOther ? findDeployment(deployment, { env, cwd }) : undefined
}
