import { join } from 'node:path'

import { findDeployment } from 'stemma/deployments'
import { resolveDatabase } from '../indexer/openDatabase.ts'
import type { Context } from 'stemma/console'

/** Where the index is: as `--database` or STEMMA_DATABASE says, else beside the deployment that is used. */
export async function databaseOf(
  { env, cwd }: Context,
  options: { database?: string; deployment?: string },
): Promise<string> {
  const given = options.database ?? (env.STEMMA_DATABASE || undefined)
  if (given !== undefined) return resolveDatabase(given, cwd)
  const { name } = await findDeployment(options.deployment, { env, cwd })
  return join(cwd, '.stemma', `${name}.sqlite`)
}
