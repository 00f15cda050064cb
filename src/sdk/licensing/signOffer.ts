import * as abi from '../../abi/ledger.ts'
import { parseAddress, type Address, type ModelId, type TierId } from '../../core/hex.ts'
import { FOREVER } from '../../core/lineage.ts'
import type { SignedOffer } from '../../documents/offer.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'
import { readEpoch } from '../registry/readEpoch.ts'
import { senderOf, signTypedData } from '../transact.ts'

/**
 * Signs an offer of a credential (EIP-712) with the ledger's signer and sends nothing; the holder accepts and pays the gas. The
 * offer ends with its deadline, and when control of the publisher changes.
 *
 * @throws {@link ReadOnlyError} when the ledger was connected by a provider
 */
export async function signOffer(ledger: Ledger, parameters: signOffer.Parameters): Promise<SignedOffer> {
  const { model, tier, holder, validFrom = 0, validUntil = FOREVER, deadline } = parameters
  const [account, epoch] = await Promise.all([senderOf(ledger), epochOf(ledger, model)])
  const offer = { model, tier, holder, validFrom, validUntil, epoch, deadline }
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
        { name: 'epoch', type: 'uint32' },
        { name: 'deadline', type: 'uint48' },
      ],
    },
    offer,
  )
  return { ...offer, signer: parameters.signer ?? (account as Address), signature }
}

/** The epoch of a model's publisher. */
async function epochOf(ledger: Ledger, model: ModelId): Promise<number> {
  const { publisher } = await reading(() => methodOf(ledger, 'ledger', abi.publisherAndStatusOf)(model))
  return readEpoch(ledger, parseAddress(publisher))
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
