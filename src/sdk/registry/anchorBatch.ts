import * as abi from '../../abi/ledger.ts'
import type { Digest } from '../../core/hex.ts'
import type { Batch } from '../../documents/batch.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Anchors a batch: all of its registrations at the cost of one word. Keep the batch file, and publish it at `uri`: without
 * it, no registration of the batch can be proven.
 *
 * @throws {@link ContractError} such as `MODEL_REGISTRY_ALREADY_ANCHORED`
 */
export async function anchorBatch(
  ledger: Ledger,
  parameters: anchorBatch.Parameters,
): Promise<Sent & { root: Digest; count: number }> {
  const { batch, uri, ...options } = parameters
  const { publisher, entries, tree } = batch
  const method = methodOf(ledger, 'ledger', abi.anchorBatch)
  const sent = await transact(ledger, options, method, publisher, tree.root, BigInt(entries.length), uri)
  return { root: tree.root, count: entries.length, ...withoutLogs(sent) }
}

export declare namespace anchorBatch {
  type Parameters = WriteOptions & {
    batch: Batch
    /** URI of the batch file, at most 2,048 bytes. */
    uri: string
  }
}
