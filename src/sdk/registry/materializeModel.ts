import * as abi from '../../abi/ledger.ts'
import type { ModelId } from '../../core/hex.ts'
import type { BatchProof } from '../../documents/batch.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { encodeRegistration } from './registerModel.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/**
 * Registers a model from an anchored batch in full, with the time of the batch, or of a parent that is younger. Its parents must be registered or
 * materialized before. Anybody may.
 *
 * @throws {@link ContractError} such as `MODEL_REGISTRY_UNKNOWN_BATCH` or `MODEL_REGISTRY_UNKNOWN_PARENT`
 */
export async function materializeModel(
  ledger: Ledger,
  parameters: WriteOptions & { proof: BatchProof },
): Promise<Sent & { model: ModelId }> {
  const { proof: batchProof, ...options } = parameters
  const { model, registration, root, index, proof } = batchProof
  const materialize = methodOf(ledger, 'ledger', abi.materialize)
  const sent = await transact(
    ledger,
    options,
    materialize,
    encodeRegistration(registration),
    root,
    BigInt(index),
    proof,
  )
  return { model, ...withoutLogs(sent) }
}
