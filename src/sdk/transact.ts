import {
  isError,
  type ContractTransactionReceipt,
  type ContractTransactionResponse,
  type Log,
  type Signer,
  type TypedDataDomain,
  type TypedDataField,
} from 'ethers'

import { StemmaError } from '../core/errors.ts'
import type { Hex } from '../core/hex.ts'
import type { Ledger } from './connect.ts'
import { explainNodeError } from './nodeErrors.ts'

/** Options of every action that sends a transaction. */
export type WriteOptions = {
  /** Estimate the transaction and send nothing. */
  dryRun?: boolean
  /** Called with the transaction's hash as soon as the node accepts it. */
  onSent?: (transaction: Hex) => void
}

/** Result of a transaction. A dry run has only the estimated gas. */
export type Sent = { transaction?: Hex; block?: number; gas: bigint }

/** A contract's method as TypeChain types it: to send, and to estimate. */
type Method<A extends unknown[]> = {
  (...args: A): Promise<ContractTransactionResponse>
  estimateGas(...args: A): Promise<bigint>
}

/**
 * Sends a transaction and waits until it is in a block, or only estimates it.
 *
 * @throws {@link ReadOnlyError} when the ledger was connected by a provider
 * @throws {@link ContractError} when a contract refuses
 * @throws {@link InvalidArgumentError} when an argument cannot be encoded for the contract
 * @throws {@link SigningRejectedError} when the owner of the wallet declines
 */
export async function transact<A extends unknown[]>(
  ledger: Ledger,
  options: WriteOptions,
  method: Method<NoInfer<A>>,
  ...args: A
): Promise<Sent & { logs: readonly Log[] }> {
  if (!ledger.runner.sendTransaction) throw new ReadOnlyError()
  return writing(async () => {
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
  try {
    return await run()
  } catch (error) {
    if (isError(error, 'ACTION_REJECTED')) throw new SigningRejectedError(error)
    if (isError(error, 'INVALID_ARGUMENT')) throw new InvalidArgumentError(error)
    throw await explainNodeError(error)
  }
}

/** Thrown when the owner of a wallet declines to sign or to send. */
export class SigningRejectedError extends StemmaError {
  override name = 'SigningRejectedError'
  override readonly kind = 'refused'
  constructor(cause: unknown) {
    super(
      'SIGNING_REJECTED',
      'The request was declined in the wallet, and nothing was sent. Ask again, and confirm it.',
      {
        cause,
      },
    )
  }
}

/** Thrown when an argument cannot be encoded for the contract, such as a time out of range. */
export class InvalidArgumentError extends StemmaError {
  override name = 'InvalidArgumentError'
  constructor(cause: { argument: string; value: unknown; shortMessage: string }) {
    const { argument, value, shortMessage } = cause
    super(
      'INVALID_ARGUMENT',
      `The argument "${argument}" is ${String(value).slice(0, 100)}, which cannot be sent (${shortMessage}). Correct it; times are whole Unix seconds below 2^40.`,
      { cause },
    )
  }
}

/** Thrown when an action signs or sends, but the ledger was connected without a signer. */
export class ReadOnlyError extends StemmaError {
  override name = 'ReadOnlyError'
  constructor() {
    super('READ_ONLY', 'The ledger was connected without a key. Connect it by a signer to send transactions.')
  }
}
