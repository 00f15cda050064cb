import { join, resolve } from 'node:path'

import { findDeployment } from '../deployments/deploymentFiles.ts'
import { isPostgresUrl } from '../indexer/openDatabase.ts'
import { UsageError, type Context } from './context.ts'

/** Where the index is: as `--database` or STEMMA_DATABASE says, else beside the deployment that is used. */
export async function databaseOf(
  { env, cwd }: Context,
  options: { database?: string; deployment?: string },
): Promise<string> {
  const given = options.database ?? (env.STEMMA_DATABASE || undefined)
  if (given === '') throw new UsageError('--database is empty. Name a file, or postgres://….')
  if (given !== undefined) return isPostgresUrl(given) ? given : resolve(cwd, given)
  const { name } = await findDeployment(options.deployment, { env, cwd })
  return join(cwd, '.stemma', `${name}.sqlite`)
}
