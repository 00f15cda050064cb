import type { ContractTransactionReceipt, ContractTransactionResponse, Log } from 'ethers'

import { StemmaError } from '../core/errors.ts'
import type { Hex } from '../core/hex.ts'
import type { Ledger } from './connect.ts'
import { reading } from './nodeErrors.ts'

/** Options of every action that sends a transaction. */
export type WriteOptions = {
  /** Ask the node what would happen, and send nothing. */
  dryRun?: boolean
  /** Called with the transaction's hash as soon as the node has taken it. */
  onSent?: (transaction: Hex) => void
}

/** What became of a transaction. Of a dry run, only the gas (units) is known, by estimate. */
export type Sent = { transaction?: Hex; block?: number; gas: bigint }

/** A contract's method as TypeChain types it: to send, and to estimate. */
type Method<A extends unknown[]> = {
  (...args: A): Promise<ContractTransactionResponse>
  estimateGas(...args: A): Promise<bigint>
}

/**
 * Sends a transaction and waits until it is in a block, or only asks what it would need.
 *
 * @throws {@link ReadOnlyError} when the ledger was connected by a provider
 * @throws {@link ContractError} when a contract refuses
 */
export async function transact<A extends unknown[]>(
  ledger: Ledger,
  options: WriteOptions,
  method: Method<NoInfer<A>>,
  ...args: A
): Promise<Sent & { logs: readonly Log[] }> {
  if (!ledger.runner.sendTransaction) throw new ReadOnlyError()
  return reading(async () => {
    if (options.dryRun) return { gas: await method.estimateGas(...args), logs: [] }
    const response = await method(...args)
    options.onSent?.(response.hash as Hex)
    const receipt = (await response.wait()) as ContractTransactionReceipt
    return { transaction: receipt.hash as Hex, block: receipt.blockNumber, gas: receipt.gasUsed, logs: receipt.logs }
  })
}

/** The result of a transaction without its logs. */
export function withoutLogs({ logs: _logs, ...sent }: Sent & { logs: readonly Log[] }): Sent {
  return sent
}

/** The account that signs, in lower case. @throws {@link ReadOnlyError} */
export async function senderOf(ledger: Ledger): Promise<Hex> {
  const { runner } = ledger
  if (!('getAddress' in runner) || typeof runner.getAddress !== 'function') throw new ReadOnlyError()
  return ((await runner.getAddress()) as string).toLowerCase() as Hex
}

/** Thrown when something is to be signed or sent, and the ledger was connected by a provider alone. */
export class ReadOnlyError extends StemmaError {
  override name = 'ReadOnlyError'
  constructor() {
    super('READ_ONLY', 'The ledger was connected without a key. Connect it by a signer to send transactions.')
  }
}
