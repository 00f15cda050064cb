import { isError } from 'ethers'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import { WrongChainError } from './wrongChain.ts'
import { explainNodeError } from './nodeErrors.ts'
import { printable } from './nodeWords.ts'
import { layersOf, refusalOf, type WriteRefusal } from './writeDialects.ts'

/**
 * Explains why something was not signed or not sent: a `ContractError` when a contract refused, else an error about the wallet, the
 * device, the account or the node, with their own words.
 */
export async function explainWriteError(error: unknown): Promise<Error> {
  try {
    return await explain(error)
  } catch {
    // Errors of wallets are objects of others, whose fields may throw.
    return new TransactionRefusedError('its error cannot be read', error)
  }
}

async function explain(error: unknown): Promise<Error> {
  // How an action is stopped: the caller gave the reason.
  if (error instanceof StemmaError || (error as Error | undefined)?.name === 'AbortError') return error as Error
  const explained = await explainNodeError(error)
  // What a contract refuses comes first, whatever the node says around it.
  if (explained instanceof StemmaError && explained.kind === 'refused' && 'errorName' in explained) return explained
  const refusal = hasNoAnswer(error) ? undefined : refusalOf(error)
  if (refusal !== undefined) return REFUSALS[refusal](wordsOf(error), error)
  if (isError(error, 'INVALID_ARGUMENT')) return new InvalidArgumentError(error)
  if (explained instanceof StemmaError && explained.code !== 'NODE_ANSWER') return explained
  const isAnswer = layersOf(error).some(({ codes }) => codes.some((code) => typeof code === 'number'))
  return isAnswer ? new TransactionRefusedError(wordsOf(error), error) : explained
}

/** Whether an error says nothing of what became of a request: it may have been taken. */
export function hasNoAnswer(error: unknown): boolean {
  if (isError(error, 'NETWORK_ERROR')) return !/network changed/.test(error.message)
  if (isError(error, 'TIMEOUT') || isError(error, 'SERVER_ERROR')) return true
  const { code, kind } = (error ?? {}) as { code?: unknown; kind?: unknown }
  return (
    kind === 'unavailable' ||
    (typeof code === 'string' && /^(ECONN|ENOTFOUND|EAI_|EHOST|ENET|EPIPE|EPROTO|ETIMEDOUT)/.test(code))
  )
}

/** What the wallet or the node said itself: the innermost words, safe to print, in at most 200 characters, without keys in addresses. */
export function wordsOf(error: unknown): string {
  const words = layersOf(error).findLast(({ words: text }) => text !== '')?.words ?? String(error)
  // ethers marks what it recognizes.
  return printable(words.replace(/^ethers-[a-z-]+: /, ''))
}

/** Thrown when the owner of a wallet declines to sign or to send. */
export class SigningRejectedError extends StemmaError {
  override name = 'SigningRejectedError'
  override readonly kind = 'refused'
  constructor(words: string, cause?: unknown) {
    super(
      'SIGNING_REJECTED',
      `The request was declined in the wallet (${words}), and nothing was sent. Ask again, and confirm it.`,
      { cause },
    )
  }
}

/** Thrown when a wallet still shows an older request, or a device is busy with one. */
export class WalletPendingError extends StemmaError {
  override name = 'WalletPendingError'
  override readonly kind = 'refused'
  constructor(words: string, cause?: unknown) {
    super(
      'WALLET_PENDING',
      `The wallet is busy with another request (${words}). Open the wallet, confirm or decline that one, and ask again.`,
      { cause },
    )
  }
}

/** Thrown when a wallet, a device or an account of a node is locked. */
export class WalletLockedError extends StemmaError {
  override name = 'WalletLockedError'
  override readonly kind = 'refused'
  constructor(words: string, cause?: unknown) {
    super('WALLET_LOCKED', `The wallet or the device is locked (${words}). Unlock it, and ask again.`, { cause })
  }
}

