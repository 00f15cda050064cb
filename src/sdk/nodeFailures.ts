import { isCallException, isError, type CallExceptionError } from 'ethers'

import { blocksHint, meaningOf, wordsOf, type NodeMeaning, type NodeWords } from '../core/nodeDialects.ts'
import { StemmaError } from '../core/errors.ts'
import { textOfAny } from '../core/text.ts'
import { ownWords } from './nodeWords.ts'

/** What `explainNodeError` makes of an error that is not explained yet; undefined for an answer that nobody can use. */
export async function explainFailure(error: unknown): Promise<Error | undefined> {
  const data = revertData(error)
  if (data !== undefined) {
    const { explainRevert } = await import('./contractErrors.ts')
    const refusal = explainRevert(data, error)
    if (refusal) return refusal
  }
  if (isError(error, 'TIMEOUT')) return new NodeTimeoutError(error)
  if (isError(error, 'NETWORK_ERROR') || hasSystemCode(error)) return new NodeUnreachableError(error)
  if (isCallException(error) && isOutOfGas(error)) return new NodeGasError(error)
  if (REFUSALS.some((code) => isError(error, code))) return explainRefusal(error)
  return error instanceof Error && !isError(error, 'BAD_DATA') ? error : undefined
}

/** The codes of ethers for what a node refused in its own words. */
const REFUSALS = ['SERVER_ERROR', 'UNKNOWN_ERROR', 'CALL_EXCEPTION', 'UNSUPPORTED_OPERATION'] as const

/** How many errors within each other are looked at. */
const DEEPEST = 16

/** The revert data in an ethers error. Nodes put it in different places. */
function revertData(error: unknown): string | undefined {
  const visited = new Set<unknown>()
  const search = (value: unknown, depth = 0): string | undefined => {
    if (typeof value !== 'object' || value === null || visited.has(value) || depth > DEEPEST) return undefined
    visited.add(value)
    const { data } = value as { data?: unknown }
    if (typeof data === 'string' && /^0x[0-9a-fA-F]{8,}$/.test(data)) return data
    for (const key of ['data', 'error', 'info', 'cause']) {
      const found = search((value as Record<string, unknown>)[key], depth + 1)
      if (found) return found
    }
    return undefined
  }
  return search(error)
}

/** Recognizes the message: nodes have no code for it. */
function isOutOfGas({ info }: CallExceptionError): boolean {
  const { message } = (info?.error ?? {}) as { message?: unknown }
  return (
    typeof message === 'string' &&
    /out of gas|gas (required |limit )?exceeds|exceeds .{0,30}gas (limit|cap|allowance)/i.test(message)
  )
}

function hasSystemCode(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' && /^(ECONN|ENOTFOUND|EAI_|EHOST|ENET|EPIPE|EPROTO|ERR_SSL|ETIMEDOUT)/.test(code)
}

/** What a node said in an error of ethers or of EIP-1193: the innermost code and message, and the status of HTTP. */
export function nodeWordsOf(error: unknown): NodeWords {
  const { info, response } = (error ?? {}) as { info?: Info; response?: { statusCode?: number } }
  const status = parseInt(String(info?.responseStatus ?? response?.statusCode ?? ''), 10) || undefined
  const body = bodyOf(info?.responseBody)
  const own = body ?? info?.error ?? (error as { error?: unknown } | null)?.error
  // The words of ethers itself are not a node's.
  const found = innermost(own ?? ('shortMessage' in Object(error) ? undefined : error))
  return { ...found, status }
}

type Info = { error?: unknown; responseBody?: unknown; responseStatus?: unknown }

/** The error in the body of an answer with a status that is a failure: an object of JSON-RPC, or a text. A page of HTML says nothing. */
function bodyOf(text: unknown): object | undefined {
  if (typeof text !== 'string' || text.trim() === '') return undefined
  try {
    const parsed = [JSON.parse(text) as { error?: unknown; message?: unknown }].flat()[0]
    const error = parsed?.error ?? parsed
    // viem quotes a body that is a text.
    return typeof error === 'object' && error !== null ? error : wordsIn(String(error))
  } catch {
    return wordsIn(text)
  }
}

function wordsIn(text: string): object | undefined {
  return /^\s*</.test(text) ? undefined : { message: text }
}

/** Wallets put the error of their node into their own. */
function innermost(error: unknown): Pick<NodeWords, 'code' | 'message' | 'data'> {
  const { code, message, data } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>
  const { originalError, cause, message: inData } = (data ?? {}) as Record<string, unknown>
  const inner = (originalError ?? cause ?? (inData === undefined ? undefined : data)) as
    | { message?: unknown }
    | undefined
  if (typeof inner?.message === 'string') return { code, message: `${ownText(message)} ${inner.message}`.trim() }
  return { code, message: ownText(message), data }
}

function ownText(message: unknown): string {
  return typeof message === 'string' ? message : ''
}

