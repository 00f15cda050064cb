import { exceededQuotas, type AnchoredUsage, type CredentialOf } from '../../core/usage.ts'
import type { Ledger } from '../connect.ts'
import { listUsage } from './readUsage.ts'

/** A quota of a tier that was exceeded under a credential, as the operator of the log states. */
export type UsageFinding = AnchoredUsage & {
  code: 'quota-exceeded'
  /** The counts that exceed their quotas. */
  exceeded: readonly ('calls' | 'tokens')[]
}

/** Finds the quotas that were exceeded under some credentials, according to any operator's checkpoints. */
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