/** Thrown when a hardware wallet does not sign what it cannot show, until that is allowed in its settings. */
export class BlindSigningError extends StemmaError {
  override name = 'BlindSigningError'
  override readonly kind = 'refused'
  constructor(words: string, cause?: unknown) {
    super(
      'BLIND_SIGNING',
      `The device cannot show this in full and does not sign it (${words}). Compare what you sign with the output of --dry-run, allow blind signing (contract data) in the settings of its Ethereum app, and ask again.`,
      { cause },
    )
  }
}

/** Thrown when a hardware wallet has another app open than the one that signs, or none. */
export class WalletAppError extends StemmaError {
  override name = 'WalletAppError'
  override readonly kind = 'refused'
  constructor(words: string, cause?: unknown) {
    super(
      'WALLET_APP',
      `The device has another app open, none, or one that is too old (${words}). Open the Ethereum app on it, update it if need be, and ask again.`,
      { cause },
    )
  }
}

/** Thrown when a wallet or a node does not let the caller use the account. */
export class WalletUnauthorizedError extends StemmaError {
  override name = 'WalletUnauthorizedError'
  override readonly kind = 'refused'
  constructor(words: string, cause?: unknown) {
    super(
      'WALLET_UNAUTHORIZED',
      `The wallet does not allow this account or this request (${words}). Connect the account to this page in the wallet (eth_requestAccounts), or choose an account that it manages.`,
      { cause },
    )
  }
}

/** Thrown when a wallet does not know the request. */
export class WalletUnsupportedError extends StemmaError {
  override name = 'WalletUnsupportedError'
  override readonly kind = 'refused'
  constructor(words: string, cause?: unknown) {
    super(
      'WALLET_UNSUPPORTED',
      `The wallet or the node does not support this request (${words}). Use a wallet with eth_sendTransaction and eth_signTypedData_v4, or a key of your own.`,
      { cause },
    )
  }
}

/** Thrown when a wallet or a device is not there, or has lost its node. */
export class WalletDisconnectedError extends StemmaError {
  override name = 'WalletDisconnectedError'
  override readonly kind = 'unavailable'
  constructor(words: string, cause?: unknown) {
    super(
      'WALLET_DISCONNECTED',
      `The wallet or the device is not connected (${words}). Connect it again, check the network that it uses, and ask again.`,
      { cause },
    )
  }
}

/** Thrown when a wallet answers with something else than the hash of what it sent. */
export class WalletAnswerError extends StemmaError {
  override name = 'WalletAnswerError'
  override readonly kind = 'unavailable'
  constructor(answer: unknown) {
    super(
      'WALLET_ANSWER',
      `The wallet gave ${describeAnswer(answer)} in place of the hash of a transaction, which may have been sent. Look in the wallet before you send it again.`,
    )
  }
}

function describeAnswer(answer: unknown): string {
  return typeof answer === 'string' ? quoted(answer) : answer === null ? 'null' : `a value of type ${typeof answer}`
}

/** Thrown when another transaction of the account has the nonce. */
export class NonceUsedError extends StemmaError {
  override name = 'NonceUsedError'
  override readonly kind = 'refused'
  constructor(words: string, cause?: unknown) {
    super(
      'NONCE_USED',
      `A transaction of this account with this nonce is in a block already (${words}), and nothing was sent. Leave the nonce out, so that the next one is taken. If another program uses the same key at the same time, send again, or give each its own key.`,
      { cause },
    )
  }
}

/** Thrown when transactions with lower nonces are missing, so that the node does not take this one. */
export class NonceGapError extends StemmaError {
  override name = 'NonceGapError'
  override readonly kind = 'refused'
  constructor(words: string, cause?: unknown) {
    super(
      'NONCE_GAP',
      `The nonce is ahead of the account's next one (${words}), and nothing was sent. Leave the nonce out, or send the transactions before it first.`,
      { cause },
    )
  }
}

