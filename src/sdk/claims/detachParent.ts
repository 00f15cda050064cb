import * as abi from '../../abi/lineageClaims.ts'
import type { ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Takes back a parent that the controller attested, while no claim, countersignature or ruling confirms it. */
export async function detachParent(
  ledger: Ledger,
  parameters: WriteOptions & { model: ModelId; parent: ModelId },
): Promise<Sent> {
  const { model, parent, ...options } = parameters
  return withoutLogs(
    await transact(ledger, options, methodOf(ledger, 'lineageClaims', abi.detachParent), model, parent),
  )
}
