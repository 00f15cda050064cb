import { StemmaError } from '../core/errors.ts'
import type { Hex } from '../core/hex.ts'
import { parseBytes32 } from '../core/hex.ts'
import type { Ledger } from './connect.ts'
import { WrongChainError } from './wrongChain.ts'
import { findReplacement } from './findReplacement.ts'
import {
  InvalidWriteOptionError,
  TransactionCancelledError,
  TransactionDroppedError,
  TransactionReplacedError,
  TransactionRevertedError,
  TransactionTimeoutError,
  TransactionUnwatchedError,
} from './transactionErrors.ts'
import {
  readChainId,
  readCount,
  readHead,
  readReceipt,
  readTransaction,
  type Call,
  type KnownTransaction,
  type Receipt,
} from './transactionReads.ts'
import type { Sent } from './transact.ts'
import { explainNodeError } from './nodeErrors.ts'
import { wordsOf } from './writeErrors.ts'

/** Longest wait without a word of the caller, in milliseconds: ten minutes. */
const DEFAULT_TIMEOUT = 600_000
/** How many blocks nodes must have forgotten a transaction before it counts as dropped, when one of them knew it. */
const DROPPED_AFTER = 3
/** The same for a transaction that no node has shown: a balancer's nodes, and private pools, may show it late or never. */
const NEVER_SHOWN_AFTER = 12
/** How many looks in a row must miss a transaction: the nodes behind one address do not know the same ones. */
const LEAST_MISSES = 3
/** How many looks in a row may fail. */
const MOST_FAILURES = 8
/** Longest pause between two looks, in milliseconds. */
const LONGEST_PAUSE = 15_000

/** How long a transaction is waited for, and what is said meanwhile. */
export type WaitOptions = {
  /** How many blocks must hold it, from its own on: a whole number from 1, which is the default. */
  confirmations?: number
  /** How long to wait for it, in milliseconds: ten minutes by default, `Infinity` for as long as it takes. */
  timeout?: number
  /** Called when the same call takes its place with another fee ("speed up"): the wait goes on for that one. */
  onReplaced?: (replacement: Hex, replaced: Hex) => void
  /** Stops the wait. What was sent stays sent. */
  signal?: AbortSignal
}

/** What is known of a transaction that was sent: enough to go on waiting for it later, in another process. */
export type SentTransaction = {
  transaction: Hex
  /** Its sender, in lower case. */
  from: Hex
  /** Its nonce; undefined where a wallet chose it and no node has shown it yet. */
  nonce: number | undefined
  /** The newest block when it was sent. */
  block: number
}

/**
 * Waits until a transaction is in a block, and as deep as `confirmations` say. A reorganization that takes it out of its block
 * makes the wait longer. The same call with another fee counts as the transaction; then `replaced` names the first one.
 * What is not known of an older transaction is read from the node, while it knows the transaction.
 *
 * @example
 * const { block } = await waitForTransaction(ledger, { transaction, confirmations: 5 })
 *
 * @throws {@link TransactionTimeoutError} when it takes too long; it may still get into a block
 * @throws {@link TransactionCancelledError} and {@link TransactionReplacedError} when something else took its nonce
 * @throws {@link TransactionDroppedError} when nodes have forgotten it
 * @throws {@link TransactionUnwatchedError} when the node no longer answers
 * @throws {@link ContractError} and {@link TransactionRevertedError} when it failed in its block
 */
export async function waitForTransaction(
  ledger: Pick<Ledger, 'provider' | 'deployment'>,
  parameters: waitForTransaction.Parameters,
): Promise<Sent> {
  const { transaction, from, nonce, block, ...options } = parameters
  const start: Known = {
    hash: parseBytes32(transaction, 'transaction'),
    from: from?.toLowerCase(),
    nonce,
    call: undefined,
    since: block,
  }
  const { logs: _logs, ...sent } = await waitFor(ledger, start, options)
  return sent
}

export declare namespace waitForTransaction {
  type Parameters = WaitOptions & Pick<SentTransaction, 'transaction'> & Partial<SentTransaction>
}

/** What is known of the transaction that is waited for. `since` is a block in which its nonce was free. */
export type Known = {
  hash: Hex
  from: string | undefined
  nonce: number | undefined
  call: Call | undefined
  since: number | undefined
}

