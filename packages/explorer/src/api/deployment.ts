import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { parseDeployment, type Deployment } from 'stemma/core'

import { api } from './queries.ts'

/**
 * Where the contracts of the ledger are, as the server of the index states it; null when it does not.
 *
 * @throws when the server is away, or states what is not a deployment
 */
export async function deploymentOf(signal?: AbortSignal): Promise<Deployment | null> {
  const response = await fetch(`${api.url}/v1/deployment`, {
    headers: { accept: 'application/json' },
    ...(signal && { signal }),
  })
  // A program on the way may answer with a page.
  const isJson = response.headers.get('content-type')?.includes('json') ?? false
  return response.ok && isJson ? parseDeployment(await response.json()) : null
}

/** {@link deploymentOf}, once for all pages. */
export function useDeployment(): UseQueryResult<Deployment | null> {
  return useQuery({ queryKey: ['deployment'], queryFn: ({ signal }) => deploymentOf(signal), staleTime: Infinity })
}
