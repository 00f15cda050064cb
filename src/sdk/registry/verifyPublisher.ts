import * as abi from '../../abi/ledger.ts'
import type { Address, Digest } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Verifies a publisher's profile for a time, which may begin in the past. The verification ends when the publisher sets
 * another profile or hands over control. Only a verifier may.
 *
 * @throws {@link ContractError} such as `PUBLISHER_REGISTRY_PROFILE_MISMATCH`, when the profile is not the one that was
 * checked
 */
export async function verifyPublisher(ledger: Ledger, parameters: verifyPublisher.Parameters): Promise<Sent> {
  const { publisher, profile, from, until, ...options } = parameters
  const method = methodOf(ledger, 'ledger', abi.verifyPublisher)
  return withoutLogs(await transact(ledger, options, method, publisher, profile, from, until))
}

export declare namespace verifyPublisher {
  type Parameters = WriteOptions & {
    publisher: Address
    /** SHA-256 of the profile document that was checked. */
    profile: Digest
    /** Since when the account has been that of the profile (Unix seconds); 0 to withdraw the verification. */
    from: number
    /** Unix seconds; 0 withdraws the verification. */
    until: number
  }
}
