import { ZERO_ADDRESS, type Address } from '../core/hex.ts'
import type { Lineage } from '../core/lineage.ts'
import type { LedgerReader } from '../core/ports.ts'
import { exceededQuotas, type AnchoredUsage, type CredentialOf } from '../core/usage.ts'
import { credentialIdOf } from '../core/tier.ts'
import type { TrustPolicy } from './policy.ts'
import type { EvaluatedUse } from './explain.ts'
import { findingDocs, type Finding } from '../core/report.ts'

/**
 * Reads what was anchored of the calls under the licensee's credentials by operators whose word counts: the model's publisher,
 * the licensee itself, and those that the policy trusts. Anybody may anchor any counts, so a stranger's do not count. Sorted by id, so
 * that every source gives the same order.
 */
export async function readQuotas(
  reader: LedgerReader,
  lineage: Lineage,
  licensee: Address,
  policy: TrustPolicy,
): Promise<AnchoredUsage[]> {
  if (licensee === ZERO_ADDRESS || !reader.readUsage) return []
  const publishers = new Map(lineage.models.map(({ model, publisher }) => [model, publisher]))
  const credentials = lineage.models.flatMap(({ model, credentials }) =>
    credentials
      .filter(({ holder }) => holder === licensee)
      .map(({ tier, holder }): CredentialOf => ({
        credential: credentialIdOf(model, tier, holder),
        model,
        tier,
        holder,
      })),
  )
  if (credentials.length === 0) return []
  const trusted = [licensee, ...(policy.trustedOperators ?? [])]
  const own = credentials.map(({ model }) => publishers.get(model)!)
  const usages = await reader.readUsage(credentials, [...new Set([...own, ...trusted])])
  return usages
    .filter(({ operator, model }) => operator === publishers.get(model) || trusted.includes(operator))
    .toSorted((one, other) => (one.log < other.log ? -1 : 1))
}

/** A warning for each log in which a quota of a tier is exceeded. What follows from it is between licensee and publisher. */
export function quotaFindings(usages: readonly AnchoredUsage[], { paths }: Pick<EvaluatedUse, 'paths'>): Finding[] {
  return usages.flatMap((usage): Finding[] => {
    const exceeded = exceededQuotas(usage)
    if (exceeded.length === 0) return []
    const { model, operator, credential, calls, callQuota, tokens, tokenQuota } = usage
    const counts = { calls: `${calls} calls of ${callQuota}`, tokens: `${tokens} tokens of ${tokenQuota}` }
    return [
      {
        code: 'quota-exceeded',
        severity: 'warning',
        model,
        path: paths.get(model) ?? [],
        reason: `The licensee's credential ${credential} was used beyond the quotas of its tier, by the log of ${operator}: ${exceeded.map((what) => counts[what]).join(', ')}.`,
        remedy: 'Agree with the publisher on a tier with a larger quota, or check the log: stemma usage replay.',
        docs: findingDocs('quota-exceeded'),
        usage: {
          operator,
          credential,
          calls: String(calls),
          callQuota: String(callQuota),
          tokens: String(tokens),
          tokenQuota: String(tokenQuota),
        },
      },
    ]
  })
}
