import { exceededQuotas, type AnchoredUsage, type CredentialOf } from '../../core/usage.ts'
import type { Ledger } from '../connect.ts'
import { listUsage } from './readUsage.ts'

/** A quota of a tier that was exceeded under a credential, by the word of the operator that kept the log. */
export type UsageFinding = AnchoredUsage & {
  code: 'quota-exceeded'
  /** Which counts are more than their quotas. */
  exceeded: readonly ('calls' | 'tokens')[]
}

/** Finds the quotas that were exceeded under some credentials, by what any operator has anchored. */
export async function usageFindings(
  ledger: Ledger,
  parameters: { credentials: readonly CredentialOf[] },
): Promise<UsageFinding[]> {
  const usages = await listUsage(ledger, parameters)
  return usages.flatMap((usage): UsageFinding[] => {
    const exceeded = exceededQuotas(usage)
    return exceeded.length > 0 ? [{ code: 'quota-exceeded', ...usage, exceeded }] : []
  })
}
