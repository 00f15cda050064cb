import { isAscii } from 'node:buffer'
import { setTimeout as sleep } from 'node:timers/promises'

import { StemmaError } from 'stemma/core'

/** A call of a method of the node. */
export type Call = { method: string; params: readonly unknown[] }

/** How to reach a node. */
export type RpcOptions = {
  url: string
  /** How long an answer may take, in milliseconds. */
  timeout?: number
  /** Most attempts at one request. */
  tries?: number
  /** Milliseconds before the second attempt. The pause doubles with each attempt, to at most 32 times. */
  pause?: number
  /** Most concurrent requests. */
  concurrency?: number
  signal?: AbortSignal
  fetch?: typeof fetch
  /** Called after every attempt that failed. */
  onRetry?: (error: RpcError, attempt: number) => void
}

/** A node, over JSON-RPC and HTTP. */
export type Rpc = {
  /** The answer to one call. @throws {@link RpcError} */
  call(call: Call): Promise<unknown>
  /** The answers to several calls in one request, in their order. @throws {@link RpcError} for the first that failed */
  batch(calls: readonly Call[]): Promise<unknown[]>
}

/** Most bytes of an answer. A larger one means that the request asked for too much. */
const MAX_ANSWER = 32 * 1024 * 1024

/**
 * Makes a client of a node. Transient failures (no connection, no answer in time, too many requests, an error of the server) are
 * tried again after a pause. A request that the node refuses as too large is not, because only the caller can ask for less.
 */
export function createRpc(options: RpcOptions): Rpc {
  const { tries = 5, pause = 250, concurrency = 4, signal } = options
  const slots = semaphore(concurrency)

  const request = async (calls: readonly Call[]): Promise<unknown[]> => {
    for (let attempt = 1; ; attempt++) {
      await slots.take()
      let failure: RpcError
      try {
        return await post(options, calls)
      } catch (error) {
        if (signal?.aborted) throw signal.reason
        if (!(error instanceof RpcError) || !error.isTransient || attempt >= tries) throw error
        failure = error
      } finally {
        slots.give()
      }
      options.onRetry?.(failure, attempt)
      const wait = failure.retryAfter ?? pause * 2 ** Math.min(attempt - 1, 5) * (0.5 + Math.random())
      await sleep(wait, undefined, { signal })
    }
  }
  return {
    call: async (call) => (await request([call]))[0],
    batch: async (calls) => (calls.length === 0 ? [] : request(calls)),
  }
}

async function post(options: RpcOptions, calls: readonly Call[]): Promise<unknown[]> {
  const { timeout = 30_000, signal, fetch: fetchIt = fetch } = options
  const { url, headers } = withoutPassword(options.url)
  const bodies = calls.map((call, id) => ({ jsonrpc: '2.0', id, ...call }))
  const within = AbortSignal.timeout(timeout)
  let status: number
  let text: string
  let retryAfter: number | undefined
  try {
    const response = await fetchIt(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(bodies.length === 1 ? bodies[0] : bodies),
      signal: signal ? AbortSignal.any([signal, within]) : within,
    })
    status = response.status
    const seconds = Number(response.headers.get('retry-after') ?? NaN)
    if (seconds >= 0) retryAfter = Math.min(seconds, 60) * 1000
    text = await readText(response)
  } catch (error) {
    if (error instanceof RpcError) throw error
    if (within.aborted) {
      throw new RpcError('timeout', `The node did not answer within ${timeout / 1000} seconds.`, { cause: error })
    }
    throw new RpcError('connection', `The node cannot be reached: ${causeOf(error)}.`, { cause: error })
  }
  if (status === 429) throw new RpcError('rate', 'The node refuses more requests for now (429).', { retryAfter })
  if (status === 413) throw new RpcError('size', 'The node refuses the request as too large (413).')
  return answersOf(parse(text, status), calls.length, status)
}

/** Moves the user and password of a URL into a header, because `fetch` refuses them in the URL. */
function withoutPassword(url: string): { url: string; headers: Record<string, string> } {
  const parsed = new URL(url)
  if (!parsed.username && !parsed.password) return { url, headers: {} }
  const user = `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`
  parsed.username = parsed.password = ''
  return { url: parsed.href, headers: { authorization: `Basic ${Buffer.from(user).toString('base64')}` } }
}