/** A block that a node once had and may have dropped: most nodes say this of old blocks, not of new ones. */
const WITHOUT_HEADER = /header.{0,30}(not|n't) (be )?found/i

/** What a node's refusal means, with the exceptions that a reader makes: no block that it asks for is in the future on purpose. */
export function refusalOf(error: unknown): NodeMeaning {
  if (error instanceof StemmaError) return 'unknown'
  const words = nodeWordsOf(error)
  const meaning = meaningOf(words)
  if (meaning === 'head' && WITHOUT_HEADER.test(textOfAny(words.message))) return 'pruned'
  // A failing server is not a busy one, unless it says so.
  const isFailing = Number(words.status) >= 500 && meaningOf({ ...words, status: undefined }) === 'unknown'
  return meaning === 'busy' && isFailing && !waitsAfter(error) ? 'unknown' : meaning
}

function waitsAfter(error: unknown): boolean {
  const { response } = (error ?? {}) as { response?: { headers?: Record<string, string> } }
  return response?.headers?.['retry-after'] !== undefined
}

/**
 * How many blocks to ask for after a node refused the logs of more: what its words offer, else half as many. Undefined where fewer blocks
 * would not help.
 */
export function smallerRange(error: unknown, blocks: number): number | undefined {
  const meaning = isError(error, 'TIMEOUT') ? 'slow' : refusalOf(error)
  if (blocks <= 1 || !['range', 'results', 'slow', 'limit'].includes(meaning)) return undefined
  const offered = meaning === 'range' ? blocksHint(wordsOf(nodeWordsOf(error)), blocks) : undefined
  return offered ?? Math.ceil(blocks / 2)
}

/** The error for what a node, or a provider in front of it, refused in its own words; undefined where the words say nothing. */
function explainRefusal(error: unknown): StemmaError | undefined {
  const kind = refusalOf(error)
  if (kind === 'busy' || kind === 'limit') return new NodeBusyError(error)
  if (kind === 'pruned') return new NodeHistoryError(ownWords(error), error)
  if (kind === 'head') return new NodeBehindError(error)
  if (kind === 'forbidden') return new NodeForbiddenError(error)
  if (kind === 'slow') return new NodeTimeoutError(error)
  if (kind === 'range' || kind === 'results') return new NodeLimitError(error)
  if (kind === 'unsupported' || kind === 'batch') return new NodeUnsupportedError(error)
  return isError(error, 'SERVER_ERROR') ? new NodeUnreachableError(error) : undefined
}

/** Thrown when a node goes on refusing for its limit of requests, after it was asked again within the timeout. */
export class NodeBusyError extends StemmaError {
  override name = 'NodeBusyError'
  override readonly kind = 'unavailable'
  constructor(cause: unknown) {
    super(
      'NODE_BUSY',
      `The node refuses more requests for now (${ownWords(cause)}). Try again later, give it more time (timeout), or name another node beside it.`,
      { cause },
    )
  }
}

/** Thrown when a node does not keep the state or the logs of an older block, as most nodes do. */
export class NodeHistoryError extends StemmaError {
  override name = 'NodeHistoryError'
  override readonly kind = 'unavailable'
  /** @param what the node's own words, or what it does not have */
  constructor(what: string, cause?: unknown, when = '') {
    super(
      'NODE_NO_HISTORY',
      `The node cannot show the ledger as it stood ${when || 'after an older block'} (${what}). Use an archive node, or ask an indexer of the ledger as of that time.`,
      { cause },
    )
  }
}

/** Thrown when a node is asked for a block that it does not have yet. */
export class NodeBehindError extends StemmaError {
  override name = 'NodeBehindError'
  override readonly kind = 'unavailable'
  constructor(cause: unknown) {
    super(
      'NODE_BEHIND',
      `The node does not have that block yet (${ownWords(cause)}): it lags behind, or another node behind the same address answered before. Try again, or use another node.`,
      { cause },
    )
  }
}

/** Thrown when a node, or the service in front of it, does not admit the caller. */
export class NodeForbiddenError extends StemmaError {
  override name = 'NodeForbiddenError'
  override readonly kind = 'unavailable'
  constructor(cause: unknown) {
    super(
      'NODE_FORBIDDEN',
      `The node does not admit you (${ownWords(cause)}). Check the key in its address, what its plan and its list of origins allow, or use another node.`,
      { cause },
    )
  }
}

/** Thrown when a node refuses even the smallest question as too large. */
export class NodeLimitError extends StemmaError {
  override name = 'NodeLimitError'
  override readonly kind = 'unavailable'
  constructor(cause: unknown) {
    super(
      'NODE_LIMIT',
      `The node refuses a question as too large (${ownWords(cause)}). Use a node with higher limits, or an indexer.`,
      { cause },
    )
  }
}

/** Thrown when a node does not serve a method, or a parameter of it. */
export class NodeUnsupportedError extends StemmaError {
  override name = 'NodeUnsupportedError'
  override readonly kind = 'unavailable'
  constructor(cause: unknown) {
    super(
      'NODE_UNSUPPORTED',
      `The node does not serve this request (${ownWords(cause)}). Check that its address is that of a node, or use another. In a program, nodeProvider asks a node that refuses several calls at once one by one.`,
      { cause },
    )
  }
}

/** Thrown when a node cannot be reached, or fails to serve. */
export class NodeUnreachableError extends StemmaError {
  override name = 'NodeUnreachableError'
  override readonly kind = 'unavailable'
  constructor(cause: unknown) {
    super(
      'NODE_UNREACHABLE',
      `The node did not answer (${ownWords(cause)}). Check that it is running and that its address is right, or use another node.`,
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
