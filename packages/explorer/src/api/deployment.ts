import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { parseDeployment, type Deployment } from 'stemma/core'

import { api } from './queries.ts'

/** Where the contracts of the ledger are, as the server says; null where it does not know. */
export function useDeployment(): UseQueryResult<Deployment | null> {
  return useQuery({
    queryKey: ['deployment'],
    queryFn: async ({ signal }) => {
      const response = await fetch(`${api.url}/deployment.json`, { signal })
      // A program on the way may answer with a page.
      const isJson = response.headers.get('content-type')?.includes('json') ?? false
      return response.ok && isJson ? parseDeployment(await response.json()) : null
    },
    staleTime: Infinity,
  })
}
