import { FetchRequest, makeError, type FetchResponse, type JsonRpcPayload } from 'ethers'

import { meaningOf, waitHint, wordsOf } from '../core/nodeDialects.ts'
import { mapConcurrent } from '../core/mapConcurrent.ts'
import { nodeWordsOf } from './nodeFailures.ts'
import {
  answerTo,
  errorOf,
  isRepeatable,
  tookTooLong,
  type Given,
  type JsonError,
  type NodeAnswer,
} from './nodeAnswers.ts'
import type { NodeSocket } from './nodeSocket.ts'

/** Most calls that are sent singly at the same time. */
const MOST_SINGLE = 8
/** Most milliseconds that a node may ask to wait. */
const LONGEST_WAIT = 600_000
/** Statuses by which a gateway or a server says that it failed, whatever the request. */
const FAILED = new Set([408, 502, 504])
/** Keeps a byte order mark, which JSON may not begin with. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * One node, by HTTP or by a socket. It learns whether the node takes several calls in one request, and remembers until when it is to be
 * left alone.
 */
export class NodeEndpoint {
  readonly timeout: number
  readonly #request: FetchRequest
  readonly #isSocket: boolean
  readonly #closing: AbortSignal
  #socket: Promise<NodeSocket> | undefined
  #isSingle: boolean
  #failures = 0
  #idleUntil = 0
  /** Whether the node was seen to be on the chain. */
  isChecked = false

