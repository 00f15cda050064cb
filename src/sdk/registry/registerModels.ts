import * as abi from '../../abi/ledger.ts'
import { modelIdOf, type Registration } from '../../core/registration.ts'
import type { ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { encodeRegistration } from './registerModel.ts'
import { followingOptions, transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Most registrations in one transaction: with eight parents each they stay below the cap of 16,777,216 gas (EIP-7825). */
const CHUNK = 50

/**
 * Registers many models in as few transactions as the gas cap allows. Parents must come before their children. Each
 * transaction is all or nothing; when one fails, the models of earlier ones stay registered.
 *
 * @returns the result of each transaction, with the ids in the given order
 */
export async function registerModels(
  ledger: Ledger,
  parameters: registerModels.Parameters,
): Promise<{ models: ModelId[]; transactions: Sent[] }> {
  const { registrations, onProgress, ...options } = parameters
  const transactions: Sent[] = []
  for (let start = 0; start < registrations.length; start += CHUNK) {
    const chunk = registrations.slice(start, start + CHUNK)
    const sent = await transact(
      ledger,
      followingOptions(options, transactions.length),
      methodOf(ledger, 'ledger', abi.registerMany),
      chunk.map(encodeRegistration),
    )
    transactions.push(withoutLogs(sent))
    onProgress?.(Math.min(start + CHUNK, registrations.length), registrations.length)
  }
  return { models: registrations.map(modelIdOf), transactions }
}

export declare namespace registerModels {
  type Parameters = WriteOptions & {
    registrations: readonly Registration[]
    /** Called after each transaction with the number of registered models, and their total. */
    onProgress?: (done: number, total: number) => void
  }
}
