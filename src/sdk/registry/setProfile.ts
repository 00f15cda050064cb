import * as abi from '../../abi/ledger.ts'
import type { Address, Digest } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Sets a publisher's profile, which ends the verification of the old one. Only the controller may. */
export async function setProfile(ledger: Ledger, parameters: setProfile.Parameters): Promise<Sent> {
  const { publisher, profile, domain, ...options } = parameters
  return withoutLogs(
    await transact(ledger, options, methodOf(ledger, 'ledger', abi.setProfile), publisher, profile, domain),
  )
}

export declare namespace setProfile {
  type Parameters = WriteOptions & {
    publisher: Address
    /** SHA-256 of the profile document. */
    profile: Digest
    /** A domain that the publisher claims; at most 253 bytes. */
    domain: string
  }
}
