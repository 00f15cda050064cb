import * as abi from '../../abi/ledger.ts'
import type { TierId } from '../../core/hex.ts'
import { tierIdOf, type Tier } from '../../core/tier.ts'
import { rightsMask } from '../../core/vocabulary.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Offers a tier of a model: terms that its publisher gives to all who ask, or grants one by one. */
export async function offerTier(ledger: Ledger, parameters: offerTier.Parameters): Promise<Sent & { tier: TierId }> {
  const { tier, ...options } = parameters
  const value = { ...tier, passThrough: rightsMask(tier.passThrough) }
  const sent = await transact(ledger, options, methodOf(ledger, 'ledger', abi.offerTier), value)
  return { tier: tierIdOf(tier), ...withoutLogs(sent) }
}

export declare namespace offerTier {
  type Parameters = WriteOptions & { tier: Tier }
}
