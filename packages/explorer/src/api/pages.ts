import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import type { LedgerOf, Operations, QueryName } from 'stemma/query'

import { api, momentOf, type At } from './queries.ts'

/** A list as the API answers it, a page at a time. */
type Listed<Node> = {
  nodes: readonly Node[]
  totalCount?: number
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

/** A list of which the pages so far were read. */
export type Pages<Name extends QueryName, Node> = {
  data: { first: LedgerOf<Name>; nodes: readonly Node[]; total: number | undefined } | undefined
  error: unknown
  refetch: () => unknown
  hasMore: boolean
  isReading: boolean
  readMore: () => void
}

/** Reads a list page by page, as of a block. Without one, all its pages are asked again when the ledger has grown. */
export function useLedgerPages<Name extends QueryName, Node>(
  name: Name,
  variables: Omit<Operations[Name]['variables'], 'at' | 'after'>,
  at: At,
  listIn: (ledger: LedgerOf<Name>) => Listed<Node> | null | undefined,
  { enabled = true }: { enabled?: boolean } = {},
): Pages<Name, Node> {
  const found = useInfiniteQuery({
    queryKey: ['ledger', at ?? 'now', name, variables, 'pages'],
    queryFn: ({ signal, pageParam }) =>
      api.query(
        name,
        { ...variables, ...(pageParam && { after: pageParam }), ...momentOf(at) } as Operations[Name]['variables'],
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (last) => {
      const info = listIn(last)?.pageInfo
      return info?.hasNextPage ? (info.endCursor ?? undefined) : undefined
    },
    placeholderData: keepPreviousData,
    enabled,
  })
  const pages = found.data?.pages
  return {
    data: pages && {
      first: pages[0]!,
      nodes: pages.flatMap((page) => listIn(page)?.nodes ?? []),
      total: listIn(pages[0]!)?.totalCount,
    },
    error: found.error,
    refetch: () => void found.refetch(),
    hasMore: found.hasNextPage,
    isReading: found.isFetchingNextPage,
    readMore: () => void found.fetchNextPage(),
  }
}
