import * as abi from '../../abi/ledger.ts'
import { grantStructOf, type Grant } from '../../core/grant.ts'
import { parseAddress, type Address, type ModelId } from '../../core/hex.ts'
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
  const { deadline, signer, lifts = [] } = parameters
  const grant = grantStructOf(parameters)
  const [account, epoch] = await Promise.all([senderOf(ledger), epochOf(ledger, parameters.model)])
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
        { name: 'payment', type: 'bytes32' },
        { name: 'agreement', type: 'bytes32' },
        { name: 'lifts', type: 'uint16' },
        { name: 'epoch', type: 'uint32' },
        { name: 'deadline', type: 'uint48' },
      ],
    },
    { ...grant, epoch, deadline },
  )
  return { ...grant, lifts, epoch, deadline, signer: signer ?? (account as Address), signature }
}

/** The epoch of a model's publisher. */
async function epochOf(ledger: Ledger, model: ModelId): Promise<number> {
  const { publisher } = await reading(() => methodOf(ledger, 'ledger', abi.publisherAndStatusOf)(model))
  return readEpoch(ledger, parseAddress(publisher))
}

export declare namespace signOffer {
  type Parameters = Grant & {
    /** Last second at which the offer can be accepted (Unix seconds). */
    deadline: number
    /** A publisher that is a contract and accepts the key's signature (ERC-1271); the key's account by default. */
    signer?: Address
  }
}
