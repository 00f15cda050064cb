import { parseDeployment, type Deployment } from 'stemma/core'

import { api } from './queries.ts'

/**
 * Where the contracts of the ledger are, as the server of the index states it; null when it does not.
 *
 * @throws when the server is away, or states what is not a deployment
 */
export async function deploymentOf(): Promise<Deployment | null> {
  const response = await fetch(`${api.url}/v1/deployment`, { headers: { accept: 'application/json' } })
  if (response.status === 404) return null
  return parseDeployment(await response.json())
}
