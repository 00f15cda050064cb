import * as abi from '../../abi/licenseCredential.ts'
import { ZERO_DIGEST, type Digest, type ModelId, type TierId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Asks a model's publisher for a credential of a tier for the sender. Nothing follows from it on chain. */
export async function requestCredential(ledger: Ledger, parameters: requestCredential.Parameters): Promise<Sent> {
  const { model, tier, details = ZERO_DIGEST, uri = '', ...options } = parameters
  const request = methodOf(ledger, 'licenseCredential', abi.request)
  return withoutLogs(await transact(ledger, options, request, model, tier, details, uri))
}

export declare namespace requestCredential {
  type Parameters = WriteOptions & {
    model: ModelId
    tier: TierId
    /** SHA-256 of the application. */
    details?: Digest
    /** Where the application is. At most 2,048 bytes. */
    uri?: string
  }
}
