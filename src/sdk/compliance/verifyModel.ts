import type { Digest, ModelId } from '../../core/hex.ts'
import type { Right } from '../../core/vocabulary.ts'
import type { Report } from '../../core/report.ts'
import { verifyUses } from '../../verify/verify.ts'
import { verifyWeights } from '../../verify/verifyWeights.ts'
import type { Ledger } from '../connect.ts'
import { nodeReader } from './nodeReader.ts'
import { askSources, freshnessOf, type AgeOptions, type SourceOptions } from './sources.ts'

/**
 * Answers whether a model, or weights by their digest, may be used in a way, with reasons. It asks the node alone unless `source`
 * names another source. An indexer answers faster; its ids and terms are checked. With `both`, the node has to give the same answer
 * as of the same block. About a time of the past (`at`) it answers as the ledger stood then, which needs an archive node or an indexer;
 * about a time to come, by what is known now. Of weights with several registrations, the worst answer counts, as `verifyWeights` describes.
 *
 * @example
 * const { verdict, findings } = await verifyModel(ledger, { model, use: 'commercial', facts: { monthlyRevenueUsd: 167_000_000n } })
 * const checked = await verifyModel(ledger, { weights, use: 'host', source: 'both', indexer: createQueryClient({ url }) })
 *
 * @throws {@link UnregisteredModelError} when the model is not registered
 * @throws `UnregisteredWeightsError` when nobody has registered the weights
 * @throws `StaleNodeError` when the latest block of the source is older than `maxAge`
 * @throws `MissingIndexerError` when an indexer is to be asked, and none is named
 * @throws `RegisteredLaterError` when the model was not registered yet at the time `at`
 * @throws `BeforeLedgerError` when the ledger was deployed later
 * @throws `NodeHistoryError` when the node does not have the state of that time
 * @throws `SourcesDisagreeError` when node and indexer do not answer the same
 */
export async function verifyModel(ledger: Ledger, parameters: verifyModel.Parameters): Promise<Report> {
  const { source, indexer, use, model, weights, maxAge, now, ...given } = parameters
  const question = { ...given, uses: [use], freshness: freshnessOf(ledger, { maxAge, now }) }
  const [report] = await askSources(
    ledger,
    { source, indexer, at: given.at, query: model ?? weights },
    nodeReader,
    async (reader, at): Promise<readonly Report[]> => {
      const asked = { ...question, ...(at !== undefined && { at }) }
      if (model !== undefined) return verifyUses(reader, { ...asked, model })
      return (await verifyWeights(reader, { ...asked, weights })).reports
    },
    (reports) => reports,
  )
  return report!
}

export declare namespace verifyModel {
  type Parameters = Omit<verifyUses.Parameters, 'uses' | 'model' | 'freshness'> &
    SourceOptions &
    AgeOptions & { use: Right } & ({ model: ModelId; weights?: never } | { weights: Digest; model?: never })
}
