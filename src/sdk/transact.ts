import type { Signer, TransactionRequest, TypedDataDomain, TypedDataField } from 'ethers'

import { StemmaError } from '../core/errors.ts'
import type { Hex } from '../core/hex.ts'
import type { Ledger } from './connect.ts'
import type { Prepared } from './sendTransaction.ts'
import type { ReceiptLog } from './transactionReads.ts'
import type { SentTransaction, WaitOptions } from './waitForTransaction.ts'

/** Options of every action that sends a transaction. */
export type WriteOptions = WaitOptions & {
  /** Estimate the transaction and send nothing. */
  dryRun?: boolean
  /**
   * Called with the transaction's hash as soon as the node or the wallet accepts it, and with what `waitForTransaction` needs to go
   * on waiting for it in another process.
   */
  onSent?: (transaction: Hex, sent: SentTransaction) => void
  /** Most gas that the transaction may use; estimated with a reserve when left out. */
  gasLimit?: bigint
  /** Highest fee for a unit of gas in wei, the priority fee included (EIP-1559). */
  maxFeePerGas?: bigint
  /** The part of the fee that goes to the block's producer, in wei for a unit of gas (EIP-1559). */
  maxPriorityFeePerGas?: bigint
  /** Fee for a unit of gas in wei, in the form that chains without EIP-1559 take; not together with the other two. */
  gasPrice?: bigint
  /**
   * Number of the sender's transaction, to replace one that waits. When left out, it is the account's next one, and what one process
   * sends from an account is sent in turn; a wallet that sends by itself chooses it.
   */
  nonce?: number
}

/**
 * Result of a transaction. A dry run has only the estimated gas. `replaced` is the hash of the transaction that was sent, when the
 * same call with another fee took its place ("speed up").
 */
export type Sent = { transaction?: Hex; block?: number; gas: bigint; replaced?: Hex }

/** A contract's method as TypeChain types it: to send, and to estimate. */
type Method<A extends unknown[]> = {
  populateTransaction(...args: A): Promise<TransactionRequest>
  estimateGas(...args: A): Promise<bigint>
}

/**
 * Sends a transaction and waits until it is in a block, or only estimates it.
 *
 * @throws {@link ReadOnlyError} when the ledger was connected by a provider
 * @throws {@link ContractError} when a contract refuses
 * @throws {@link InvalidArgumentError} when an argument cannot be encoded for the contract
 * @throws {@link InvalidWriteOptionError} when an option cannot be used
 * @throws {@link SigningRejectedError} and others of `writeErrors.ts` when a wallet, a device or a node refuses
 * @throws {@link TransactionTimeoutError} and others of {@link waitForTransaction} when it does not get into a block
 */
export async function transact<A extends unknown[]>(
  ledger: Ledger,
  options: WriteOptions,
  method: Method<NoInfer<A>>,
  ...args: A
): Promise<Sent & { logs: readonly ReceiptLog[] }> {
  return transactCall(ledger, options, {
    populate: () => method.populateTransaction(...args),
    estimate: () => method.estimateGas(...args),
  })
}

/** {@link transact} for a call that is not a method of a deployment's contract. */
export async function transactCall(
  ledger: Ledger,
  options: WriteOptions,
  prepared: Prepared,
): ReturnType<typeof transact> {
  if (!ledger.runner.sendTransaction || !('getAddress' in ledger.runner)) throw new ReadOnlyError()
  // Loads before anything is sent, so that a page that cannot load it has sent nothing.
  const { explaining, sendAndWait } = await import('./sendTransaction.ts')
  return explaining(() => sendAndWait(ledger, options, prepared), options.signal)
}

/** The options for the transaction after another one: the next nonce, where one is given. */
export function followingOptions<T extends WriteOptions>(options: T, count = 1): T {
  return options.nonce === undefined ? options : { ...options, nonce: options.nonce + count }
}

/** The result of a transaction without its logs. */
export function withoutLogs({ logs: _logs, ...sent }: Sent & { logs: unknown }): Sent {
  return sent
}

/** The account that signs, in lower case. @throws {@link ReadOnlyError} */
export async function senderOf(ledger: Ledger): Promise<Hex> {
  const { runner } = ledger
  if (!('getAddress' in runner) || typeof runner.getAddress !== 'function') throw new ReadOnlyError()
  // A device may have to be asked.
  return writing(async () => (await (runner as Signer).getAddress()).toLowerCase() as Hex)
}

/** Signs a struct (EIP-712) with the ledger's signer. @throws {@link SigningRejectedError} and {@link InvalidArgumentError} */
export async function signTypedData(
  ledger: Ledger,
  domain: TypedDataDomain,
  types: Record<string, TypedDataField[]>,
  value: Record<string, unknown>,
): Promise<Hex> {
  return writing(async () => (await (ledger.runner as Signer).signTypedData(domain, types, value)) as Hex)
}

async function writing<T>(run: () => Promise<T>): Promise<T> {
  return (await import('./sendTransaction.ts')).explaining(run)
}

/** Thrown when an action signs or sends, but the ledger was connected without a signer. */
export class ReadOnlyError extends StemmaError {
  override name = 'ReadOnlyError'
  constructor() {
    super('READ_ONLY', 'The ledger was connected without a key. Connect it by a signer to send transactions.')
  }
}
