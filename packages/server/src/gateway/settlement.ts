import type { CallOutcome } from 'stemma/audit'

/** How a call can end that went upstream. */
export type CallEnding =
  | 'served'
  | 'upstream-error'
  | 'upstream-away'
  | 'upstream-cut'
  | 'left-before-answer'
  | 'left-mid-answer'
  | 'lost-before-answer'
  | 'lost-mid-answer'
  | 'stopped-before-answer'
  | 'stopped-mid-answer'
  | 'body-cut'
  | 'body-refused'

/** What is settled: the outcome in the record, and which tokens count. */
export type Settlement = {
  outcome: CallOutcome
  /** `metered`: as the answer said, else by estimate; `input`: those of the request, by estimate; `none`. */
  tokens: 'metered' | 'input' | 'none'
}

/**
 * How each ending is settled. Who leaves pays for what the upstream did until then; nobody pays for what the upstream did not do; an
 * error of the upstream is never counted as an answer.
 */
export const SETTLEMENTS: Readonly<Record<CallEnding, Settlement>> = {
  served: { outcome: 'served', tokens: 'metered' },
  'upstream-error': { outcome: 'failed', tokens: 'none' },
  'upstream-away': { outcome: 'failed', tokens: 'none' },
  'upstream-cut': { outcome: 'failed', tokens: 'metered' },
  'left-before-answer': { outcome: 'failed', tokens: 'input' },
  'left-mid-answer': { outcome: 'failed', tokens: 'metered' },
  'lost-before-answer': { outcome: 'failed', tokens: 'input' },
  'lost-mid-answer': { outcome: 'failed', tokens: 'metered' },
  'stopped-before-answer': { outcome: 'failed', tokens: 'input' },
  'stopped-mid-answer': { outcome: 'failed', tokens: 'metered' },
  'body-cut': { outcome: 'failed', tokens: 'none' },
  'body-refused': { outcome: 'refused', tokens: 'none' },
}
