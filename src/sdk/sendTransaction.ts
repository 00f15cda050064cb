import {
  keccak256,
  type AbstractSigner,
  type JsonRpcApiProvider,
  type JsonRpcSigner,
  type NonceManager,
  type Provider,
  type Signer,
  type TransactionRequest,
} from 'ethers'

import type { Hex } from '../core/hex.ts'
import type { Ledger } from './connect.ts'
import { WrongChainError } from './wrongChain.ts'
import { inTurn } from './nonceQueue.ts'
import { InvalidWriteOptionError, TransactionUnwatchedError } from './transactionErrors.ts'
import { readChainId, readCount, readHead, readTransaction, type Receipt } from './transactionReads.ts'
import type { Sent, WriteOptions } from './transact.ts'
import { checkWaitOptions, waitFor, type SentTransaction } from './waitForTransaction.ts'
import { refusalOf } from './writeDialects.ts'
import { explainWriteError, hasNoAnswer, InvalidFeesError, WalletAnswerError, wordsOf } from './writeErrors.ts'

/** Highest gas limit of one transaction (EIP-7825). */
const MOST_GAS = 2n ** 24n
/** How many nonces are tried while another process uses the same key. */
const NONCE_ATTEMPTS = 3
/** How often a signed transaction is handed to a node that does not answer. */
const HANDOVERS = 3

/** What is to be sent: the call, and what it is estimated to take. */
export type Prepared = { populate: () => Promise<TransactionRequest>; estimate: () => Promise<bigint> }

/** A transaction that was accepted. The nonce is undefined where a wallet chose it. `release` gives the nonce back. */
type Accepted = { hash: Hex; nonce: number | undefined; release: () => void }

/**
 * Sends a call and waits for it, as the options say. Transactions of one account are sent in turn, with nonces in order; a wallet
 * that sends by itself (`eth_sendTransaction`) chooses its own.
 */
export async function sendAndWait(
  ledger: Ledger,
  options: WriteOptions,
  { populate, estimate }: Prepared,
): Promise<Sent & Pick<Receipt, 'logs'>> {
  checkOptions(options)
  const { signal } = options
  signal?.throwIfAborted()
  // On another chain an estimate fails in misleading words, so the chain comes first.
  await untilAborted(checkChain(ledger), signal)
  if (options.dryRun) return { gas: options.gasLimit ?? (await untilAborted(estimate(), signal)), logs: [] }

  const sending = send(ledger, options, { populate, estimate })
  const { sent, call, release } = await untilAborted(sending, signal, (late) => {
    late.release()
    // The owner of a wallet may confirm after the caller has given up.
    options.onSent?.(late.sent.transaction, late.sent)
  })
  try {
    const { transaction: hash, from, nonce, block: since } = sent
    // Before the wait, which would go on behind a callback that throws.
    options.onSent?.(hash, sent)
    return await waitFor(ledger, { hash, from, nonce, call, since }, options)
  } finally {
    release()
  }
}

/** Runs something that signs or sends, and explains its failure; the reason for which a caller stops it stays what it is. */
export async function explaining<T>(run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw signal?.aborted && error === signal.reason ? error : await explainWriteError(error)
  }
}

