import type { ChainId } from '../core/chainId.ts'
import { parseAddress, parseDigest, parseModelId, ZERO_DIGEST, type Address } from '../core/hex.ts'
import { endpointOf, servingHashOf, type ServingStatement, type ServingWord } from '../core/serving.ts'
import type { QueryClient } from './client.ts'
import { IndexerMismatchError } from './indexerReader.ts'

/**
 * Asks a query API for the latest word of each publisher about an endpoint, as of its newest block. Each statement is hashed; that none
 * was left out is the indexer's word. Of a publisher that took back what it had stated, the word is that of its last statement.
 */
export async function indexedServing(
  client: QueryClient,
  { origin, name }: { origin: string; name: string },
): Promise<{ words: ServingWord[]; chainId: ChainId; block: number }> {
  const endpoint = endpointOf(origin, name)
  const words = new Map<Address, ServingWord>()
  let after: string | undefined
  for (;;) {
    const page = { first: 100, ...(after !== undefined && { after }) }
    const { servingStatements, chainId, block } = await client.query('ServingStatements', {
      filter: { endpoint },
      ...page,
    })
    for (const node of servingStatements.nodes) {
      const served: ServingStatement = {
        publisher: parseAddress(node.publisher),
        model: parseModelId(node.modelId),
        origin: node.origin,
        name: node.name,
        from: node.from,
        until: node.until,
        grade: node.grade,
        evidence: node.evidence === null ? ZERO_DIGEST : parseDigest(node.evidence),
      }
      const statement = servingHashOf(served)
      if (statement !== node.statement || endpointOf(node.origin, node.name) !== endpoint) {
        throw new IndexerMismatchError(client.url, `the statement ${node.statement} does not hash to its id`)
      }
      const { publisher } = served
      const { revision } = node
      if ((words.get(publisher)?.revision ?? 0) >= revision) continue
      const stated = node.revoked ? null : { statement, served }
      words.set(publisher, { publisher, revision, stated, block: (node.revoked ?? node.stated).number })
    }
    const { hasNextPage, endCursor } = servingStatements.pageInfo
    if (!hasNextPage || endCursor === null) {
      return { words: [...words.values()].toSorted((a, b) => a.block - b.block), chainId, block: block.number }
    }
    after = endCursor
  }
}
