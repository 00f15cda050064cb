import * as abi from '../../abi/licenseCredential.ts'
import type { CredentialId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Gives up a credential of the signer, permanently. */
export async function renounceCredential(
  ledger: Ledger,
  parameters: WriteOptions & { credential: CredentialId },
): Promise<Sent> {
  const { credential, ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'licenseCredential', abi.renounce), credential))
}
