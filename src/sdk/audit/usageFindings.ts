import type { Address } from '../../core/hex.ts'
import { countUsage, isExceeded, type CountedUsage, type CredentialOf } from '../../core/usage.ts'
import type { Ledger } from '../connect.ts'
import { registrationOf } from '../registry/readRegistrations.ts'
import { readAuditors } from './readAuditors.ts'
import { listUsage } from './readUsage.ts'

/** A quota of a tier that was exceeded under a credential, by the sum of the logs of operators whose word counts. */
export type UsageFinding = CredentialOf & CountedUsage & { code: 'quota-exceeded' }

/**
 * Finds the quotas that were exceeded under some credentials, as `verify` does: by the logs of the models' publishers, of the operators
 * that these authorised in the scope `audit`, and of those that the caller trusts; and, beside their sum, by that of each holder.
 *
 * @throws {@link UnregisteredModelError} when a credential names a model that is not registered
 */
export async function usageFindings(
  ledger: Ledger,
  parameters: { credentials: readonly CredentialOf[]; trusted?: readonly Address[] },
): Promise<UsageFinding[]> {
  const usages = await countCredentials(ledger, parameters)
  return usages.flatMap(({ counts, ...credential }) =>
    counts.filter(isExceeded).map((count) => ({ code: 'quota-exceeded' as const, ...credential, ...count })),
  )
}

/** Counts what was used under some credentials, by the operators whose word counts as {@link usageFindings} says. */
export async function countCredentials(
  ledger: Ledger,
  parameters: { credentials: readonly CredentialOf[]; trusted?: readonly Address[] },
): Promise<(CredentialOf & { counts: CountedUsage[] })[]> {
  const { credentials, trusted = [] } = parameters
  const models = [...new Set(credentials.map(({ model }) => model))]
  const read = await Promise.all(models.map((model) => registrationOf(ledger, model)))
  const publishers = new Map(read.map(({ publisher }, index) => [models[index]!, publisher]))
  const auditors = await readAuditors(ledger, { publishers: [...new Set(publishers.values())] })
  const believed = (publisher: Address): Address[] => [publisher, ...(auditors.get(publisher) ?? []), ...trusted]
  const operators = new Set([...publishers.values()].flatMap(believed))
  for (const { holder } of credentials) operators.add(holder)
  const usages = await listUsage(ledger, { credentials, operators: [...operators] })
  return countUsage(usages, ({ operator, model }) => believed(publishers.get(model)!).includes(operator))
}