/** {@link waitForTransaction} with the logs, for a call that may be known already. */
export async function waitFor(
  ledger: Pick<Ledger, 'provider' | 'deployment'>,
  start: Known,
  options: WaitOptions,
): Promise<Sent & Pick<Receipt, 'logs'>> {
  checkWaitOptions(options)
  return new Wait(ledger, start, options).run()
}

/** @throws {@link InvalidWriteOptionError} */
export function checkWaitOptions({ confirmations = 1, timeout = DEFAULT_TIMEOUT }: WaitOptions): void {
  if (!Number.isSafeInteger(confirmations) || confirmations < 1) {
    throw new InvalidWriteOptionError(
      `Invalid confirmations ${String(confirmations)}: use a whole number from 1, which is the block of the transaction itself.`,
    )
  }
  if (typeof timeout !== 'number' || !(timeout > 0)) {
    throw new InvalidWriteOptionError(
      `Invalid timeout ${String(timeout)}: use a number of milliseconds above 0, or Infinity.`,
    )
  }
}

/** One wait: what is known of the transaction so far, and since when it is missed. */
class Wait {
  readonly #provider: Ledger['provider']
  readonly #deployment: Ledger['deployment']
  readonly #first: Hex
  readonly #options: WaitOptions
  readonly #interval: number
  readonly #known: Known
  /** The newest block when a node last showed the transaction, or when it was sent. */
  #shownAt: number | undefined
  #wasShown = false
  #misses = 0
  /** The block of its receipt, while it does not have its confirmations. */
  #block: number | undefined

  constructor({ provider, deployment }: Pick<Ledger, 'provider' | 'deployment'>, start: Known, options: WaitOptions) {
    this.#provider = provider
    this.#deployment = deployment
    this.#first = start.hash
    this.#known = { ...start }
    this.#options = options
    this.#shownAt = start.since
    this.#interval = (provider as { pollingInterval?: number }).pollingInterval ?? 4000
  }

