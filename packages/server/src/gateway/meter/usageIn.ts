import { isObject } from '../jsonObject.ts'
import type { Route } from '../ports.ts'

/** Tokens that an upstream reports. What it left out is undefined. */
export type ReportedUsage = {
  input: number | undefined
  output: number | undefined
  /** Seconds of sound, where an upstream counts those instead of tokens. */
  seconds?: number
}

/** Most tokens that a record holds. An upstream that reports more is wrong, and reported nothing. */
export const MOST_TOKENS = 0xffff_ffff

/**
 * Reads a `usage` object of any dialect; undefined when it says nothing that can be believed. Input from a cache is input: the OpenAI
 * dialect counts it in, the Anthropic dialect counts it beside.
 */
export function usageIn(usage: unknown, { dialect }: Pick<Route, 'dialect'>): ReportedUsage | undefined {
  if (!isObject(usage)) return undefined
  const fresh = countIn(usage.prompt_tokens) ?? countIn(usage.input_tokens)
  const cached = (countIn(usage.cache_creation_input_tokens) ?? 0) + (countIn(usage.cache_read_input_tokens) ?? 0)
  const input = dialect === 'anthropic' && (fresh !== undefined || cached > 0) ? countIn((fresh ?? 0) + cached) : fresh
  const total = countIn(usage.total_tokens)
  const output =
    countIn(usage.completion_tokens) ??
    countIn(usage.output_tokens) ??
    (total !== undefined && input !== undefined ? countIn(total - input) : undefined)
  const { seconds } = usage
  if (input === undefined && output === undefined) {
    return isSeconds(seconds) ? { input, output, seconds } : undefined
  }
  return { input, output }
}

/** Whether a `usage` counts something. Some engines fill in zeros where they did not count. */
export function countsSomething({ input, output, seconds }: ReportedUsage): boolean {
  return (input ?? 0) + (output ?? 0) + (seconds ?? 0) > 0
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MOST_TOKENS
}

/** A count of tokens that a record can hold; undefined when it is none. */
function countIn(value: unknown): number | undefined {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MOST_TOKENS
    ? (value as number)
    : undefined
}
