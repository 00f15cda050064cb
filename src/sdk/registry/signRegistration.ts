import type { Address } from '../../core/hex.ts'
import { REGISTRATION_TYPES, type Registration } from '../../core/registration.ts'
import type { SignedRegistration } from '../../documents/registration.ts'
import type { Ledger } from '../connect.ts'
import { encodeRegistration } from './registerModel.ts'
import { senderOf, signTypedData } from '../transact.ts'

/**
 * Signs a registration (EIP-712) with the ledger's signer and sends nothing.
 *
 * @throws {@link ReadOnlyError} when the ledger was connected by a provider
 */
export async function signRegistration(
  ledger: Ledger,
  parameters: signRegistration.Parameters,
): Promise<SignedRegistration> {
  const { registration, deadline } = parameters
  const account = (await senderOf(ledger)) as Address
  const { chainId, contracts } = ledger.deployment
  const signature = await signTypedData(
    ledger,
    { name: 'Stemma', version: '1', chainId, verifyingContract: contracts.ledger },
    {
      Register: [
        { name: 'registration', type: 'Registration' },
        { name: 'deadline', type: 'uint48' },
      ],
      ...REGISTRATION_TYPES,
    },
    { registration: encodeRegistration(registration), deadline },
  )
  return { registration, signer: parameters.signer ?? account, deadline, signature }
}

export declare namespace signRegistration {
  type Parameters = {
    registration: Registration
    /** Last second at which it can be sent (Unix seconds). */
    deadline: number
    /** In whose name, when that is a contract that takes the key's signature for its own (ERC-1271); else the key's account. */
    signer?: Address
  }
}
