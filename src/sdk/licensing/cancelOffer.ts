import * as abi from '../../abi/licenseCredential.ts'
import type { Address, CredentialId, ModelId, TierId } from '../../core/hex.ts'
import { credentialIdOf } from '../../core/tier.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Cancels every signed offer of a tier to a holder before it is accepted. The credential of the returned id can then never be issued.
 *
 * @throws {@link ContractError} such as `LICENSE_CREDENTIAL_ALREADY_ISSUED`
 */
export async function cancelOffer(
  ledger: Ledger,
  parameters: cancelOffer.Parameters,
): Promise<Sent & { credential: CredentialId }> {
  const { model, tier, holder, ...options } = parameters
  const cancel = methodOf(ledger, 'licenseCredential', abi.cancelOffer)
  const sent = await transact(ledger, options, cancel, model, tier, holder)
  return { credential: credentialIdOf(model, tier, holder), ...withoutLogs(sent) }
}

export declare namespace cancelOffer {
  type Parameters = WriteOptions & { model: ModelId; tier: TierId; holder: Address }
}
