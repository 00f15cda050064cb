import type { KeyRate, Refusal } from './ports.ts'

/** What a call took of its key's rates. */
export type RateSlot = {
  /** Gives back the parallel call, and corrects the tokens to those that were used. Once. */
  release(tokens: number): void
  /** Gives back all that was taken, for a call that is not made after all. */
  cancel(): void
}

/** The rates of all keys: two buckets each, which fill as time passes, and a count of open calls. */
export type Rates = {
  /** Takes one call and some tokens of a key's rates, or says when to come again. */
  take(key: string, rate: KeyRate, tokens: number): RateSlot | Refusal
  /** How many calls of a key are open. */
  parallelOf(key: string): number
  /** Forgets the keys that are not among these, and have no open call. */
  keep(keys: ReadonlySet<string>): void
}

/** What one key has left: `at` is when, in milliseconds. */
type Buckets = { calls: number; tokens: number; parallel: number; at: number; rate: KeyRate }

const MINUTE = 60_000
/** What sums of fractions may be off by: who comes at the second that was named is not sent away again. */
const ROUNDING = 1e-6

/**
 * Keeps rates by key. A bucket holds what a minute allows, so a key that rested may use a minute's worth at once, and more than twice
 * that in no minute. A call takes the tokens that it may need, and gets back what it did not use. A call that may need more than a minute
 * allows waits for a full bucket, and leaves a debt.
 */
export function createRates(now: () => number): Rates {
  const keys = new Map<string, Buckets>()

  const bucketsOf = (key: string, rate: KeyRate): Buckets => {
    const { callsPerMinute: mostCalls = Infinity, tokensPerMinute: mostTokens = Infinity } = rate
    const time = now()
    const buckets = keys.get(key)
    if (!buckets || !isSame(buckets.rate, rate)) {
      // A rate that was changed begins full, and knows of the calls that are open.
      const fresh = { calls: mostCalls, tokens: mostTokens, parallel: buckets?.parallel ?? 0, at: time, rate }
      keys.set(key, fresh)
      return fresh
    }
    // A clock that was set back fills nothing.
    const minutes = Math.max(0, time - buckets.at) / MINUTE
    buckets.at = time
    // What is not bounded stays infinite, and zero minutes of it would be NaN.
    if (minutes > 0) {
      buckets.calls = Math.min(mostCalls, buckets.calls + minutes * mostCalls)
      buckets.tokens = Math.min(mostTokens, buckets.tokens + minutes * mostTokens)
    }
    return buckets
  }

  return {
    take(key, rate, tokens) {
      const { callsPerMinute = Infinity, tokensPerMinute = Infinity, parallelCalls = Infinity } = rate
      const buckets = bucketsOf(key, rate)
      if (buckets.parallel >= parallelCalls) {
        const open = `The key may have ${parallelCalls} calls open at a time, and has ${buckets.parallel}.`
        return refused('rate_parallel', `${open} Wait until one has ended.`, 1)
      }
      if (buckets.calls < 1 - ROUNDING) {
        const wait = secondsUntil(1 - buckets.calls, callsPerMinute)
        return refused('rate_calls', `The key may make ${callsPerMinute} calls a minute.`, wait)
      }
      const needed = Math.min(tokens, tokensPerMinute)
      if (buckets.tokens < needed - ROUNDING) {
        const wait = secondsUntil(needed - buckets.tokens, tokensPerMinute)
        const text = `The key may use ${tokensPerMinute} tokens a minute, and the call may take ${tokens}. Ask for fewer.`
        return refused('rate_tokens', text, wait)
      }
      buckets.calls -= 1
      buckets.tokens -= tokens
      buckets.parallel += 1
      let isOpen = true
      const end = (calls: number, unused: number): void => {
        if (!isOpen) return
        isOpen = false
        const current = keys.get(key)!
        const { callsPerMinute: mostCalls = Infinity, tokensPerMinute: mostTokens = Infinity } = current.rate
        current.parallel -= 1
        current.calls = Math.min(mostCalls, current.calls + calls)
        current.tokens = Math.min(mostTokens, current.tokens + unused)
      }
      return { release: (used) => end(0, tokens - used), cancel: () => end(1, tokens) }
    },
    parallelOf: (key) => keys.get(key)?.parallel ?? 0,
    keep(kept) {
      for (const [key, { parallel }] of keys) if (!kept.has(key) && parallel === 0) keys.delete(key)
    },
  }
}

/** Whole seconds until a bucket has so much more. */
function secondsUntil(missing: number, perMinute: number): number {
  return Math.ceil(((missing - ROUNDING) / perMinute) * 60)
}

function isSame(one: KeyRate, other: KeyRate): boolean {
  return (['callsPerMinute', 'tokensPerMinute', 'parallelCalls'] as const).every((name) => one[name] === other[name])
}

function refused(code: string, message: string, retryAfter: number): Refusal {
  return { status: 429, code, message: `${message} Try again in ${retryAfter} s.`, retryAfter }
}
