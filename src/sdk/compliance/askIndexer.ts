import { StemmaError } from '../../core/errors.ts'
import type { LedgerReader } from '../../core/ports.ts'
import { indexerReader } from '../../query/indexerReader.ts'
import type { Report } from '../../core/report.ts'
import type { AskReader, SourceOptions, VerifySource } from './sources.ts'

/**
 * Asks an indexer, and with `both` the node as of the same block, however far it is by now. It is a module of its own so that a page
 * that asks a node alone does not download it.
 *
 * @throws {@link MissingIndexerError} {@link SourcesDisagreeError}
 */
export async function askIndexer<T>(
  { source = 'indexer', indexer }: SourceOptions,
  chainId: number,
  nodeAsOf: (block: number) => LedgerReader,
  ask: AskReader<T>,
  reportsOf: (answer: T) => readonly Report[],
): Promise<T> {
  if (!indexer) throw new MissingIndexerError(source)
  const indexed = await ask(indexerReader(indexer))
  const { chainId: indexedChain, block, at } = reportsOf(indexed)[0]!
  if (indexedChain !== chainId) {
    throw new SourcesDisagreeError(`the indexer is of chain ${indexedChain}, and not ${chainId}`)
  }
  if (source === 'indexer') return indexed
  const checked = await ask(nodeAsOf(block), at)
  const difference = differenceOf(reportsOf(indexed), reportsOf(checked))
  if (difference !== undefined) throw new SourcesDisagreeError(`${difference} as of block ${block}`)
  return checked
}

/** What the reports of two sources on the same question differ in; undefined when they agree. */
function differenceOf(indexer: readonly Report[], node: readonly Report[]): string | undefined {
  for (const [index, { verdict, model, findings, obligations }] of indexer.entries()) {
    const other = node[index]
    if (model !== other?.model) return `the indexer answers for model ${model}, and the node for ${other?.model}`
    if (verdict !== other.verdict) return `the indexer answers ${verdict}, and the node ${other.verdict}`
    if (JSON.stringify([findings, obligations]) !== JSON.stringify([other.findings, other.obligations])) {
      return 'the indexer gives other reasons than the node'
    }
  }
  return undefined
}

/** Thrown when an indexer is to be asked, and none is named. */
export class MissingIndexerError extends StemmaError {
  override name = 'MissingIndexerError'
  constructor(source: VerifySource) {
    super('MISSING_INDEXER', `The source "${source}" needs an indexer. Name one: indexer: createQueryClient({ url }).`)
  }
}

/** Thrown when a node and an indexer do not answer the same: one of them lies, lags or is broken. */
export class SourcesDisagreeError extends StemmaError {
  override name = 'SourcesDisagreeError'
  override readonly kind = 'undecided'
  constructor(what: string) {
    super(
      'SOURCES_DISAGREE',
      `Node and indexer disagree: ${what}. Trust the node if it is yours, and have the index rebuilt.`,
    )
  }
}
