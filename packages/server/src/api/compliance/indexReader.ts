import type { LedgerReader } from 'stemma/core'
import type { UsageReader } from '../audit/usage.ts'
import type { LedgerView } from '../ledgerView.ts'
import type { TermsReader } from '../licensing/terms.ts'
import type { ModelReader } from '../registry/models.ts'
import type { PublisherReader } from '../registry/publishers.ts'
import type { LineageReader } from './lineages.ts'

/** Makes the reader that `stemma/verify` asks, over the index as of one block. */
export function indexReader(
  view: LedgerView,
  readers: {
    lineages: LineageReader
    models: ModelReader
    publishers: PublisherReader
    terms: TermsReader
    usage: UsageReader
  },
): LedgerReader {
  const { lineages, models, publishers, terms, usage } = readers
  return {
    source: 'indexer',
    async readLineage(model, licensee) {
      const lineage = await lineages.lineageOf(model, licensee)
      return { chainId: view.progress.chainId, block: view.block.number, timestamp: view.now, lineage }
    },
    readRegistrations: (ids) => lineages.registrations(ids),
    readExternals: (ids) => lineages.externals(ids),
    readStatedBindings: (ids, publishers) => lineages.statedBindings(ids, publishers),
    readTermsLabels: (ids) => terms.labelsOf(ids),
    async readAuditors(accounts) {
      const states = await Promise.all(accounts.map((publisher) => publishers.stateOf(publisher)))
      return new Map(
        states.map(({ operators }, index) => [
          accounts[index]!,
          operators.filter(({ scopes }) => scopes.includes('audit')).map(({ account }) => account),
        ]),
      )
    },
    readUsage: (credentials, operators) => usage.anchored(credentials, operators),
    findByWeights: (weights) => models.findByWeights(weights),
  }
}