  /**
   * @param timeout milliseconds for one answer; that of the request, or 30,000, when left out
   * @param closing gives up what was asked
   */
  constructor(url: string | FetchRequest, timeout: number | undefined, closing: AbortSignal) {
    this.#closing = closing
    this.#request = typeof url === 'string' ? new FetchRequest(url) : url.clone()
    this.timeout = timeout ?? (typeof url === 'string' ? 30_000 : url.timeout)
    this.#isSocket = /^wss?:/i.test(this.#request.url)
    this.#isSingle = this.#isSocket
    // ethers would take the seconds of Retry-After for milliseconds.
    this.#request.retryFunc ??= async () => false
    if (!this.#isSocket) setCredentials(this.#request)
  }

  /** Whether the node failed a short while ago. */
  get isIdle(): boolean {
    return Date.now() < this.#idleUntil
  }

  /** Notes that the node answered. */
  succeeded(): void {
    this.#failures = 0
    this.#idleUntil = 0
  }

  /** Notes that the node failed, so that it is asked last for a while. */
  failed(): void {
    this.#failures += 1
    this.#idleUntil = Date.now() + Math.min(60_000, 500 * 2 ** this.#failures)
  }

  /**
   * Asks calls, in one request where the node allows that. What was answered is given even where the node failed for others; `failure` is
   * an error of ethers.
   */
  async ask(calls: readonly JsonRpcPayload[]): Promise<Given> {
    try {
      // What must not be done twice goes alone: a batch that is refused may have been done in part.
      const several = calls.filter(({ method }) => isRepeatable(method))
      const together = several.length > 1 && !this.#isSingle ? await this.#askTogether(several) : []
      const answers = together ?? []
      const [first, ...others] = calls
        .filter(({ id }) => !answers.some((answer) => answer.id === id))
        .toSorted((a, b) => Number(isRepeatable(b.method)) - Number(isRepeatable(a.method)))
      if (first === undefined) return { answers }
      // One call first, so that a node that is down is not asked for each.
      const probe = await this.#askOne(first)
      answers.push(probe)
      if (together === undefined && 'result' in probe) this.#isSingle = true
      return { answers, ...(await this.#askSingly(others, answers)) }
    } catch (failure) {
      return { answers: [], failure }
    }
  }

  async #askSingly(calls: readonly JsonRpcPayload[], answers: NodeAnswer[]): Promise<{ failure?: unknown }> {
    try {
      await mapConcurrent(calls, MOST_SINGLE, async (call) => answers.push(await this.#askOne(call)))
      return {}
    } catch (failure) {
      return { failure }
    }
  }

  close(): void {
    void this.#socket?.then((socket) => socket.close()).catch(() => {})
  }

  /** The answers to calls in one request; undefined when the node takes no such request. Calls may be left out that are to be asked singly. */
  async #askTogether(calls: readonly JsonRpcPayload[]): Promise<NodeAnswer[] | undefined> {
    const response = await this.#post(calls)
    const parsed = jsonOf(response)
    if (isBusyStatus(response) || response.statusCode === 401 || FAILED.has(response.statusCode))
      throw refusal(response)
    const list = Array.isArray(parsed) ? parsed : [parsed]
    const found = calls
      .map((call) => answerTo(call, list))
      .filter((answer) => answer !== undefined)
      .filter((answer) => !('error' in answer && meaningOf(answer.error) === 'batch'))
    if (found.length > 0 && !isOneRefusal(found)) return found
    const error = list.map(errorOf).find((each) => each !== undefined) ?? refusalIn(parsed ?? textOf(response))
    if (error && meaningOf(error) === 'busy') return calls.map(({ id }) => ({ id, error }))
    return undefined
  }

  async #askOne(call: JsonRpcPayload): Promise<NodeAnswer> {
    if (this.#isSocket) {
      this.#socket ??= import('./nodeSocket.ts').then(({ NodeSocket: Socket }) => new Socket(this.#request.url))
      return (await this.#socket).ask(call, this.timeout)
    }
    const response = await this.#post(call)
    const parsed = jsonOf(response)
    const list = Array.isArray(parsed) ? parsed : [parsed]
    const error = list.map(errorOf).find((each) => each !== undefined)
    // A status that is a failure may come with the node's own error, which says more.
    if (response.statusCode >= 300 && (!error || isBusyStatus(response) || isForbidden(response)))
      throw refusal(response)
    const answer = answerTo(call, list) ?? (error && { id: call.id, error })
    if (answer) return answer
    const refused = refusalIn(parsed ?? textOf(response))
    if (refused) return { id: call.id, error: refused }
    const what =
      parsed === undefined ? `it answered ${JSON.stringify(textOf(response).slice(0, 80))}` : 'it left out the answer'
    throw makeError(what, 'BAD_DATA', { value: parsed ?? null })
  }

  async #post(body: JsonRpcPayload | readonly JsonRpcPayload[]): Promise<FetchResponse> {
    const request = this.#request.clone()
    request.body = JSON.stringify(body)
    request.setHeader('content-type', 'application/json')
    request.timeout = this.timeout
    const closing = this.#closing
    closing.throwIfAborted()
    let end = (): void => {}
    const late = new Promise<never>((_, reject) => {
      const giveUp = (error: unknown): void => {
        reject(error as Error)
        request.cancel()
      }
      const stop = (): void => giveUp(closing.reason)
      const timer = setTimeout(() => giveUp(tookTooLong(this.timeout)), this.timeout)
      closing.addEventListener('abort', stop)
      end = () => {
        clearTimeout(timer)
        closing.removeEventListener('abort', stop)
      }
    })
    try {
      const sending = request.send()
      // What was given up may still fail.
      sending.catch(() => {})
      return await Promise.race([sending.catch(explainFetch), late])
    } finally {
      end()
    }
  }
}

/** In a browser, a node that is away, or that pages may not ask, fails a fetch with a `TypeError` whose words differ. */
function explainFetch(error: unknown): never {
  if (!(error instanceof TypeError) || 'code' in error) throw error
  throw makeError(error.message, 'NETWORK_ERROR', { event: 'fetch' })
}

/** How long a busy node asks to wait, in milliseconds; undefined when it does not say. */
export function waitOf(failure: unknown): number | undefined {
  const { response } = (failure ?? {}) as { response?: FetchResponse }
  const header = response?.headers['retry-after']
  const seconds = header === undefined ? NaN : Number(header)
  const wait = Number.isNaN(seconds) ? Date.parse(header ?? '') - Date.now() : seconds * 1000
  const asked = Number.isNaN(wait) ? waitHint(wordsOf(nodeWordsOf(failure))) : wait
  return asked === undefined ? undefined : Math.min(Math.max(asked, 0), LONGEST_WAIT)
}

/** The user and the password of an address go into a header: ethers would send them as part of the address. */
function setCredentials(request: FetchRequest): void {
  if (!URL.canParse(request.url)) return
  const url = new URL(request.url)
  if (!url.username && !url.password) return
  request.allowInsecureAuthentication = true
  request.setCredentials(decoded(url.username), decoded(url.password))
  url.username = url.password = ''
  request.url = url.href
}

/** What percent signs stand for; the text itself where they stand for nothing, as a percent sign in a password does. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The JSON of an answer; undefined where it is another text. @throws an error of ethers when it was cut short */
function jsonOf(response: FetchResponse): unknown {
  const text = textOf(response)
  try {
    return JSON.parse(text) as unknown
  } catch {
    if (!/^\s*[[{]/.test(text) || response.statusCode >= 300) return undefined
    throw makeError(`its answer was cut short: ${JSON.stringify(text.slice(-40))}`, 'NETWORK_ERROR', { event: 'end' })
  }
}

/** The text of an answer; nothing where its bytes are not text. */
function textOf({ body }: FetchResponse): string {
  try {
    // ethers' own decoder makes a number and a string of each byte: for the code of contracts, a third of what a command takes.
    return body === null ? '' : UTF8.decode(body)
  } catch {
    return ''
  }
}

/** Gateways refuse in words of their own, which are not JSON-RPC, though the status says that all is well. */
function refusalIn(body: unknown): JsonError | undefined {
  const { message, code } = (typeof body === 'string' ? { message: body } : (body ?? {})) as Partial<JsonError>
  if (typeof message !== 'string' || /^\s*</.test(message)) return undefined
  const error = { code: typeof code === 'number' ? code : 0, message: message.slice(0, 2000) }
  return meaningOf(error) === 'unknown' ? undefined : error
}

/** Whether all calls of a batch were refused in the same words, which may mean the batch. */
function isOneRefusal(answers: readonly NodeAnswer[]): boolean {
  const messages = new Set(answers.map((answer) => ('error' in answer ? answer.error.message : null)))
  const [message] = messages
  if (answers.length < 2 || messages.size > 1 || typeof message !== 'string') return false
  return answers.every((answer) => {
    if (!('error' in answer) || answer.error.data !== undefined) return false
    return ['unsupported', 'forbidden', 'unknown'].includes(meaningOf(answer.error))
  })
}

function isBusyStatus({ statusCode, headers }: FetchResponse): boolean {
  return statusCode === 429 || (statusCode === 503 && headers['retry-after'] !== undefined)
}

function isForbidden({ statusCode }: FetchResponse): boolean {
  return statusCode === 401 || statusCode === 403
}

/** As ethers has it for a status that is a failure. */
function refusal(response: FetchResponse): Error {
  const responseStatus = `${response.statusCode} ${response.statusMessage}`.trim()
  const responseBody = textOf(response).slice(0, 2000) || null
  const info = { responseStatus, responseBody }
  return makeError(`server response ${responseStatus}`, 'SERVER_ERROR', { request: 'hidden', response, info })
}
