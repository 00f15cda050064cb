import { join } from 'node:path'

import type { Context } from 'stemma/console'
import { findDeployment } from 'stemma/deployments'
import { resolveDatabase } from '../indexer/openDatabase.ts'

/** The option by which both commands find the database. */
export const DATABASE_OPTION: [flags: string, description: string] = [
  '--database <path|url>',
  'a SQLite file or postgres://… (STEMMA_DATABASE; else .stemma/<ledger>.sqlite)',
]

/** The database of `--database` or STEMMA_DATABASE; by default a SQLite file named after the deployment in use. */
export async function databaseOf(
  { env, cwd }: Context,
  options: { database?: string; deployment?: string },
): Promise<string> {
  const given = options.database ?? (env.STEMMA_DATABASE || undefined)
  if (given !== undefined) return resolveDatabase(given, cwd)
  const { name } = await findDeployment(options.deployment, { env, cwd })
  return join(cwd, '.stemma', `${name}.sqlite`)
}
