import { StemmaError } from '../../core/errors.ts'
import type { LedgerReader } from '../../core/ports.ts'
import type { QueryClient } from '../../query/client.ts'
import type { Report } from '../../verify/report.ts'
import { verify } from '../../verify/verify.ts'
import type { Ledger } from '../connect.ts'
import { nodeReader } from './nodeReader.ts'
import { readLineage } from '../registry/readLineage.ts'

/** Whom an answer is asked of: the node, an indexer (whose ids and terms are checked), or both, which then have to agree. */
export type VerifySource = 'node' | 'indexer' | 'both'

/**
 * Answers whether a model may be used in a way, with reasons, and says by whose word (`source` of the report). By default it asks the
 * node alone. An indexer answers faster; what it says is checked as far as ids go, and with `both` the node has to give the same answer
 * as of the same block.
 *
 * @example
 * const { verdict, findings } = await verifyModel(ledger, { model, use: 'commercial', facts: { monthlyRevenueUsd: 167_000_000n } })
 * const checked = await verifyModel(ledger, { model, use: 'host', verify: 'both', indexer: createQueryClient({ url }) })
 *
 * @throws {@link UnregisteredModelError} when the model is not registered
 * @throws {@link MissingIndexerError} when an indexer is to be asked, and none is named
 * @throws {@link SourcesDisagreeError} when node and indexer do not say the same
 */
export async function verifyModel(ledger: Ledger, parameters: verifyModel.Parameters): Promise<Report> {
  const { verify: source = 'node', indexer, ...question } = parameters
  if (source === 'node') return verify(nodeReader(ledger), question)
  if (!indexer) throw new MissingIndexerError(source)
  // Loads on demand: a page that asks a node alone does without it.
  const { indexerReader } = await import('../../query/indexerReader.ts')
  const told = await verify(indexerReader(indexer), question)
  if (told.chainId !== ledger.deployment.chainId) {
    throw new SourcesDisagreeError(`the indexer is of chain ${told.chainId}, and not ${ledger.deployment.chainId}`)
  }
  if (source === 'indexer') return told
  const { block } = told
  const node: LedgerReader = {
    ...nodeReader(ledger),
    readLineage: (model, licensee) => readLineage(ledger, { model, licensee, block }),
  }
  // The node is asked as of the block that the indexer answered for, however far it is by now.
  const seen = await verify(node, { ...question, at: told.at })
  const difference = differenceOf(told, seen)
  if (difference !== undefined) throw new SourcesDisagreeError(`${difference} as of block ${block}`)
  return seen
}

export declare namespace verifyModel {
  type Parameters = verify.Parameters & {
    /** Whose word counts; the node's when left out. */
    verify?: VerifySource
    /** The indexer to ask, where one is. */
    indexer?: QueryClient
  }
}

/** What two reports of the same question differ in; nothing when they say the same. */
function differenceOf(indexer: Report, node: Report): string | undefined {
  if (indexer.verdict !== node.verdict) return `the indexer says ${indexer.verdict}, and the node ${node.verdict}`
  const said = ({ findings, obligations }: Report): string => JSON.stringify([findings, obligations])
  return said(indexer) === said(node) ? undefined : 'the indexer gives other reasons than the node'
}

/** Thrown when an indexer is to be asked, and none is named. */
export class MissingIndexerError extends StemmaError {
  override name = 'MissingIndexerError'
  constructor(source: VerifySource) {
    super(
      'MISSING_INDEXER',
      `There is no indexer to ask for "${source}". Name one: indexer: createQueryClient({ url }).`,
    )
  }
}

/** Thrown when a node and an indexer do not say the same: one of them lies, lags or is broken. */
export class SourcesDisagreeError extends StemmaError {
  override name = 'SourcesDisagreeError'
  override readonly kind = 'undecided'
  constructor(what: string) {
    super(
      'SOURCES_DISAGREE',
      `Node and indexer do not agree: ${what}. Trust the node if it is yours, and have the index built anew.`,
    )
  }
}
