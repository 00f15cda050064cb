import { keepPreviousData, QueryClient, useQuery, type UseQueryResult } from '@tanstack/react-query'
import {
  createQueryClient,
  QueryAnswerError,
  QueryError,
  type LedgerOf,
  type Moment,
  type Operations,
  type QueryName,
} from 'stemma/query'

/** How often the page asks whether the ledger has grown, in milliseconds. */
const POLL = 4000
/** How often a request that may succeed later is sent again. */
const RETRIES = 1

/** Thrown when a server refuses because of too many requests. `after` is in seconds. */
export class TooManyRequestsError extends Error {
  override name = 'TooManyRequestsError'
  readonly after: number
  constructor(after: number) {
    super(`Too many requests: wait ${after} seconds.`)
    this.after = after
  }
}

/** The address of the query API: the server that the page came from, unless the page names another. */
export const apiUrl = document.querySelector<HTMLMetaElement>('meta[name="stemma-api"]')?.content || location.origin

/** Seconds to wait where a server does not state them, and the most that a page asks for, whatever a server or a proxy states. */
const [USUAL_WAIT, LONGEST_WAIT] = [10, 3600]

function waitOf(stated: string | null): number {
  const seconds = /^\d{1,20}$/.test(stated ?? '') ? Number(stated) : 0
  return seconds > 0 ? Math.min(seconds, LONGEST_WAIT) : USUAL_WAIT
}

/** The query API at that address. */
export const api = createQueryClient({
  url: apiUrl,
  async fetch(request) {
    const response = await fetch(request)
    if (response.status === 429) throw new TooManyRequestsError(waitOf(response.headers.get('retry-after')))
    return response
  },
})

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < RETRIES && !(error instanceof QueryError),
      retryDelay: 500,
      staleTime: 30_000,
      networkMode: 'always',
      refetchOnWindowFocus: false,
    },
  },
})

/** The moment of an address: a block, or the newest one. */
export type At = number | undefined

export function momentOf(at: At): { at?: Moment } {
  return at === undefined ? {} : { at: { block: at } }
}

/** Runs an operation as of a block. Without one, it is asked again when the ledger has grown. */
export function useLedger<Name extends QueryName>(
  name: Name,
  variables: Omit<Operations[Name]['variables'], 'at'>,
  at: At,
  { enabled = true }: { enabled?: boolean } = {},
): UseQueryResult<LedgerOf<Name>> {
  return useQuery({
    queryKey: ['ledger', at ?? 'now', name, variables],
    queryFn: ({ signal }) =>
      api.query(name, { ...variables, ...momentOf(at) } as Operations[Name]['variables'], { signal }),
    enabled,
    placeholderData: keepPreviousData,
  })
}

/** How far the index is. Whatever is as of the newest block is asked again when that is another one. */
export function useStatus(): UseQueryResult<LedgerOf<'Status'>> {
  return useQuery({
    queryKey: ['status'],
    queryFn: async ({ signal }) => {
      const before = queries.getQueryData<LedgerOf<'Status'>>(['status'])
      const status = await api.query('Status', {}, { signal })
      if (!isStatus(status)) throw new QueryAnswerError(apiUrl, 'it does not say how far the index is')
      if (before && before.block.hash !== status.block.hash) {
        void queries.invalidateQueries({ queryKey: ['ledger', 'now'] })
      }
      return status
    },
    refetchInterval: POLL,
    staleTime: POLL,
  })
}

/** The frame of every page counts on these, whatever a server answers. */
function isStatus({ block, progress }: Partial<LedgerOf<'Status'>>): boolean {
  return [block?.number, block?.time, progress?.block, progress?.head].every((each) => Number.isSafeInteger(each))
}
