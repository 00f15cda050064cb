import { modelOf } from '../../abi/ledger.ts'
import { credentialOf as credentialItem } from '../../abi/licenseCredential.ts'
import { MODEL_STATUSES } from '../../core/lineage.ts'
import { checkAnswer, type Described } from '../../query/checkAnswer.ts'
import type { LedgerOf, QueryClient, QueryName } from '../../query/client.ts'
import type { Operations } from '../../query/operations.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading, readingOnly } from '../nodeErrors.ts'
import { credentialOf } from '../registry/readLineage.ts'
import { SourcesDisagreeError } from './verifyModel.ts'

/** Whose word an answer is: the indexer's alone, whose ids are checked, or the indexer's and the node's, which agree. */
export type QuerySource = 'indexer' | 'both'

/**
 * Asks an indexer of a ledger any question of the query API: models, search, ancestors, descendants, path, family, blast radius,
 * credentials, claims, reviews, statistics and the rest. The answer says by whose word it is (`source`) and as of which block.
 *
 * Every model in it is hashed from its registration, declared parents are looked up in it, and credentials are hashed from what they
 * are for: an id that does not fit is refused. With `verify: 'both'` the node has to have the same block, and of each model
 * and each credential in the answer the same state. That nothing was left out is the indexer's word in either case; where a node alone can
 * answer, as {@link readModel}, {@link listAncestors}, {@link findPath} and {@link listCredentials} do, no indexer is needed.
 *
 * @example
 * const indexer = createQueryClient({ url: 'http://127.0.0.1:8600' })
 * const { source, block, model } = await queryIndexer(ledger, { indexer, query: 'Descendants', variables: { id }, verify: 'both' })
 *
 * @throws `IndexerMismatchError` when an id is not the hash of what it is said to stand for, or another one than was asked for
 * @throws {@link SourcesDisagreeError} when the indexer is of another chain, or the node does not say the same
 * @throws `QueryUnreachableError` and `QueryError` as the client does
 */
export async function queryIndexer<Name extends QueryName>(
  ledger: Ledger,
  parameters: queryIndexer.Parameters<Name>,
): Promise<queryIndexer.ReturnType<Name>> {
  const { indexer, query, variables, verify = 'indexer' } = parameters
  const answer = await indexer.query(query, variables)
  const { chainId, block } = answer
  if (chainId !== ledger.deployment.chainId) {
    throw new SourcesDisagreeError(`the indexer is of chain ${chainId}, and not ${ledger.deployment.chainId}`)
  }
  const described = checkAnswer(indexer.url, variables, answer)
  if (verify === 'both') await askNode(ledger, block, described)
  return { ...answer, source: verify }
}

export declare namespace queryIndexer {
  type Parameters<Name extends QueryName> = {
    indexer: QueryClient
    /** The question, by the name of its operation. */
    query: Name
    variables: Operations[Name]['variables']
    /** Whether the node has to say the same; the indexer is asked alone when left out. */
    verify?: QuerySource
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
  const block = await readingOnly(() => ledger.provider.getBlock(number))
  if (block?.hash !== hash) throw new SourcesDisagreeError(`the node has another block ${number} than ${hash}`)
  await Promise.all([
    ...models.map(async ({ id, status }) => {
      const state = await reading(() => methodOf(ledger, 'ledger', modelOf)(id, at))
      const seen = MODEL_STATUSES[Number(state.status)]
      if (seen !== status) disagree(`the indexer says that model ${id} is ${status}, and the node ${seen}`)
    }),
    ...credentials.map(async ({ id, ...told }) => {
      const seen = credentialOf(await reading(() => methodOf(ledger, 'licenseCredential', credentialItem)(id, at)))
      for (const field of ['publisher', 'state', 'validFrom', 'validUntil', 'gapFrom', 'gapUntil'] as const) {
        if (seen[field] !== told[field]) {
          disagree(`the indexer says ${told[field]} for "${field}" of credential ${id}, and the node ${seen[field]}`)
        }
      }
    }),
  ])
}
