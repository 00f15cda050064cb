import * as abi from '../../abi/lineageClaims.ts'
import type { ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Confirms that `model` was made from `parent`, as declared or attested. Only the publisher of `parent` may. */
export async function countersignParent(
  ledger: Ledger,
  parameters: WriteOptions & { model: ModelId; parent: ModelId },
): Promise<Sent> {
  const { model, parent, ...options } = parameters
  return withoutLogs(await transact(ledger, options, methodOf(ledger, 'lineageClaims', abi.countersign), model, parent))
}