/** Reads the text of an answer, and stops as soon as it is too long. */
async function readText(response: Response): Promise<string> {
  const announced = Number(response.headers.get('content-length') ?? 0)
  if (announced > MAX_ANSWER) {
    await response.body?.cancel()
    throw new RpcError('size', `The node's answer has ${announced} bytes; the limit is ${MAX_ANSWER}.`)
  }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > MAX_ANSWER) {
      throw new RpcError('size', `The node's answer is longer than ${MAX_ANSWER} bytes.`)
    }
    chunks.push(chunk)
  }
  const bytes = Buffer.concat(chunks)
  // Nearly all answers are ASCII, which decodes in half the time of UTF-8.
  return bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8')
}

function parse(text: string, status: number): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const start = JSON.stringify(text.slice(0, 60))
    throw new RpcError('server', `The node answered ${status} with ${start}, which is not JSON.`, { cause: error })
  }
}

function answersOf(parsed: unknown, count: number, status: number): unknown[] {
  const list: unknown[] = Array.isArray(parsed) ? parsed : [parsed]
  const results: unknown[] = Array.from({ length: count })
  const given = Array.from({ length: count }, () => false)
  for (const entry of list) {
    if (typeof entry !== 'object' || entry === null) throw malformed(status)
    const { id, error, result } = entry as { id?: unknown; error?: unknown; result?: unknown }
    if (error !== undefined && error !== null) throw errorOf(error)
    if (typeof id !== 'number' || !(id in results) || given[id]) throw malformed(status)
    given[id] = true
    results[id] = result
  }
  if (given.includes(false)) throw malformed(status)
  return results
}

function malformed(status: number): RpcError {
  return new RpcError('server', `The node answered ${status} with something other than the answers to its calls.`)
}

const RATE = /rate.?limit|too many requests|throttl|compute units|capacity|quota|credits|retry/i
const SIZE =
  /range|too (large|big|wide|many)|more than|exceed|limit|response size|result.{0,20}(set|window)|max(imum)? (results|logs|blocks)|timed? ?out|timeout/i

function errorOf(error: unknown): RpcError {
  const { code, message } = error as { code?: unknown; message?: unknown }
  const text = typeof message === 'string' ? message : JSON.stringify(error)
  const what = `The node answered with the error ${String(code)}: ${JSON.stringify(text.slice(0, 200))}.`
  if (code === 429 || RATE.test(text)) return new RpcError('rate', what)
  if (code === -32005 || SIZE.test(text)) return new RpcError('size', what)
  // An error about the call itself will not change; any other may.
  const isFinal = code === -32600 || code === -32601 || code === -32602
  return new RpcError(isFinal ? 'refused' : 'server', what)
}

function causeOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { code?: string; message?: string } }
  return cause?.code ?? cause?.message ?? message ?? String(error)
}

function semaphore(most: number): { take(): Promise<void>; give(): void } {
  let free = most
  const waiting: (() => void)[] = []
  return {
    async take() {
      if (free > 0) free -= 1
      else await new Promise<void>((resolve) => waiting.push(resolve))
    },
    give() {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    },
  }
}

/**
 * Why a node did not answer: `connection`, `timeout`, `rate` (too many requests) and `server` (a broken answer or an error) are
 * transient; `size` means that the request asked for too much; `refused` that the node does not support it.
 */
export type RpcFailure = 'connection' | 'timeout' | 'rate' | 'server' | 'size' | 'refused'

/** Thrown when the node does not give a usable answer. `reason` says why. */
export class RpcError extends StemmaError {
  override name = 'RpcError'
  override readonly kind = 'unavailable'
  readonly reason: RpcFailure
  /** Milliseconds that the node asks to wait before the next request. */
  readonly retryAfter: number | undefined
  constructor(reason: RpcFailure, message: string, options: { cause?: unknown; retryAfter?: number | undefined } = {}) {
    super('NODE_FAILURE', `${message} Check the node, or name another by --rpc.`, options)
    this.reason = reason
    this.retryAfter = options.retryAfter
  }
  /** Whether the request may succeed later. */
  get isTransient(): boolean {
    return this.reason !== 'size' && this.reason !== 'refused'
  }
}
