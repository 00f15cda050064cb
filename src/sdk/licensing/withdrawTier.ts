import * as abi from '../../abi/ledger.ts'
import type { ModelId, TierId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Withdraws a tier. No credential of it can be issued or renewed afterwards; existing credentials stay as they are. */
export async function withdrawTier(ledger: Ledger, parameters: withdrawTier.Parameters): Promise<Sent> {
  const { model, tier, ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'ledger', abi.withdrawTier), model, tier))
}

export declare namespace withdrawTier {
  type Parameters = WriteOptions & { model: ModelId; tier: TierId }
}
