import * as abi from '../../abi/licenseCredential.ts'
import type { Address, CredentialId, ModelId, TierId } from '../../core/hex.ts'
import { FOREVER } from '../../core/lineage.ts'
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
  const { model, tier, holder, validFrom = 0, validUntil = FOREVER, ...options } = parameters
  const grant = methodOf(ledger, 'licenseCredential', abi.grant)
  const sent = await transact(ledger, options, grant, model, tier, holder, validFrom, validUntil)
  return { credential: credentialIdOf(model, tier, holder), ...withoutLogs(sent) }
}

export declare namespace grantCredential {
  type Parameters = WriteOptions & {
    model: ModelId
    tier: TierId
    holder: Address
    /** Unix seconds; a past time means now. */
    validFrom?: number
    /** Unix seconds, exclusive; no end by default, which a tier with a maximum duration refuses. */
    validUntil?: number
  }
}
