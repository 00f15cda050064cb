import * as abi from '../../abi/licenseCredential.ts'
import type { CredentialId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Revokes a credential permanently. It cannot be issued again under the same tier. */
export async function revokeCredential(ledger: Ledger, parameters: revokeCredential.Parameters): Promise<Sent> {
  const { credential, reason = '', ...options } = parameters
  return withoutLogs(
    await transact(ledger, options, methodOf(ledger, 'licenseCredential', abi.revoke), credential, reason),
  )
}

export declare namespace revokeCredential {
  type Parameters = WriteOptions & {
    credential: CredentialId
    /** Why; stored with the event. At most 2,048 bytes. */
    reason?: string
  }
}
