import * as abi from '../../abi/licenseCredential.ts'
import type { Address, CredentialId, ModelId, TierId } from '../../core/hex.ts'
import { credentialIdOf } from '../../core/tier.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { senderOf, transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Obtains a credential of an open tier for the sender, from now on and for as long as the tier allows. */
export async function obtainCredential(
  ledger: Ledger,
  parameters: obtainCredential.Parameters,
): Promise<Sent & { credential: CredentialId }> {
  const { model, tier, ...options } = parameters
  const sent = await transact(ledger, options, methodOf(ledger, 'licenseCredential', abi.obtain), model, tier)
  return { credential: credentialIdOf(model, tier, (await senderOf(ledger)) as Address), ...withoutLogs(sent) }
}

export declare namespace obtainCredential {
  type Parameters = WriteOptions & { model: ModelId; tier: TierId }
}
