import * as abi from '../../abi/ledger.ts'
import type { Address, Digest } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Confirms a publisher's profile until a time. The confirmation ends when the publisher sets another profile. Only a
 * verifier may.
 *
 * @throws {@link ContractError} such as `PUBLISHER_REGISTRY_PROFILE_MISMATCH`, when the profile is not the one that was
 * checked
 */
export async function verifyPublisher(ledger: Ledger, parameters: verifyPublisher.Parameters): Promise<Sent> {
  const { publisher, profile, until, ...options } = parameters
  const method = methodOf(ledger, 'ledger', abi.verifyPublisher)
  return withoutLogs(await transact(ledger, options, method, publisher, profile, until))
}

export declare namespace verifyPublisher {
  type Parameters = WriteOptions & {
    publisher: Address
    /** SHA-256 of the profile document that was checked. */
    profile: Digest
    /** Unix seconds; 0 withdraws the confirmation. */
    until: number
  }
}
