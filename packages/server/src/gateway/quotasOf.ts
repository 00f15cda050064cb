import type { UsageStore } from 'stemma/audit'
import { listUsage, readUsage, type Ledger } from 'stemma/sdk'

import type { KeyEntry, OperatorCounts, Quotas } from './ports.ts'

/**
 * Makes the function by which an admission reads the quotas of a credential, and what was used of them: by this gateway as its store
 * counts it, and by other operators as they anchored it.
 *
 * @param operators accounts whose anchored counts are believed beside the store's
 */
export function quotasOf(
  ledger: Ledger,
  store: UsageStore,
  operators: readonly OperatorCounts['operator'][] = [],
): (entry: KeyEntry) => Promise<{ quotas: Quotas; used: readonly OperatorCounts[] }> {
  return async ({ credential, model, tier, holder }) => {
    const { operator } = store
    const [own, others] = await Promise.all([
      readUsage(ledger, { operator, credential, model, tier, holder }),
      operators.length === 0 ? [] : listUsage(ledger, { credentials: [{ credential, model, tier, holder }], operators }),
    ])
    const used = others
      .filter((each) => each.operator !== operator)
      .map((each) => ({ operator: each.operator, calls: Number(each.calls), tokens: Number(each.tokens) }))
    return {
      quotas: { calls: own.callQuota, tokens: own.tokenQuota },
      used: [{ operator, ...store.countsOf(credential) }, ...used],
    }
  }
}