async function send(ledger: Ledger, options: WriteOptions, { populate, estimate }: Prepared) {
  const { provider, deployment } = ledger
  const signer = ledger.runner as Signer
  const sender = signer.getAddress().then((address) => address.toLowerCase() as Hex)
  // The turn is taken now, so that the order of the calls is the order of the nonces.
  const preparing = Promise.all([
    sender,
    readHead(provider),
    populate(),
    options.gasLimit === undefined ? estimate().then(withReserve) : options.gasLimit,
  ])
  preparing.catch(() => {})
  const accept = async (): Promise<Accepted> => {
    const prepare = async (): Promise<TransactionRequest> => {
      const [, , call, gasLimit] = await preparing
      options.signal?.throwIfAborted()
      return { ...call, ...feesOf(options), gasLimit, chainId: BigInt(deployment.chainId) }
    }
    if (isWallet(signer)) return sendByWallet(signer, await prepare(), options)
    const { result, release } = await inTurn(provider, await sender, async (nonces) => {
      const request = await prepare()
      const accepted = isPlainSigner(signer)
        ? await sendSigned(provider, signer, request, options, nonces.nextFrom)
        : await sendBySigner(provider, signer, request, options, nonces.nextFrom)
      if (accepted.nonce !== undefined) nonces.hold(accepted.nonce)
      return accepted
    })
    return { ...result, release }
  }
  const { hash, nonce, release } = await accept()
  const [from, block, { to, data, value }] = await preparing
  const call = { to: textOf(to), data: textOf(data ?? '0x'), value: BigInt(value ?? 0) }
  const sent: SentTransaction = { transaction: hash, from, nonce, block }
  return { sent, call, release }
}

/** A signer that a wallet or a node holds the key of (ethers' JsonRpcSigner). */
function isWallet(signer: Signer): signer is JsonRpcSigner {
  return (
    'sendUncheckedTransaction' in signer &&
    ownerOf(signer, 'sendTransaction') === ownerOf(signer, 'sendUncheckedTransaction')
  )
}

/** A signer that only signs, so that what is sent is known before: ethers' Wallet, and signers of devices made as its docs say. */
function isPlainSigner(signer: Signer): signer is AbstractSigner {
  return (
    'populateCall' in signer &&
    'signTransaction' in signer &&
    // The base class sends, and the class of the signer signs.
    ownerOf(signer, 'sendTransaction') === ownerOf(signer, 'populateCall') &&
    ownerOf(signer, 'sendTransaction') !== ownerOf(signer, 'signTransaction')
  )
}

/** The object of a prototype chain that has a method: two copies of ethers have classes of their own. */
function ownerOf(value: object, method: string): object | null {
  let owner: object | null = value
  while (owner && !Object.hasOwn(owner, method)) owner = Object.getPrototypeOf(owner) as object | null
  return owner
}

async function sendByWallet(
  signer: JsonRpcSigner,
  request: TransactionRequest,
  options: WriteOptions,
): Promise<Accepted> {
  const { nonce } = options
  // ethers' own sendTransaction looks for the transaction without end, also when it was replaced meanwhile.
  const hash = await signer.sendUncheckedTransaction({ ...request, ...(nonce !== undefined && { nonce }) })
  return { hash: hashOf(hash), nonce, release: () => {} }
}

/** The hash that a wallet or a signer gives. @throws {@link WalletAnswerError} when it is not one */
function hashOf(answer: unknown): Hex {
  if (typeof answer !== 'string' || !/^0x[\da-f]{64}$/i.test(answer)) throw new WalletAnswerError(answer)
  return answer.toLowerCase() as Hex
}

type NextFrom = (least: number) => number

/** Signs here and hands the transaction over: its hash is known before, so that it can be handed over again. */
async function sendSigned(
  provider: Provider,
  signer: AbstractSigner,
  request: TransactionRequest,
  options: WriteOptions,
  nextFrom: NextFrom,
): Promise<Omit<Accepted, 'release'>> {
  let filled = await fill(signer, request, options)
  const { signal } = options
  return withNonce(provider, await signer.getAddress(), options, nextFrom, async (nonce) => {
    for (;;) {
      signal?.throwIfAborted()
      const raw = await signer.signTransaction({ ...filled, nonce })
      signal?.throwIfAborted()
      const hash = keccak256(raw) as Hex
      try {
        await handOver(provider, raw, hash)
        return hash
      } catch (error) {
        // Its blocks have a base fee, but it does not take the transactions that go with it.
        if (refusalOf(error) !== 'type' || filled.type === 0 || hasFees(options)) throw error
        filled = await fill(signer, { ...request, type: 0 }, options)
      }
    }
  })
}