/** Thrown when another transaction with the nonce waits in the pool, and the fee is too low to replace it. */
export class ReplacementUnderpricedError extends StemmaError {
  override name = 'ReplacementUnderpricedError'
  override readonly kind = 'refused'
  constructor(words: string, cause?: unknown) {
    super(
      'REPLACEMENT_UNDERPRICED',
      `Another transaction of this account waits with the same nonce (${words}), and nothing was sent. Leave the nonce out to send this one after it. To replace that one, raise both fees by a tenth or more (maxFeePerGas and maxPriorityFeePerGas, or --max-fee and --priority-fee).`,
      { cause },
    )
  }
}

/** Thrown when the sender cannot pay for the gas, the fee or the value. */
export class InsufficientFundsError extends StemmaError {
  override name = 'InsufficientFundsError'
  override readonly kind = 'refused'
  constructor(words: string, cause?: unknown) {
    super(
      'INSUFFICIENT_FUNDS',
      `The sender cannot pay for the gas (${words}), and nothing was sent. Send it some of the chain’s currency first.`,
      { cause },
    )
  }
}

/** Thrown when the whole fee is more than the node lets anybody pay. */
export class FeeCapError extends StemmaError {
  override name = 'FeeCapError'
  override readonly kind = 'refused'
  constructor(words: string, cause?: unknown) {
    super(
      'FEE_CAP',
      `The fee is more than the node allows (${words}), and nothing was sent. Check the unit of the fee; to pay that much, use a node with a higher cap (geth by --rpc.txfeecap).`,
      { cause },
    )
  }
}

/** Thrown when the priority fee is higher than the whole fee that it is a part of. */
export class InvalidFeesError extends StemmaError {
  override name = 'InvalidFeesError'
  constructor(words: string, cause?: unknown) {
    super(
      'INVALID_FEES',
      `The priority fee is a part of the highest fee and cannot be more than it (${words}). Raise maxFeePerGas (--max-fee), or lower maxPriorityFeePerGas (--priority-fee).`,
      { cause },
    )
  }
}

/** Thrown when the fee is lower than the chain or the node takes. */
export class FeeTooLowError extends StemmaError {
  override name = 'FeeTooLowError'
  override readonly kind = 'refused'
  constructor(words: string, cause?: unknown) {
    super(
      'FEE_TOO_LOW',
      `The fee is lower than the chain takes now (${words}), and nothing was sent. Leave the fees out, so that they follow the chain, or raise them (maxFeePerGas and maxPriorityFeePerGas, or --max-fee and --priority-fee).`,
      { cause },
    )
  }
}

/** Thrown when the gas limit is lower than any such transaction needs. */
export class GasTooLowError extends StemmaError {
  override name = 'GasTooLowError'
  override readonly kind = 'refused'
  constructor(words: string, cause?: unknown) {
    super(
      'GAS_TOO_LOW',
      `The gas limit is lower than this transaction needs (${words}), and nothing was sent. Leave it out, so that it is estimated, or raise it (gasLimit, or --gas-limit).`,
      { cause },
    )
  }
}

/** Thrown when the gas limit is higher than a transaction or a block may have. */
export class GasTooHighError extends StemmaError {
  override name = 'GasTooHighError'
  override readonly kind = 'refused'
  constructor(words: string, cause?: unknown) {
    super(
      'GAS_TOO_HIGH',
      `The gas is more than the chain or the node allows (${words}), and nothing was sent. Leave the limit out, so that it is estimated; if the estimate is refused too, send less at once.`,
      { cause },
    )
  }
}

/** Thrown when the chain does not know this type of transaction, or wants its id in the signature. */
export class TransactionTypeError extends StemmaError {
  override name = 'TransactionTypeError'
  override readonly kind = 'refused'
  constructor(words: string, cause?: unknown) {
    super(
      'TRANSACTION_TYPE',
      `The chain does not take this type of transaction (${words}), and nothing was sent. On a chain without EIP-1559 give the gas price alone (gasPrice, or --gas-price).`,
      { cause },
    )
  }
}

