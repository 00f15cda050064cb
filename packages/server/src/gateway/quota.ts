import type { CallCounts } from 'stemma/audit'
import type { Address, CredentialId } from 'stemma/core'

import { isPostgresUrl } from '../indexer/postgresPlace.ts'
import { openLeases } from './leases.ts'
import type { OperatorCounts, QuotaStore } from './ports.ts'
import { boundOf, exceeded, notReady, Pot } from './pot.ts'

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
