import { makeError } from 'ethers'

/** An error as JSON-RPC has it. */
export type RpcError = { code: number; message: string; data?: unknown }

/** What the errors of viem, and those that it wraps, may have. */
type Link = {
  readonly name?: unknown
  readonly code?: unknown
  readonly message?: unknown
  readonly details?: unknown
  readonly shortMessage?: unknown
  readonly data?: unknown
  readonly status?: unknown
  readonly url?: unknown
  readonly cause?: unknown
}

/** What viem calls the failures of a connection other than HTTP (its `errors/request.ts`). */
const DISCONNECTED: readonly unknown[] = ['SocketClosedError', 'WebSocketRequestError']
/** JSON-RPC's "internal error", for an error that has no code, as of a wallet. */
const INTERNAL = -32603

/**
 * What a node or a wallet refused with, in an error of viem, whose message is the answer's own.
 *
 * viem's classes are known by their names, so that this module does not load viem, and any copy of it will do.
 *
 * @throws an error as ethers throws it when there was no answer of JSON-RPC: TIMEOUT, SERVER_ERROR, NETWORK_ERROR, and
 * UNSUPPORTED_OPERATION where the answer is not JSON
 */
export function rpcErrorOf(error: unknown): RpcError {
  const links = linksOf(error)
  const named = (...names: readonly unknown[]): Link | undefined => links.find(({ name }) => names.includes(name))
  const words = messageOf(links)
  if (isRejection(error)) return { code: 4001, message: words }
  if (named('TimeoutError')) throw makeError('request timeout', 'TIMEOUT', { operation: 'request', reason: words })
  const http = named('HttpRequestError')
  if (http && typeof http.status === 'number') throw serverError(http.status, words, http.url)
  if (named('SyntaxError')) {
    throw makeError('response body is not valid JSON', 'UNSUPPORTED_OPERATION', {
      operation: 'bodyJson',
      info: { message: words },
    })
  }
  // A socket that cannot be opened fails with an event of the DOM, which has no words.
  if (http || named(...DISCONNECTED) || links.some((link) => link instanceof Event))
    throw makeError(words, 'NETWORK_ERROR', { event: 'request' })
  const answer = links.findLast(({ code }) => typeof code === 'number')
  const { data } = links.findLast((link) => link.data !== undefined) ?? {}
  return { code: (answer?.code as number | undefined) ?? INTERNAL, message: words, ...(data !== undefined && { data }) }
}

/** Whether the owner of a wallet declined (EIP-1193's 4001; viem gives WalletConnect's 5000 the same class). */
export function isRejection(error: unknown): boolean {
  return linksOf(error).some(({ name, code }) => name === 'UserRejectedRequestError' || code === 4001)
}

/** As ethers' provider throws it for a status that is not a success. */
function serverError(status: number, words: string, url: unknown): Error {
  return makeError(`server response ${status} ${words}`, 'SERVER_ERROR', {
    request: String(url),
    info: { requestUrl: url, responseStatus: String(status), responseBody: words },
  })
}

/** How many errors within each other are looked at. */
const MOST_LINKS = 32

/** The error and its causes, outermost first. */
function linksOf(error: unknown): Link[] {
  const links: Link[] = []
  for (
    let link = error;
    typeof link === 'object' && link !== null && !links.includes(link) && links.length < MOST_LINKS;
    link = (link as Link).cause
  )
    links.push(link)
  return links
}

/** The words of the innermost cause: those of viem around it are its own, with the request and the version of viem. */
function messageOf(links: readonly Link[]): string {
  const texts = links.flatMap(({ details, shortMessage, message, code }) =>
    [details, shortMessage, message, code].filter((text) => typeof text === 'string' && text !== '').slice(0, 1),
  )
  return (texts.at(-1) as string | undefined) ?? 'without a message'
}
