import { isCallException, isError, type CallExceptionError } from 'ethers'

import { StemmaError } from '../core/errors.ts'

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
    const explained = await explainNodeError(error)
    throw explained instanceof StemmaError ? explained : new NodeAnswerError(error)
  }
}

/**
 * Explains a failed call to a node: a `ContractError` when a contract refused, else an error about the node. The sentences for
 * contract errors are large and load when the first contract refuses.
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
  if (isError(error, 'SERVER_ERROR')) return new NodeUnreachableError(error)
  if (isError(error, 'BAD_DATA') || isError(error, 'UNSUPPORTED_OPERATION')) return new NodeAnswerError(error)
  if (isCallException(error) && isOutOfGas(error)) return new NodeGasError(error)
  if (isError(error, 'UNKNOWN_ERROR') || isCallException(error)) return new NodeAnswerError(error)
  return error instanceof Error ? error : new NodeAnswerError(error)
}

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

/** Recognizes the message: nodes have no code for it. */
function isOutOfGas({ info }: CallExceptionError): boolean {
  const { message } = (info?.error ?? {}) as { message?: unknown }
  return typeof message === 'string' && /out of gas/i.test(message)
}

function hasSystemCode(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' && /^(ECONN|ENOTFOUND|EAI_|EHOST|ENET|EPIPE|EPROTO|ERR_SSL|ETIMEDOUT)/.test(code)
}

function summaryOf(error: unknown): string {
  const { shortMessage, message, code } = (error ?? {}) as { shortMessage?: string; message?: string; code?: string }
  const text = shortMessage || message || code || String(error)
  // OpenSSL answers with a line of its sources when the other side speaks plain HTTP.
  if (/EPROTO|SSL routines/.test(text)) return 'it does not speak HTTPS: use an http URL, or a node with TLS'
  return text.slice(0, 300)
}

/** Thrown when a node cannot be reached, or fails to serve. */
export class NodeUnreachableError extends StemmaError {
  override name = 'NodeUnreachableError'
  override readonly kind = 'unavailable'
  constructor(cause: unknown) {
    super(
      'NODE_UNREACHABLE',
      `The node did not answer (${summaryOf(cause)}). Is it running? Start one with npm start in a clone of Stemma, or name another by --rpc or STEMMA_RPC_URL.`,
      { cause },
    )
  }
}

/** Thrown when a node takes too long. */
export class NodeTimeoutError extends StemmaError {
  override name = 'NodeTimeoutError'
  override readonly kind = 'unavailable'
  constructor(cause: unknown) {
    super('NODE_TIMEOUT', `The node took too long (${summaryOf(cause)}). Try again, or use another node.`, { cause })
  }
}

/** Thrown when a node's answer is malformed or does not fit the question. */
export class NodeAnswerError extends StemmaError {
  override name = 'NodeAnswerError'
  override readonly kind = 'unavailable'
  constructor(cause: unknown) {
    super(
      'NODE_ANSWER',
      `The node's answer cannot be used (${summaryOf(cause)}). Check that the address of the node and the deployment belong together, or use another node.`,
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
