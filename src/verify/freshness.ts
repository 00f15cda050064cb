import { StemmaError } from '../core/errors.ts'
import type { AnswerSource, ReadBlock } from '../core/ports.ts'

/** How old the latest block may be when nobody states otherwise, in seconds. */
export const MAX_AGE = 3600

/** How fresh an answer has to be. */
export type Freshness = {
  /** The reader's clock, in Unix seconds. */
  now: number
  /** How old the latest block may be, in seconds; 0 for any age. */
  maxAge: number
}

/**
 * Refuses an answer of a source that stands still: a recall or a revocation may have come since. A block of the future is accepted.
 *
 * @throws {@link StaleNodeError}
 */
export function requireFresh(read: ReadBlock, source: AnswerSource, { now, maxAge }: Freshness): void {
  if (maxAge > 0 && now - read.timestamp > maxAge) throw new StaleNodeError(read, source, Math.floor(now), maxAge)
}

/** Thrown when the latest block of a node or an indexer is too old to decide anything now. */
export class StaleNodeError extends StemmaError {
  override name = 'StaleNodeError'
  override readonly kind = 'unavailable'
  constructor({ block, timestamp }: ReadBlock, source: AnswerSource, now: number, maxAge: number) {
    super(
      'NODE_STALE',
      `The latest block of the ${source}, ${block}, is of ${new Date(timestamp * 1000).toISOString()} and ${now - timestamp} seconds old; at most ${maxAge} are allowed. Ask a source that follows the chain, or allow an older block: --max-age, or maxAge in the SDK and in the deployment.`,
    )
  }
}
