import type { Address, ModelId, TierId } from '../../core/hex.ts'
import { FOREVER } from '../../core/lineage.ts'
import type { SignedOffer } from '../../documents/offer.ts'
import type { Ledger } from '../connect.ts'
import { senderOf, signTypedData } from '../transact.ts'

/**
 * Signs an offer of a credential (EIP-712) with the ledger's signer and sends nothing; the holder accepts and pays the gas.
 *
 * @throws {@link ReadOnlyError} when the ledger was connected by a provider
 */
export async function signOffer(ledger: Ledger, parameters: signOffer.Parameters): Promise<SignedOffer> {
  const { model, tier, holder, validFrom = 0, validUntil = FOREVER, deadline } = parameters
  const offer = { model, tier, holder, validFrom, validUntil, deadline }
  const account = (await senderOf(ledger)) as Address
  const { chainId, contracts } = ledger.deployment
  const signature = await signTypedData(
    ledger,
    { name: 'Stemma License Credential', version: '1', chainId, verifyingContract: contracts.licenseCredential },
    {
      Offer: [
        { name: 'model', type: 'bytes32' },
        { name: 'tier', type: 'bytes32' },
        { name: 'holder', type: 'address' },
        { name: 'validFrom', type: 'uint40' },
        { name: 'validUntil', type: 'uint40' },
        { name: 'deadline', type: 'uint48' },
      ],
    },
    offer,
  )
  return { ...offer, signer: parameters.signer ?? account, signature }
}

export declare namespace signOffer {
  type Parameters = {
    model: ModelId
    tier: TierId
    holder: Address
    /** Unix seconds; a past time means the time of acceptance. */
    validFrom?: number
    /** Unix seconds, exclusive; no end by default. */
    validUntil?: number
    /** Last second at which the offer can be accepted (Unix seconds). */
    deadline: number
    /** A publisher that is a contract and accepts the key's signature (ERC-1271); the key's account by default. */
    signer?: Address
  }
}
