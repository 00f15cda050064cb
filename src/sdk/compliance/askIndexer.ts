import { StemmaError } from '../../core/errors.ts'
import type { Hex } from '../../core/hex.ts'
import type { LedgerReader } from '../../core/ports.ts'
import type { QueryClient } from '../../query/client.ts'
import { indexerReader } from '../../query/indexerReader.ts'
import type { Report } from '../../core/report.ts'
import type { Ledger } from '../connect.ts'
import { ledgerAsOf } from '../ledgerAsOf.ts'
import { ledgerAfter, ledgerAt, timeOfBlock, type BlockTime } from '../ledgerAt.ts'
import { askThen, nameLater } from './askThen.ts'
import type { AskReader, SourceOptions, VerifySource } from './sources.ts'

/**
 * Asks an indexer, and with `both` the node as of the same block, however far it is by now. A time before the indexer's newest block is
 * asked about as the ledger stood then. It is a module of its own so that a page
 * that asks a node alone does not download it.
 *
 * @throws {@link MissingIndexerError} {@link SourcesDisagreeError}
 */
export async function askIndexer<T>(
  ledger: Ledger,
  { source = 'indexer', indexer, at: asked, query }: SourceOptions & { at?: number | undefined; query: string },
  readerOf: (ledger: Ledger) => LedgerReader,
  ask: AskReader<T>,
  reportsOf: (answer: T) => readonly Report[],
): Promise<T> {
  if (!indexer) throw new MissingIndexerError(source)
  const { chainId } = ledger.deployment
  const isPast = asked !== undefined && asked < (await indexer.query('Status', {})).now
  const indexed = isPast
    ? await nameLater(
        asked,
        query,
        () => findIndexed(indexer, query),
        () => ask(indexerReader(indexer, { at: { time: asked } }), asked),
      )
    : await ask(indexerReader(indexer), asked)
  const { chainId: indexedChain, block, at } = reportsOf(indexed)[0]!
  if (indexedChain !== chainId) {
    throw new SourcesDisagreeError(`the indexer is of chain ${indexedChain}, and not ${chainId}`)
  }
  if (source === 'indexer') return indexed
  const then = isPast
    ? await ledgerAfter(ledger, asked, await timeOfBlock(ledger, asked, block))
    : ledgerAsOf(ledger, block)
  const checked = await ask(readerOf(then), at)
  const difference = differenceOf(reportsOf(indexed), reportsOf(checked))
  if (difference !== undefined) throw new SourcesDisagreeError(`${difference} as of block ${block}`)
  return checked
}

/**
 * Asks a node about a time. It is in this module because a page that asks a node about the present downloads neither, and a module more
 * would cost that page.
 */
export async function askNodeAt<T>(
  ledger: Ledger,
  { at, query }: { at: number; query: string },
  readerOf: (ledger: Ledger) => LedgerReader,
  ask: AskReader<T>,
): Promise<T> {
  const then = await ledgerAt(ledger, at)
  return askThen(then, at, query, () => ask(readerOf(then), at))
}

/** The block of the first registration of a model, or of weights. */
async function findIndexed(indexer: QueryClient, query: string): Promise<BlockTime | undefined> {
  const id = query as Hex
  const [{ model }, { models }] = await Promise.all([
    indexer.query('Model', { id }),
    indexer.query('Models', { filter: { weights: id }, first: 100 }),
  ])
  const found = model ?? models.nodes.at(-1)
  return found && { block: found.registered.number, timestamp: found.registered.time }
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
