import type { CredentialId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Ends the suspension of a credential. */
export async function reinstateCredential(ledger: Ledger, parameters: reinstateCredential.Parameters): Promise<Sent> {
  const { credential, ...options } = parameters
  return withoutLogs(await transact(ledger, options, ledger.contracts.licenseCredential.reinstate, credential))
}

export declare namespace reinstateCredential {
  type Parameters = WriteOptions & { credential: CredentialId }
}
