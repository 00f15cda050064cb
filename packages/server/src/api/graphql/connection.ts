import type { Page } from '../cursor.ts'
import type { Listing } from '../paging.ts'
import type { Field, PageInfoNode } from './schemaTypes.ts'

/** A connection of the schema: a page of a list, its count, and where the next page begins. */
export type Connection<N> = {
  nodes: Field<readonly (N | Promise<N>)[]>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}

/** Makes a connection of a list; the page and the count are each read on request. */
export function connection<T, N>(
  listing: Listing<T> | Promise<Listing<T>>,
  node: (item: T) => N | Promise<N>,
): Connection<N> {
  let page: Promise<Page<T>> | undefined
  const read = async (): Promise<Page<T>> => (page ??= (await listing).page())
  return {
    nodes: async () => (await read()).nodes.map(node),
    totalCount: async () => (await listing).count(),
    pageInfo: async () => {
      const { hasNextPage, endCursor } = await read()
      return { hasNextPage, endCursor }
    },
  }
}
