import * as abi from '../../abi/licenseCredential.ts'
import { grantStructOf } from '../../core/grant.ts'
import type { CredentialId } from '../../core/hex.ts'
import { credentialIdOf } from '../../core/tier.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import type { SignedOffer } from '../../documents/offer.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Accepts an offer that a publisher has signed. Send it from the holder's account. */
export async function acceptOffer(
  ledger: Ledger,
  parameters: acceptOffer.Parameters,
): Promise<Sent & { credential: CredentialId }> {
  const { model, tier, holder, validFrom, validUntil, payment, agreement, lifts, ...signed } = parameters
  const { epoch, deadline, signer, signature, ...options } = signed
  const offer = { grant: grantStructOf(parameters), epoch, deadline }
  const sent = await transact(
    ledger,
    options,
    methodOf(ledger, 'licenseCredential', abi.accept),
    offer,
    signer,
    signature,
  )
  return { credential: credentialIdOf(model, tier, holder), ...withoutLogs(sent) }
}

export declare namespace acceptOffer {
  type Parameters = WriteOptions & SignedOffer
}
