import * as abi from '../../abi/ledger.ts'
import type { ModelId, TierId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Frees the place of a withdrawn tier among the 16 of its model. Evaluations no longer read its credentials, so wait until they have
 * ended. Only the publisher's controller may.
 *
 * @throws {@link ContractError} such as `LICENSE_REGISTRY_TIER_OFFERED` or `LICENSE_REGISTRY_TIER_RELEASED`
 */
export async function releaseTier(ledger: Ledger, parameters: releaseTier.Parameters): Promise<Sent> {
  const { model, tier, ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'ledger', abi.releaseTier), model, tier))
}

export declare namespace releaseTier {
  type Parameters = WriteOptions & { model: ModelId; tier: TierId }
}
