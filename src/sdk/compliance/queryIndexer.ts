import { modelOf } from '../../abi/ledger.ts'
import { areRecalled } from '../../abi/recalls.ts'
import { credentialOf as credentialItem } from '../../abi/licenseCredential.ts'
import { ZERO_DIGEST } from '../../core/hex.ts'
import { MODEL_STATUSES } from '../../core/lineage.ts'
import { checkAnswer, type Described } from '../../query/checkAnswer.ts'
import type { LedgerOf, QueryClient, QueryName } from '../../query/client.ts'
import type { Operations } from '../../query/operations.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'
import { credentialOf } from '../registry/readLineage.ts'
import { SourcesDisagreeError } from './askIndexer.ts'
import { readBlock } from '../readBlock.ts'

/** Where an answer comes from: the indexer alone, whose ids are checked, or the indexer and the node, which agree. */
export type QuerySource = 'indexer' | 'both'

/**
 * Asks an indexer of a ledger any question of the query API: models, search, ancestors, descendants, path, family, blast radius,
 * credentials, claims, reviews, statistics and more. The answer names its `source` and its block.
 *
 * Every model in it is hashed from its registration, declared parents are looked up in it, and credentials are hashed from what they
 * are for: an id that does not fit is refused. With `source: 'both'` the node must have the same block, and the same state of each
 * model and each credential in the answer. That the answer is complete remains the indexer's word. Where a node alone can
 * answer, as in {@link readModel}, {@link listAncestors}, {@link findPath} and {@link listCredentials}, an indexer is not needed.
 *
 * @example
 * const indexer = createQueryClient({ url: 'http://127.0.0.1:8600' })
 * const { block, model } = await queryIndexer(ledger, { indexer, query: 'Descendants', variables: { id }, source: 'both' })
 *
 * @throws `IndexerMismatchError` when an id is not the hash of its content, or is not the id that was asked for
 * @throws {@link SourcesDisagreeError} when the indexer is of another chain, or the node does not agree
 * @throws `QueryUnreachableError` and `QueryError` as the client does
 */
export async function queryIndexer<Name extends QueryName>(
  ledger: Ledger,
  parameters: queryIndexer.Parameters<Name>,
): Promise<queryIndexer.ReturnType<Name>> {
  const { indexer, query, variables, source = 'indexer' } = parameters
  const answer = await indexer.query(query, variables)
  const { chainId, block } = answer
  if (chainId !== ledger.deployment.chainId) {
    throw new SourcesDisagreeError(`the indexer is of chain ${chainId}, and not ${ledger.deployment.chainId}`)
  }
  const described = checkAnswer(indexer.url, variables, answer)
  if (source === 'both') await askNode(ledger, block, described)
  return { ...answer, source }
}

export declare namespace queryIndexer {
  type Parameters<Name extends QueryName> = {
    indexer: QueryClient
    /** The question, by the name of its operation. */
    query: Name
    variables: Operations[Name]['variables']
    /** With `both`, the node must agree. Only the indexer is asked when left out. */
    source?: QuerySource
  }
  type ReturnType<Name extends QueryName> = LedgerOf<Name> & { source: QuerySource }
}

/** Compares what an answer says of models and credentials with the node's state as of the same block. */
async function askNode(
  ledger: Ledger,
  { number, hash }: LedgerOf<'Status'>['block'],
  { models, credentials }: Described,
): Promise<void> {
  const at = { blockTag: number }
  const disagree = (what: string): never => {
    throw new SourcesDisagreeError(`${what} as of block ${number}`)
  }
  const block = await readBlock(ledger.provider, number)
  if (block?.hash !== hash) throw new SourcesDisagreeError(`the node has another block ${number} than ${hash}`)
  await Promise.all([
    ...models.map(async ({ id, status, recalled, weights, tensors }) => {
      const [state, isRecalled] = await Promise.all([
        reading(() => methodOf(ledger, 'ledger', modelOf)(id, at)),
        reading(() => methodOf(ledger, 'recalls', areRecalled)(id, weights, tensors ?? ZERO_DIGEST, at)),
      ])
      const actual = MODEL_STATUSES[Number(state.status)]
      if (actual !== status) disagree(`the indexer has model ${id} as ${status}, and the node as ${actual}`)
      if (isRecalled !== recalled)
        disagree(`the indexer has ${recalled} for "recalled" of model ${id}, and the node ${isRecalled}`)
    }),
    ...credentials.map(async ({ id, ...indexed }) => {
      const actual = credentialOf(await reading(() => methodOf(ledger, 'licenseCredential', credentialItem)(id, at)))
      for (const field of ['publisher', 'state', 'validFrom', 'validUntil', 'gapFrom', 'gapUntil'] as const) {
        if (actual[field] !== indexed[field]) {
          disagree(
            `the indexer has ${indexed[field]} for "${field}" of credential ${id}, and the node ${actual[field]}`,
          )
        }
      }
    }),
  ])
}
