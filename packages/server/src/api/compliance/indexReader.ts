import type { LedgerReader } from 'stemma/core'
import type { UsageReader } from '../audit/usage.ts'
import type { LedgerView } from '../ledgerView.ts'
import type { TermsReader } from '../licensing/terms.ts'
import type { ModelReader } from '../registry/models.ts'
import type { LineageReader } from './lineages.ts'

/** Makes the reader that `stemma/verify` asks, over the index as of one block. */
export function indexReader(
  view: LedgerView,
  readers: { lineages: LineageReader; models: ModelReader; terms: TermsReader; usage: UsageReader },
): LedgerReader {
  const { lineages, models, terms, usage } = readers
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
    readUsage: (credentials) => usage.anchored(credentials),
    findByWeights: (weights) => models.findByWeights(weights),
  }
}
