import * as abi from '../../abi/licenseCredential.ts'
import type { Address, ModelId, TierId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Extends a credential. An expired one is valid again from now on. */
export async function renewCredential(ledger: Ledger, parameters: renewCredential.Parameters): Promise<Sent> {
  const { model, tier, holder, validUntil, ...options } = parameters
  const renew = methodOf(ledger, 'licenseCredential', abi.renew)
  return withoutLogs(await transact(ledger, options, renew, model, tier, holder, validUntil))
}

export declare namespace renewCredential {
  type Parameters = WriteOptions & {
    model: ModelId
    tier: TierId
    holder: Address
    /** Unix seconds, exclusive; later than before. */
    validUntil: number
  }
}
