import type { LedgerReader } from '../../core/ports.ts'
import type { QueryClient } from '../../query/client.ts'
import { MAX_AGE, type Freshness } from '../../verify/freshness.ts'
import type { Report } from '../../core/report.ts'
import type { Ledger } from '../connect.ts'

/** Where to ask: the node, an indexer (whose ids and terms are checked), or both, which then have to agree. */
export type VerifySource = 'node' | 'indexer' | 'both'

/** Where a question is asked. */
export type SourceOptions = {
  /** Where to ask; the node when left out. */
  source?: VerifySource | undefined
  /** The indexer to ask, for every source but the node. */
  indexer?: QueryClient | undefined
}

/** How old the answer of a source may be. */
export type AgeOptions = {
  /**
   * How old the latest block of the source may be, in seconds; 0 for any age. The deployment's `maxAge` when left out, and one hour when
   * that states none. A node that stands still cannot know of a recall.
   */
  maxAge?: number | undefined
  /** The clock that the block's age is measured by, in Unix seconds; this machine's when left out. */
  now?: number | undefined
}

/** How fresh the answer of a ledger's source has to be. */
export function freshnessOf({ deployment }: Ledger, { maxAge, now }: AgeOptions): Freshness {
  return { now: now ?? Date.now() / 1000, maxAge: maxAge ?? deployment.maxAge ?? MAX_AGE }
}

/** Asks a reader, about the time `at` when that is given. */
export type AskReader<T> = (reader: LedgerReader, at?: number) => Promise<T>

/**
 * Asks a question of the sources that the options name, as of the time `at` where they name one: a time before the latest block is asked
 * about as the ledger stood then. With `both`, the indexer is asked first, and the node then as of the same block; the node's answer is
 * returned.
 *
 * @param readerOf makes what reads a ledger from a node
 * @param reportsOf the reports of an answer, which are what the sources have to agree in
 *
 * @throws `MissingIndexerError` when an indexer is to be asked, and none is named
 * @throws `SourcesDisagreeError` when the indexer is of another chain, or the node answers differently
 * @throws `BeforeLedgerError`, `NodeHistoryError` and `RegisteredLaterError` about a time of the past
 */
export async function askSources<T>(
  ledger: Ledger,
  options: SourceOptions & { at?: number | undefined; query: string },
  readerOf: (ledger: Ledger) => LedgerReader,
  ask: AskReader<T>,
  reportsOf: (answer: T) => readonly Report[],
): Promise<T> {
  const { source = 'node', at, query } = options
  if (source === 'node' && at === undefined) return ask(readerOf(ledger))
  const { askIndexer, askNodeAt } = await import('./askIndexer.ts')
  return source === 'node'
    ? askNodeAt(ledger, { at: at!, query }, readerOf, ask)
    : askIndexer(ledger, options, readerOf, ask, reportsOf)
}
