import * as abi from '../../abi/ledger.ts'
import type { Address, Digest } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Revokes a batch for good, such as one that a stolen key anchored: nothing can be materialized from it any more. What was
 * materialized before stays. Only the publisher's controller may.
 *
 * @throws {@link ContractError} such as `MODEL_REGISTRY_UNKNOWN_BATCH` or `PUBLISHER_REGISTRY_NOT_CONTROLLER`
 */
export async function revokeBatch(
  ledger: Ledger,
  parameters: WriteOptions & { publisher: Address; root: Digest },
): Promise<Sent> {
  const { publisher, root, ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'ledger', abi.revokeBatch), publisher, root))
}
