import type { CallCounts } from 'stemma/audit'

import type { Refusal, Reservation } from './ports.ts'

/** What one instance may use, what it used, and what its open calls have reserved. */
export class Pot {
  most: CallCounts
  used: CallCounts
  /** Of the calls that are open. */
  reserved: CallCounts = { calls: 0, tokens: 0 }

  constructor(most: CallCounts, used: CallCounts) {
    this.most = most
    this.used = used
  }

  /** Takes one call and some tokens; undefined when they are not there. */
  reserve(tokens: number): Reservation | undefined {
    const { most, used, reserved } = this
    if (used.calls + reserved.calls + 1 > most.calls) return undefined
    if (used.tokens + reserved.tokens + tokens > most.tokens) return undefined
    this.reserved = { calls: reserved.calls + 1, tokens: reserved.tokens + tokens }
    let isOpen = true
    return {
      settle: (spent) => {
        if (!isOpen) return
        isOpen = false
        this.reserved = { calls: this.reserved.calls - 1, tokens: this.reserved.tokens - tokens }
        this.used = { calls: this.used.calls + spent.calls, tokens: this.used.tokens + spent.tokens }
      },
    }
  }
}

/** The most that a quota allows; a quota of 0 does not bound. */
export function boundOf(quota: bigint): number {
  return quota === 0n ? Infinity : Number(quota)
}

/** Why a pot does not give what was asked: it is used up, or open calls hold it. */
export function exceeded({ most, used }: { most: CallCounts; used: CallCounts }, tokens: number): Refusal {
  if (used.calls + 1 > most.calls) return usedUp('calls')
  if (used.tokens + 1 > most.tokens) return usedUp('tokens')
  if (used.tokens + tokens > most.tokens) {
    const left = most.tokens - used.tokens
    const message = `The call may take ${tokens} tokens, and the license credential has ${left} left. Ask for fewer (max_tokens).`
    return { status: 429, code: 'quota_exceeded', message }
  }
  return held()
}

/** Open calls hold what is left of a quota. */
function held(): Refusal {
  const message =
    'Calls that are still open hold what is left of the quota of the license credential. Try again in 1 s.'
  return { status: 429, code: 'quota_reserved', message, retryAfter: 1 }
}

/** The quota of a credential has not been read yet. */
export function notReady(): Refusal {
  const message = 'The gateway has not read the quota of this key yet. Try again in 1 s.'
  return { status: 503, code: 'key_not_ready', message, retryAfter: 1 }
}

function usedUp(what: 'calls' | 'tokens'): Refusal {
  const message = `The quota of ${what} of the license credential is used up. Ask the licensor for another tier.`
  return { status: 429, code: 'quota_exceeded', message }
}