/** Fills in what a transaction needs to be signed, but the nonce. */
async function fill(
  signer: AbstractSigner,
  request: TransactionRequest,
  { maxPriorityFeePerGas }: WriteOptions,
): Promise<TransactionRequest> {
  const filled: TransactionRequest = await signer.populateTransaction({ ...request, nonce: 0 })
  const { maxFeePerGas: most, maxPriorityFeePerGas: priority } = filled
  // The chain's usual priority fee may be more than all that the caller wants to pay.
  const isAbove = most && priority && BigInt(priority) > BigInt(most)
  return isAbove && maxPriorityFeePerGas === undefined ? { ...filled, maxPriorityFeePerGas: most } : filled
}

async function handOver(provider: Provider, raw: string, hash: Hex): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      if ('send' in provider) await (provider as JsonRpcApiProvider).send('eth_sendRawTransaction', [raw])
      else await provider.broadcastTransaction(raw)
      return
    } catch (error) {
      const refusal = hasNoAnswer(error) ? undefined : refusalOf(error)
      if (refusal === 'known') return
      // After an attempt without an answer, the nonce may be used by this very transaction.
      const mayBeThere = attempt > 1 || hasNoAnswer(error)
      if (mayBeThere && (await readTransaction(provider, hash).catch(() => null))) return
      // One that an earlier attempt brought may have the nonce by now: the next nonce would send it twice.
      const mayBeIt = attempt > 1 && (refusal === 'nonceUsed' || refusal === 'replacement')
      if (!hasNoAnswer(error) && !mayBeIt) throw error
      if (mayBeIt || attempt === HANDOVERS) throw new TransactionUnwatchedError(hash, wordsOf(error), error)
      await new Promise((resolve) => setTimeout(resolve, 100 * attempt))
    }
  }
}

/** Sends by a signer that has its own way to send, such as ethers' NonceManager or the signer of a relay. */
async function sendBySigner(
  provider: Provider,
  signer: Signer,
  request: TransactionRequest,
  options: WriteOptions,
  nextFrom: NextFrom,
): Promise<Omit<Accepted, 'release'>> {
  const isManager = 'increment' in signer && 'reset' in signer && 'signer' in signer
  // A NonceManager would overrule a nonce that is given.
  const chosen = isManager && options.nonce !== undefined ? (signer as NonceManager).signer : signer
  const by = async (nonce: number | undefined): Promise<Omit<Accepted, 'release'>> => {
    const response = await chosen.sendTransaction({ ...request, ...(nonce !== undefined && { nonce }) })
    return { hash: hashOf(response?.hash), nonce: response.nonce ?? nonce }
  }
  try {
    // Only what holds a key of its own is given nonces; others have their reasons.
    if (!('signingKey' in chosen)) return await by(options.nonce)
    return await withNonce(
      provider,
      await chosen.getAddress(),
      options,
      nextFrom,
      async (nonce) => (await by(nonce)).hash,
    )
  } catch (error) {
    // It counts on after a send that failed, which would leave a gap (ethers-io/ethers.js#972).
    if (isManager) (signer as NonceManager).reset()
    throw error
  }
}

/**
 * Sends with the nonce of the options, or with the account's next one. When another process was first with it, nothing was sent,
 * and the next one is tried.
 */
async function withNonce(
  provider: Provider,
  address: string,
  { nonce: chosen }: WriteOptions,
  nextFrom: NextFrom,
  send: (nonce: number) => Promise<Hex>,
): Promise<Omit<Accepted, 'release'>> {
  if (chosen !== undefined) return { hash: await send(chosen), nonce: chosen }
  for (let attempt = 1, least = 0; ; attempt++) {
    const nonce = nextFrom(Math.max(least, await readCount(provider, address, 'pending')))
    try {
      return { hash: await send(nonce), nonce }
    } catch (error) {
      const refusal = hasNoAnswer(error) ? undefined : refusalOf(error)
      const isTaken = refusal === 'nonceUsed' || refusal === 'replacement'
      if (attempt === NONCE_ATTEMPTS || !(isTaken || refusal === 'nonceGap')) throw error
      least = isTaken ? nonce + 1 : 0
    }
  }
}