  async run(): Promise<Sent & Pick<Receipt, 'logs'>> {
    const { signal, timeout = DEFAULT_TIMEOUT } = this.#options
    const late = new AbortController()
    // Timers count to 2^31 ms; no longer wait has an end that matters.
    const timer = timeout < 2 ** 31 ? setTimeout(() => late.abort(), timeout) : undefined
    const end = new Promise<never>((_, reject) => {
      const stop = (): void => reject(signal!.reason as Error)
      if (signal?.aborted) stop()
      else signal?.addEventListener('abort', stop, { once: true })
      late.signal.addEventListener('abort', () => {
        signal?.removeEventListener('abort', stop)
        reject(new TransactionTimeoutError(this.#known.hash, timeout, this.#block, this.#failure))
      })
    })
    end.catch(() => {})
    try {
      return await Promise.race([this.#loop(late.signal), end])
    } finally {
      clearTimeout(timer)
      // Also frees the listener on the caller's signal, and ends a loop that is behind a request.
      late.abort()
    }
  }

  #failure: unknown

  async #loop(ended: AbortSignal): Promise<Sent & Pick<Receipt, 'logs'>> {
    for (let failures = 0; ;) {
      try {
        const receipt = await this.#look()
        if (receipt) return this.#sent(receipt)
        failures = 0
        this.#failure = undefined
      } catch (error) {
        const explained = await explainNodeError(error)
        // What became of the transaction is said; a node that fails is asked again.
        if (!isNodes(explained)) throw explained
        this.#failure = explained
        if (++failures > MOST_FAILURES) throw new TransactionUnwatchedError(this.#known.hash, wordsOf(error), explained)
      }
      await pause(Math.min(this.#interval * 2 ** failures, Math.max(LONGEST_PAUSE, this.#interval)), ended)
      if (ended.aborted) throw this.#failure
    }
  }

  /** Looks once. Gives the receipt when the wait is over; throws when the transaction is lost. */
  async #look(): Promise<Receipt | undefined> {
    const { hash } = this.#known
    const [head, receipt, found] = await Promise.all([
      readHead(this.#provider),
      readReceipt(this.#provider, hash),
      // A transaction in a block is looked for too: its sender and nonce are needed if a reorganization takes it out.
      readTransaction(this.#provider, hash),
    ])
    if (found) this.#learn(found)
    this.#block = receipt?.block
    if (receipt || found) {
      this.#shownAt = Math.max(head, this.#shownAt ?? 0)
      this.#wasShown = true
      this.#misses = 0
      return receipt && this.#isDeep(receipt.block, head) ? receipt : undefined
    }
    return this.#miss(head)
  }

  #learn({ from, nonce, to, data, value }: KnownTransaction): void {
    Object.assign(this.#known, { from, nonce, call: { to, data, value } })
  }

  #isDeep(block: number, head: number): boolean {
    const { confirmations = 1 } = this.#options
    return confirmations === 1 || head - block + 1 >= confirmations
  }

  /** What it means that the node neither has a receipt nor knows the transaction. */
  async #miss(head: number): Promise<undefined> {
    // A wallet that has moved to another chain knows nothing of this one.
    const chainId = await readChainId(this.#provider)
    if (chainId !== BigInt(this.#deployment.chainId)) throw new WrongChainError(this.#deployment, chainId)
    this.#misses++
    this.#shownAt ??= head
    const { hash, from, nonce } = this.#known
    const isUsed =
      from !== undefined && nonce !== undefined && (await readCount(this.#provider, from, 'latest')) > nonce
    if (isUsed) return this.#follow(head)
    const patience = this.#wasShown ? DROPPED_AFTER : NEVER_SHOWN_AFTER
    if (this.#misses >= LEAST_MISSES && head - this.#shownAt >= patience) throw new TransactionDroppedError(hash)
    return undefined
  }

  /** Follows what took the nonce, when it is the same call. */
  async #follow(head: number): Promise<undefined> {
    const { hash, from, nonce, call, since } = this.#known
    const found = await findReplacement(this.#provider, { from: from!, nonce: nonce!, since }, head)
    if (!found) {
      // A receipt may be late; a node that shows neither for a while does not know what took the nonce.
      if (this.#misses >= LEAST_MISSES) throw new TransactionReplacedError(hash, undefined)
      return undefined
    }
    if (found.hash === hash) return undefined
    if (call && found.to === call.to && found.data === call.data && found.value === call.value) {
      this.#known.hash = found.hash
      this.#misses = 0
      this.#options.onReplaced?.(found.hash, hash)
      return undefined
    }
    // Until it is as deep as asked for, a reorganization may bring the transaction back.
    if (found.block === null || !this.#isDeep(found.block, head)) return undefined
    const isEmpty = found.to === from && found.value === 0n && found.data === '0x'
    throw isEmpty ? new TransactionCancelledError(hash, found.hash) : new TransactionReplacedError(hash, found.hash)
  }

  async #sent({ block, succeeded, gas, logs }: Receipt): Promise<Sent & Pick<Receipt, 'logs'>> {
    const { hash } = this.#known
    if (!succeeded) throw await this.#explainRevert(block, gas)
    return { transaction: hash, block, gas, ...(hash !== this.#first && { replaced: this.#first }), logs }
  }

  /** Makes the same call again where it failed, for the contract's reason: at the end of its block, then before it. */
  async #explainRevert(block: number, gas: bigint): Promise<Error> {
    const { hash } = this.#known
    const found = await readTransaction(this.#provider, hash).catch(() => null)
    const reverted = new TransactionRevertedError(hash, block, found !== null && gas >= found.gasLimit)
    if (!found) return reverted
    const { from, to, data, value } = found
    for (const blockTag of [block, block - 1]) {
      try {
        await this.#provider.call({ from, to, data, value, blockTag })
      } catch (error) {
        const reason = await explainNodeError(error)
        if ('errorName' in reason) return Object.assign(reason, { cause: reverted })
      }
    }
    return reverted
  }
}

/** Whether an error is of the node, so that it may pass. */
function isNodes(error: Error): boolean {
  return error instanceof StemmaError && error.kind === 'unavailable' && !error.code.startsWith('TRANSACTION_')
}

function pause(milliseconds: number, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds)
    function done(): void {
      clearTimeout(timer)
      ended.removeEventListener('abort', done)
      resolve()
    }
    ended.addEventListener('abort', done)
    if (ended.aborted) done()
  })
}
