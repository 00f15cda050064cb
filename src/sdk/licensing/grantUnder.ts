import * as abi from '../../abi/licenseCredential.ts'
import type { Address, CredentialId } from '../../core/hex.ts'
import { grantStructOf, type Grant } from '../../core/grant.ts'
import { credentialIdOf } from '../../core/tier.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Issues a sub-credential under the credential that a licensee holds of the same tier. Send it from the licensee's account. It is
 * never valid when its parent is not.
 *
 * @example
 * await grantUnder(ledger, { model, tier, licensee, holder, validUntil })
 *
 * @throws {@link ContractError} such as `LICENSE_CREDENTIAL_BEYOND_PARENT`
 */
export async function grantUnder(
  ledger: Ledger,
  parameters: grantUnder.Parameters,
): Promise<Sent & { credential: CredentialId; parent: CredentialId }> {
  const { licensee, validFrom: _from, validUntil: _until, model, tier, holder, ...options } = parameters
  const { validFrom, validUntil } = grantStructOf(parameters)
  const under = methodOf(ledger, 'licenseCredential', abi.grantUnder)
  const sent = await transact(ledger, options, under, model, tier, licensee, holder, validFrom, validUntil)
  const [credential, parent] = [credentialIdOf(model, tier, holder), credentialIdOf(model, tier, licensee)]
  return { credential, parent, ...withoutLogs(sent) }
}

export declare namespace grantUnder {
  type Parameters = WriteOptions &
    Omit<Grant, 'payment' | 'agreement' | 'lifts' | 'validUntil'> & {
      /** The holder of the parent. */
      licensee: Address
      /** Unix seconds, exclusive; at most the parent's end. */
      validUntil: number
    }
}
