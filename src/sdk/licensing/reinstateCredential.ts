import * as abi from '../../abi/licenseCredential.ts'
import type { CredentialId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Ends the suspension of a credential. */
export async function reinstateCredential(ledger: Ledger, parameters: reinstateCredential.Parameters): Promise<Sent> {
  const { credential, ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'licenseCredential', abi.reinstate), credential))
}

export declare namespace reinstateCredential {
  type Parameters = WriteOptions & { credential: CredentialId }
}
