import { StemmaError } from '../core/errors.ts'
import type { Hex } from '../core/hex.ts'

/** Thrown when the sender canceled a transaction: an empty transaction to itself took its nonce. */
export class TransactionCancelledError extends StemmaError {
  override name = 'TransactionCancelledError'
  override readonly kind = 'refused'
  /** The transaction that was waited for. */
  readonly transaction: Hex
  /** The empty transaction that took its place. */
  readonly replacement: Hex
  constructor(transaction: Hex, replacement: Hex) {
    super(
      'TRANSACTION_CANCELLED',
      `The transaction ${transaction} was canceled by its sender: ${replacement} took its place and does nothing. Nothing was written. Send it again if that was a mistake.`,
    )
    this.transaction = transaction
    this.replacement = replacement
  }
}

/** Thrown when another call took the nonce of a transaction, so that it can never be in a block. */
export class TransactionReplacedError extends StemmaError {
  override name = 'TransactionReplacedError'
  override readonly kind = 'refused'
  /** The transaction that was waited for. */
  readonly transaction: Hex
  /** What took its place; undefined when no node at hand says which it was. */
  readonly replacement: Hex | undefined
  constructor(transaction: Hex, replacement: Hex | undefined) {
    super(
      'TRANSACTION_REPLACED',
      `The transaction ${transaction} was replaced: ${replacement ?? 'another transaction of the sender'} took its nonce and does something else. What was to be written was not written by it. Look at what the account has sent, and send it again if it is still wanted.`,
    )
    this.transaction = transaction
    this.replacement = replacement
  }
}

/** Thrown when nodes have forgotten a transaction whose nonce is still free. */
export class TransactionDroppedError extends StemmaError {
  override name = 'TransactionDroppedError'
  override readonly kind = 'refused'
  /** The transaction that was waited for. */
  readonly transaction: Hex
  constructor(transaction: Hex) {
    super(
      'TRANSACTION_DROPPED',
      `The transaction ${transaction} is neither in a block nor in the node's pool any more, and its nonce is free. Its fee was probably too low, or the pool was full. Send it again with a higher fee (maxFeePerGas, or --max-fee). If it was sent to a private pool, go on waiting instead: stemma wait ${transaction}.`,
    )
    this.transaction = transaction
  }
}

/** Thrown when a transaction is not in a block, or not deep enough, in the time that the caller allows. It may still get there. */
export class TransactionTimeoutError extends StemmaError {
  override name = 'TransactionTimeoutError'
  override readonly kind = 'unavailable'
  /** The transaction to go on waiting for: the newest that replaced the first one with the same call. */
  readonly transaction: Hex
  constructor(transaction: Hex, timeout: number, block: number | undefined, cause?: unknown) {
    const state =
      block === undefined ? 'is not in a block' : `is in block ${block}, but does not have its confirmations yet`
    super(
      'TRANSACTION_TIMEOUT',
      `The transaction ${transaction} ${state} after ${timeout / 1000} seconds of waiting. It may still get there, so do not send it a second time. Go on waiting: stemma wait ${transaction}, or waitForTransaction in the SDK. To hurry it, send the same nonce with a higher fee.`,
      { cause },
    )
    this.transaction = transaction
  }
}

/** Thrown when the node no longer answers after a transaction was sent, or while it was being sent. */
export class TransactionUnwatchedError extends StemmaError {
  override name = 'TransactionUnwatchedError'
  override readonly kind = 'unavailable'
  /** The transaction to look for. */
  readonly transaction: Hex
  constructor(transaction: Hex, words: string, cause?: unknown) {
    super(
      'TRANSACTION_UNWATCHED',
      `The transaction ${transaction} was handed to the node, which does not answer since (${words}). It may be in a block, so do not send it a second time. Look for it when a node answers: stemma wait ${transaction}.`,
      { cause },
    )
    this.transaction = transaction
  }
}

/** Thrown when a transaction is in a block and failed there, and the contract did not say why. Its gas is paid. */
export class TransactionRevertedError extends StemmaError {
  override name = 'TransactionRevertedError'
  override readonly kind = 'refused'
  /** The transaction that failed. */
  readonly transaction: Hex
  constructor(transaction: Hex, block: number, isOutOfGas: boolean) {
    const why = isOutOfGas
      ? 'It used all of its gas. Send it again with a higher limit (gasLimit, or --gas-limit), or without one'
      : 'It wrote nothing. Try the same with --dry-run, which tells what the contract refuses now'
    super('TRANSACTION_REVERTED', `The transaction ${transaction} failed in block ${block}. ${why}.`)
    this.transaction = transaction
  }
}

/** Thrown when an option of sending or waiting cannot be used, such as a negative nonce or two kinds of fees. */
export class InvalidWriteOptionError extends StemmaError {
  override name = 'InvalidWriteOptionError'
  constructor(message: string) {
    super('INVALID_WRITE_OPTION', message)
  }
}
