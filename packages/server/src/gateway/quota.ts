import type { CallCounts } from 'stemma/audit'
import type { Address, CredentialId } from 'stemma/core'

import { isPostgresUrl } from '../indexer/postgresPlace.ts'
import { openLeases } from './leases.ts'
import type { OperatorCounts, QuotaStore, Refusal, Reservation } from './ports.ts'

/**
 * Opens where the quotas are counted: in the memory of this instance, or in a PostgreSQL database that several instances share.
 *
 * @throws {@link InvalidDatabaseError} when the database is not a PostgreSQL URL
 * @throws {@link DatabaseError} when the database cannot be used
 */
export async function openQuotaStore(parameters: openQuotaStore.Parameters): Promise<QuotaStore> {
  const { database, operator, ...options } = parameters
  if (database === undefined) return createMemoryQuotas(operator)
  if (!isPostgresUrl(database)) {
    const { InvalidDatabaseError } = await import('../indexer/database.ts')
    throw new InvalidDatabaseError('Quotas are shared over PostgreSQL only.')
  }
  return openLeases({ database, operator, ...options })
}

export declare namespace openQuotaStore {
  type Parameters = {
    /** A PostgreSQL URL, where several instances share the quotas; without one, they are counted in this instance alone. */
    database?: string
    /** The account of this instance. No two instances have the same. */
    operator: Address
    /** How long a share of the quota is this instance's, in seconds; 60 when left out. */
    lease?: number
    /** Milliseconds between two reports of what was used; 1,000 when left out. */
    interval?: number
    /** The clock, in milliseconds; `performance.now` when left out. */
    now?: () => number
    /** Called when the database is away, and with undefined when it answers again. */
    onFailure?: (failure: Error | undefined) => void
  }
}

/** Counts quotas in the memory of one instance, the operator. Calls of other operators count as they anchored them. */
export function createMemoryQuotas(operator: Address): QuotaStore {
  const pots = new Map<CredentialId, Pot>()
  return {
    async open({ credential }, quotas, counts) {
      const { own, others } = split(counts, operator)
      const most = { calls: boundOf(quotas.calls) - others.calls, tokens: boundOf(quotas.tokens) - others.tokens }
      const pot = pots.get(credential)
      if (pot) pot.most = most
      else pots.set(credential, new Pot(most, own))
    },
    reserve(credential, tokens) {
      const pot = pots.get(credential)
      return pot ? (pot.reserve(tokens) ?? exceeded(pot, tokens)) : notReady()
    },
    async close() {
      pots.clear()
    },
  }
}

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

/** The counts of one operator, and those of all others together. */
function split(counts: readonly OperatorCounts[], operator: Address): { own: CallCounts; others: CallCounts } {
  const sum = (list: readonly OperatorCounts[]): CallCounts => ({
    calls: list.reduce((total, { calls }) => total + calls, 0),
    tokens: list.reduce((total, { tokens }) => total + tokens, 0),
  })
  return {
    own: sum(counts.filter((each) => each.operator === operator)),
    others: sum(counts.filter((each) => each.operator !== operator)),
  }
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
export function held(): Refusal {
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