/** Thrown when a signature does not name its chain, and the node takes only those that do. */
export class UnprotectedTransactionError extends StemmaError {
  override name = 'UnprotectedTransactionError'
  override readonly kind = 'refused'
  constructor(words: string, cause?: unknown) {
    super(
      'TRANSACTION_UNPROTECTED',
      `The wallet signed without the id of the chain, and the node refuses that (${words}). Update the wallet, or sign with another one.`,
      { cause },
    )
  }
}

/** Thrown when the sender is a contract, which cannot sign. */
export class SenderNotAccountError extends StemmaError {
  override name = 'SenderNotAccountError'
  override readonly kind = 'refused'
  constructor(words: string, cause?: unknown) {
    super(
      'SENDER_NOT_ACCOUNT',
      `The sender is a contract, which cannot send a transaction (${words}). Use the key of an account; what a contract publishes is sent by registerSigned, or by the contract itself.`,
      { cause },
    )
  }
}

/** Thrown when a transaction, or the code in it, is larger than nodes take. */
export class TransactionTooLargeError extends StemmaError {
  override name = 'TransactionTooLargeError'
  override readonly kind = 'refused'
  constructor(words: string, cause?: unknown) {
    super(
      'TRANSACTION_TOO_LARGE',
      `The transaction is larger than the node takes (${words}), and nothing was sent. Send less at once.`,
      { cause },
    )
  }
}

/** Thrown when the pool of the node takes no more transactions, at all or from this sender. */
export class PoolFullError extends StemmaError {
  override name = 'PoolFullError'
  override readonly kind = 'unavailable'
  constructor(words: string, cause?: unknown) {
    super(
      'POOL_FULL',
      `The node takes no more transactions now (${words}), and nothing was sent. Wait until earlier ones are in a block, or pay a higher fee.`,
      { cause },
    )
  }
}

/** Thrown when a wallet or a node refuses in words that are not known here. */
export class TransactionRefusedError extends StemmaError {
  override name = 'TransactionRefusedError'
  override readonly kind = 'refused'
  constructor(words: string, cause?: unknown) {
    super(
      'TRANSACTION_REFUSED',
      `The wallet or the node refused to sign or to send (${words}). Do as these words say; they are the wallet's or the node's own.`,
      { cause },
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

const REFUSALS: Readonly<Record<WriteRefusal, (words: string, cause: unknown) => StemmaError>> = {
  rejected: (words, cause) => new SigningRejectedError(words, cause),
  pending: (words, cause) => new WalletPendingError(words, cause),
  locked: (words, cause) => new WalletLockedError(words, cause),
  blindSigning: (words, cause) => new BlindSigningError(words, cause),
  app: (words, cause) => new WalletAppError(words, cause),
  unauthorized: (words, cause) => new WalletUnauthorizedError(words, cause),
  unsupported: (words, cause) => new WalletUnsupportedError(words, cause),
  disconnected: (words, cause) => new WalletDisconnectedError(words, cause),
  chain: (words, cause) => new WrongChainError({}, words, 'wallet', cause),
  // Only where the transaction itself was not looked for, so it is what the node says.
  known: (words, cause) => new TransactionRefusedError(words, cause),
  replacement: (words, cause) => new ReplacementUnderpricedError(words, cause),
  nonceUsed: (words, cause) => new NonceUsedError(words, cause),
  nonceGap: (words, cause) => new NonceGapError(words, cause),
  funds: (words, cause) => new InsufficientFundsError(words, cause),
  feeCap: (words, cause) => new FeeCapError(words, cause),
  fees: (words, cause) => new InvalidFeesError(words, cause),
  feeTooLow: (words, cause) => new FeeTooLowError(words, cause),
  gasTooLow: (words, cause) => new GasTooLowError(words, cause),
  gasTooHigh: (words, cause) => new GasTooHighError(words, cause),
  type: (words, cause) => new TransactionTypeError(words, cause),
  unprotected: (words, cause) => new UnprotectedTransactionError(words, cause),
  notAccount: (words, cause) => new SenderNotAccountError(words, cause),
  size: (words, cause) => new TransactionTooLargeError(words, cause),
  pool: (words, cause) => new PoolFullError(words, cause),
}
