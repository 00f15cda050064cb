import { isObject } from '../jsonObject.ts'
import type { Route, Usage } from '../ports.ts'
import { NOTHING } from './bodyMeter.ts'
import { inflated } from './inflated.ts'
import type { KeptBytes } from './keptBytes.ts'
import { countsSomething, MOST_TOKENS, usageIn } from './usageIn.ts'

/** Tokens that a request of a batch counts, of input and of output each, where the API reports none for the batch. */
const TOKENS_A_REQUEST = 500
const ENDED: ReadonlySet<unknown> = new Set(['completed', 'expired', 'cancelled'])

/**
 * The tokens of a batch, from the object that says that it has ended: as it reports them, or else 1,000 for each request that was
 * completed, marked as an estimate, as the answers stand in a file that nobody may ever read. Nothing before it has ended.
 */
export function batchUsage(route: Route, encoding: string, kept: KeptBytes): Usage {
  const batch = kept.isWhole ? parsed(inflated(kept.bytes(), encoding)) : undefined
  if (batch === undefined || batch.object !== 'batch' || !ENDED.has(batch.status)) return NOTHING
  const { id, created_at: createdAt, request_counts: counts } = batch
  if (typeof id !== 'string' || !Number.isSafeInteger(createdAt)) return NOTHING
  const ended = { id, createdAt: createdAt as number }
  const usage = usageIn(batch.usage, route)
  const completed =
    isObject(counts) && Number.isSafeInteger(counts.completed) ? Math.max(0, counts.completed as number) : 0
  if (usage !== undefined && (countsSomething(usage) || completed === 0)) {
    return { inputTokens: usage.input ?? 0, outputTokens: usage.output ?? 0, counted: 'reported', batch: ended }
  }
  const tokens = Math.min(MOST_TOKENS, completed * TOKENS_A_REQUEST)
  return { inputTokens: tokens, outputTokens: tokens, counted: 'estimated', batch: ended }
}

function parsed(bytes: Buffer | undefined): Record<string, unknown> | undefined {
  if (bytes === undefined) return undefined
  try {
    const value: unknown = JSON.parse(bytes.toString())
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
