import * as abi from '../../abi/licenseCredential.ts'
import { grantStructOf, type Grant } from '../../core/grant.ts'
import type { CredentialId } from '../../core/hex.ts'
import { credentialIdOf } from '../../core/tier.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Grants a tier of a model to a holder.
 *
 * @example
 * const { credential } = await grantCredential(ledger, { model, tier, holder, validUntil })
 */
export async function grantCredential(
  ledger: Ledger,
  parameters: grantCredential.Parameters,
): Promise<Sent & { credential: CredentialId }> {
  const { model, tier, holder, validFrom, validUntil, payment, agreement, lifts, ...options } = parameters
  const grant = grantStructOf(parameters)
  const sent = await transact(ledger, options, methodOf(ledger, 'licenseCredential', abi.grant), grant)
  return { credential: credentialIdOf(model, tier, holder), ...withoutLogs(sent) }
}

export declare namespace grantCredential {
  type Parameters = WriteOptions & Grant
}
