import { isCallException, isError, type CallExceptionError } from 'ethers'

import { StemmaError } from '../core/errors.ts'
import { ownWords } from './nodeWords.ts'

/** Runs a read or a write against a node and explains its failure by {@link explainNodeError}. */
export async function reading<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw await explainNodeError(error)
  }
}

/**
 * Like {@link reading}, for a read whose arguments cannot be wrong: every failure is the node's, even when ethers cannot
 * parse its answer.
 */
export async function readingOnly<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw await explainAnswer(error)
  }
}

/** As {@link explainNodeError}, for a question that cannot be wrong: what nobody knows is about the node's answer. */
export async function explainAnswer(error: unknown): Promise<StemmaError> {
  const explained = await explainNodeError(error)
  return explained instanceof StemmaError ? explained : new NodeAnswerError(error)
}

/**
 * Explains a failed call to a node: a `ContractError` when a contract refused, else an error about the node. The sentences for
 * contract errors are large, as is the table of what nodes say; each loads when the first refuses.
 */
export async function explainNodeError(error: unknown): Promise<Error> {
  if (error instanceof StemmaError) return error
  const data = revertData(error)
  if (data !== undefined) {
    const { explainRevert } = await import('./contractErrors.ts')
    const refusal = explainRevert(data, error)
    if (refusal) return refusal
  }
  if (isError(error, 'TIMEOUT')) return new NodeTimeoutError(error)
  if (isError(error, 'NETWORK_ERROR') || hasSystemCode(error)) return new NodeUnreachableError(error)
  if (isError(error, 'INSUFFICIENT_FUNDS') || saysNoFunds(error)) return new InsufficientFundsError(error)
  if (isCallException(error) && isOutOfGas(error)) return new NodeGasError(error)
  if (REFUSALS.some((code) => isError(error, code))) {
    const { explainRefusal } = await import('./nodeRefusals.ts')
    return explainRefusal(error) ?? new NodeAnswerError(error)
  }
  if (isError(error, 'BAD_DATA')) return new NodeAnswerError(error)
  return error instanceof Error ? error : new NodeAnswerError(error)
}

/** The codes of ethers for what a node refused in its own words. */
const REFUSALS = ['SERVER_ERROR', 'UNKNOWN_ERROR', 'CALL_EXCEPTION', 'UNSUPPORTED_OPERATION'] as const

/** The revert data in an ethers error. Nodes put it in different places. */
function revertData(error: unknown): string | undefined {
  const visited = new Set<unknown>()
  const search = (value: unknown): string | undefined => {
    if (typeof value !== 'object' || value === null || visited.has(value)) return undefined
    visited.add(value)
    const { data } = value as { data?: unknown }
    if (typeof data === 'string' && /^0x[0-9a-fA-F]{8,}$/.test(data)) return data
    for (const key of ['data', 'error', 'info', 'cause']) {
      const found = search((value as Record<string, unknown>)[key])
      if (found) return found
    }
    return undefined
  }
  return search(error)
}

/** Recognizes Hardhat's message, which ethers does not. */
function saysNoFunds(error: unknown): boolean {
  if (!isError(error, 'UNKNOWN_ERROR')) return false
  const { message } = ((error as { error?: unknown }).error ?? {}) as { message?: unknown }
  return typeof message === 'string' && /enough funds/i.test(message)
}

/** Recognizes the message: nodes have no code for it. */
function isOutOfGas({ info }: CallExceptionError): boolean {
  const { message } = (info?.error ?? {}) as { message?: unknown }
  return typeof message === 'string' && /out of gas/i.test(message)
}

function hasSystemCode(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' && /^(ECONN|ENOTFOUND|EAI_|EHOST|ENET|EPIPE|EPROTO|ERR_SSL|ETIMEDOUT)/.test(code)
}

/** Thrown when a node cannot be reached, or fails to serve. */
export class NodeUnreachableError extends StemmaError {
  override name = 'NodeUnreachableError'
  override readonly kind = 'unavailable'
  constructor(cause: unknown) {
    super(
      'NODE_UNREACHABLE',
      `The node did not answer (${ownWords(cause)}). Is it running? Start one with npm start in a clone of Stemma, or name another by --rpc or STEMMA_RPC_URL.`,
      { cause },
    )
  }
}

/** Thrown when a node takes too long. */
export class NodeTimeoutError extends StemmaError {
  override name = 'NodeTimeoutError'
  override readonly kind = 'unavailable'
  constructor(cause: unknown) {
    super('NODE_TIMEOUT', `The node took too long (${ownWords(cause)}). Try again, or use another node.`, { cause })
  }
}

/** Thrown when a node's answer is malformed or does not fit the question. */
export class NodeAnswerError extends StemmaError {
  override name = 'NodeAnswerError'
  override readonly kind = 'unavailable'
  constructor(cause: unknown) {
    super(
      'NODE_ANSWER',
      `The node's answer cannot be used (${ownWords(cause)}). Check that the address of the node and the deployment belong together, or use another node.`,
      { cause },
    )
  }
}

/** Thrown when a node's gas cap for calls is too low, as for a lineage of a thousand models. */
export class NodeGasError extends StemmaError {
  override name = 'NodeGasError'
  override readonly kind = 'unavailable'
  constructor(cause: unknown) {
    super(
      'NODE_GAS',
      'The node lends a call too little gas for this. A model in a lineage takes about 25,000: use a node that lends more (geth by --rpc.gascap), or an indexer.',
      { cause },
    )
  }
}

/** Thrown when the sender cannot pay for the gas. */
export class InsufficientFundsError extends StemmaError {
  override name = 'InsufficientFundsError'
  override readonly kind = 'refused'
  constructor(cause: unknown) {
    super('INSUFFICIENT_FUNDS', 'The sender cannot pay for the gas. Send it some of the chain’s currency first.', {
      cause,
    })
  }
}
