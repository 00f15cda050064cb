import type { CallCounts } from 'stemma/audit'
import type { Address } from 'stemma/core'
import { listCheckpoints, listOperators, readUsage, registrationOf, type Ledger } from 'stemma/sdk'

import type { KeyEntry, OperatorCounts, Quotas } from './ports.ts'

/**
 * Reads the quotas of a key's credential, and what was used of them: by this operator as its store has counted, and by the others whom the
 * publisher has authorized to audit, as they anchored it. Anybody can anchor for any credential, so nobody else's word counts.
 *
 * `own` is what the store of this gateway has counted, in all epochs.
 *
 * @throws what the node does wrong
 *
 * @example
 * const quotaOf = (entry: KeyEntry) => readQuota(ledger, { entry, operator, own: store.countsOf(entry.credential) })
 */
export async function readQuota(
  ledger: Ledger,
  parameters: { entry: KeyEntry; operator: Address; own: CallCounts },
): Promise<{ quotas: Quotas; used: OperatorCounts[] }> {
  const { entry, operator, own } = parameters
  const { publisher } = await registrationOf(ledger, entry.model)
  const [usage, operators] = await Promise.all([
    readUsage(ledger, { operator, ...entry }),
    listOperators(ledger, { publisher }),
  ])
  const authorized = operators.filter(({ scopes }) => scopes.includes('audit')).map((each) => each.operator)
  const others = [...new Set([publisher, ...authorized])].filter((each) => each !== operator)
  const checkpoints = await listCheckpoints(ledger, { operator: others, credentials: [entry.credential] })
  // The latest state of each log: checkpoints come oldest first, and counts never fall.
  const latest = new Map(checkpoints.map((checkpoint) => [checkpoint.log, checkpoint]))
  const counts = new Map<Address, OperatorCounts>([[operator, { operator, ...own }]])
  for (const { operator: other, calls, tokens } of latest.values()) {
    const before = counts.get(other) ?? { operator: other, calls: 0, tokens: 0 }
    counts.set(other, { ...before, calls: before.calls + Number(calls), tokens: before.tokens + Number(tokens) })
  }
  return { quotas: { calls: usage.callQuota, tokens: usage.tokenQuota }, used: [...counts.values()] }
}