/** @throws {@link WrongChainError} when the node or the wallet is on another chain by now */
async function checkChain({ provider, runner, deployment }: Ledger): Promise<void> {
  // Others, such as ethers' FallbackProvider, answer from memory.
  if (!('send' in provider)) return
  const chainId = await readChainId(provider)
  if (chainId === BigInt(deployment.chainId)) return
  throw new WrongChainError(deployment, chainId, isWallet(runner as Signer) ? 'wallet' : 'node')
}

/** Others may be first, after which the same call can take a little more than was estimated; what is not used is not paid. */
function withReserve(estimate: bigint): bigint {
  const more = estimate + estimate / 8n
  return more <= MOST_GAS || estimate > MOST_GAS ? more : MOST_GAS
}

function hasFees({ gasPrice, maxFeePerGas, maxPriorityFeePerGas }: WriteOptions): boolean {
  return gasPrice !== undefined || maxFeePerGas !== undefined || maxPriorityFeePerGas !== undefined
}

function feesOf({ gasPrice, maxFeePerGas, maxPriorityFeePerGas }: WriteOptions): TransactionRequest {
  if (gasPrice !== undefined) return { gasPrice, type: 0 }
  return {
    ...(maxFeePerGas !== undefined && { maxFeePerGas }),
    ...(maxPriorityFeePerGas !== undefined && { maxPriorityFeePerGas }),
  }
}

/** @throws {@link InvalidWriteOptionError} and {@link InvalidFeesError} */
function checkOptions(options: WriteOptions): void {
  checkWaitOptions(options)
  for (const name of ['gasLimit', 'gasPrice', 'maxFeePerGas', 'maxPriorityFeePerGas'] as const) {
    const value: unknown = options[name]
    const least = name === 'gasLimit' ? 1n : 0n
    if (value !== undefined && (typeof value !== 'bigint' || value < least || value >= 2n ** 256n)) {
      throw new InvalidWriteOptionError(
        `Invalid ${name} ${String(value).slice(0, 100)}: use a bigint from ${least}${name === 'gasLimit' ? '' : ', in wei'}, such as 1000000000n.`,
      )
    }
  }
  const { nonce, gasPrice, maxFeePerGas, maxPriorityFeePerGas } = options
  if (nonce !== undefined && (!Number.isSafeInteger(nonce) || nonce < 0)) {
    throw new InvalidWriteOptionError(`Invalid nonce ${String(nonce).slice(0, 100)}: use a whole number from 0.`)
  }
  if (gasPrice !== undefined && (maxFeePerGas !== undefined || maxPriorityFeePerGas !== undefined)) {
    throw new InvalidWriteOptionError(
      'gasPrice is the fee of chains without EIP-1559. Give it alone, or maxFeePerGas and maxPriorityFeePerGas without it.',
    )
  }
  if (maxFeePerGas !== undefined && maxPriorityFeePerGas !== undefined && maxPriorityFeePerGas > maxFeePerGas) {
    throw new InvalidFeesError(`${maxPriorityFeePerGas} wei of ${maxFeePerGas} wei`)
  }
}

/** What a promise gives, unless a signal stops the caller first; then `whenLate` gets what it still gives. */
async function untilAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  whenLate: (value: T) => void = () => {},
): Promise<T> {
  if (!signal) return promise
  let stop = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } catch (error) {
    // Nobody is left whom a callback that throws could tell.
    if (signal.aborted) promise.then(whenLate).catch(() => {})
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function textOf(value: unknown): string {
  return String(value).toLowerCase()
}
