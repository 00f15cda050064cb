import type { Address } from '../core/hex.ts'
import type { Lineage } from '../core/lineage.ts'
import type { LedgerReader } from '../core/ports.ts'
import { findingDocs, type Finding } from '../core/report.ts'
import { credentialIdOf } from '../core/tier.ts'
import { countUsage, isExceeded, type CountedUsage, type CredentialOf } from '../core/usage.ts'
import type { EvaluatedUse } from './explain.ts'
import type { TrustPolicy } from './policy.ts'

/** What was counted under a credential of the licensee. */
export type CredentialUsage = CredentialOf & { counts: readonly CountedUsage[] }

/**
 * Counts the calls under the licensee's credentials by the logs of operators whose word counts: the model's publisher, those that it
 * authorised to anchor usage logs, those that the policy trusts, and, beside their sum, the licensee itself. Anybody may anchor any
 * counts, so a stranger's do not count, and are not read. In the order of the credentials' ids, so that every source gives the same.
 */
export async function readQuotas(
  reader: LedgerReader,
  lineage: Lineage,
  licensee: Address,
  policy: TrustPolicy,
): Promise<CredentialUsage[]> {
  if (!reader.readUsage) return []
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
  const own = [...new Set(credentials.map(({ model }) => publishers.get(model)!))]
  const auditors = await reader.readAuditors?.(own)
  const trusted = policy.trustedOperators ?? []
  const authorised = own.flatMap((publisher) => auditors?.get(publisher) ?? [])
  const usages = await reader.readUsage(credentials, [...new Set([...own, ...authorised, ...trusted, licensee])])
  return countUsage(usages, ({ operator, model }) => {
    const publisher = publishers.get(model)!
    return operator === publisher || trusted.includes(operator) || (auditors?.get(publisher) ?? []).includes(operator)
  })
}

/** A warning for each quota of a credential that is exceeded. What follows from it is between licensee and publisher. */
export function quotaFindings(usages: readonly CredentialUsage[], { paths }: Pick<EvaluatedUse, 'paths'>): Finding[] {
  return usages.flatMap(({ credential, model, counts }) =>
    counts.filter(isExceeded).map(({ kind, used, quota, operators }): Finding => {
      const logs = operators.length === 1 ? 'the logs of' : 'the sum of the logs of'
      return {
        code: 'quota-exceeded',
        severity: 'warning',
        model,
        path: paths.get(model) ?? [],
        reason: `The licensee's credential ${credential} was used beyond a quota of its tier, by ${logs} ${operators.join(', ')}: ${used} ${kind} of ${quota}.`,
        remedy: 'Agree with the publisher on a tier with a larger quota, or check the logs: stemma usage replay.',
        docs: findingDocs('quota-exceeded'),
        usage: { operators, credential, kind, used: String(used), quota: String(quota) },
      }
    }),
  )
}
