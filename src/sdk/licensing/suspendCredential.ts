import * as abi from '../../abi/licenseCredential.ts'
import type { CredentialId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Suspends a credential until it is reinstated. */
export async function suspendCredential(ledger: Ledger, parameters: suspendCredential.Parameters): Promise<Sent> {
  const { credential, reason = '', ...options } = parameters
  return withoutLogs(
    await transact(ledger, options, methodOf(ledger, 'licenseCredential', abi.suspend), credential, reason),
  )
}

export declare namespace suspendCredential {
  type Parameters = WriteOptions & {
    credential: CredentialId
    /** Why; stored with the event. At most 2,048 bytes. */
    reason?: string
  }
}
