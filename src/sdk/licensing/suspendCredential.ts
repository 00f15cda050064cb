import type { CredentialId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Suspends a credential until it is reinstated. */
export async function suspendCredential(ledger: Ledger, parameters: suspendCredential.Parameters): Promise<Sent> {
  const { credential, reason = '', ...options } = parameters
  return withoutLogs(await transact(ledger, options, ledger.contracts.licenseCredential.suspend, credential, reason))
}

export declare namespace suspendCredential {
  type Parameters = WriteOptions & {
    credential: CredentialId
    /** For whoever asks later; at most 2,048 bytes. */
    reason?: string
  }
}
