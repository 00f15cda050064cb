import type { Address } from '../../core/hex.ts'
import { REGISTRATION_TYPES, type Registration } from '../../core/registration.ts'
import type { SignedRegistration } from '../../documents/registration.ts'
import type { Ledger } from '../connect.ts'
import { readEpoch } from './readEpoch.ts'
import { encodeRegistration } from './registerModel.ts'
import { senderOf, signTypedData } from '../transact.ts'

/**
 * Signs a registration (EIP-712) with the ledger's signer and sends nothing. The signature ends with the deadline, and when
 * control of the publisher changes.
 *
 * @throws {@link ReadOnlyError} when the ledger was connected by a provider
 */
export async function signRegistration(
  ledger: Ledger,
  parameters: signRegistration.Parameters,
): Promise<SignedRegistration> {
  const { registration, deadline } = parameters
  const [account, epoch] = await Promise.all([senderOf(ledger), readEpoch(ledger, registration.publisher)])
  const { chainId, contracts } = ledger.deployment
  const signature = await signTypedData(
    ledger,
    { name: 'Stemma', version: '1', chainId, verifyingContract: contracts.ledger },
    {
      Register: [
        { name: 'registration', type: 'Registration' },
        { name: 'epoch', type: 'uint32' },
        { name: 'deadline', type: 'uint48' },
      ],
      ...REGISTRATION_TYPES,
    },
    { registration: encodeRegistration(registration), epoch, deadline },
  )
  return { registration, signer: parameters.signer ?? (account as Address), epoch, deadline, signature }
}

export declare namespace signRegistration {
  type Parameters = {
    registration: Registration
    /** Last second at which the contract takes it (Unix seconds). */
    deadline: number
    /** A publisher that is a contract and accepts the key's signature (ERC-1271); the key's account by default. */
    signer?: Address
  }
}
