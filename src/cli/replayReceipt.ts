import { recoverAddress } from 'ethers'

import { faultOfReceipt } from '../audit/receipt.ts'
import { contradicts, type UsageReceipt } from '../core/receipt.ts'
import { listCheckpoints } from '../sdk/audit/listCheckpoints.ts'
import type { Ledger } from '../sdk/connect.ts'
import type { ReplayedFile } from './replayUsageLog.ts'

/**
 * Holds a receipt against the chain, and against logs that were replayed. Returns why it is not a receipt of the operator, and what it
 * convicts of; null for what there is not.
 */
export async function replayReceipt(
  ledger: Ledger,
  receipt: UsageReceipt,
  logs: readonly ReplayedFile[],
): Promise<{ fault: string | null; convicts: string | null }> {
  const fault = faultOfReceipt(receipt, recoverAddress)
  if (fault !== undefined) return { fault, convicts: null }
  const { log, size, record } = receipt.call
  const anchored = await listCheckpoints(ledger, { log })
  const checkpoint = anchored.find((each) => contradicts(receipt, { log: each.log, checkpoint: each }))
  if (checkpoint) {
    const convicts = `The operator signed a receipt of the first ${size} records, and anchored others in block ${checkpoint.block}.`
    return { fault: null, convicts }
  }
  const shorter = logs.find((each) => each.log && contradicts(receipt, each.log))
  if (!shorter) return { fault: null, convicts: null }
  const convicts = `The operator signed a receipt of the first ${size} records, with call ${record.call} at place ${record.index}, and ${shorter.path} does not hold them.`
  return { fault: null, convicts }
}
