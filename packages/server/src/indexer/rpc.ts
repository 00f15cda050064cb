import { isAscii } from 'node:buffer'

import { StemmaError } from 'stemma/core'

/** A call of a method of the node. */
export type Call = { method: string; params: readonly unknown[] }

/** How a node is asked. */
export type RpcOptions = {
  url: string
  /** How long an answer may take, in milliseconds. */
  timeout?: number
  /** How often one request is tried before it is given up. */
  tries?: number
  /** Milliseconds before the second try; they double from one to the next, to at most 32 times. */
  pause?: number
  /** Most requests that are under way at once. */
  concurrency?: number
  signal?: AbortSignal
  fetch?: typeof fetch
  /** Told of every try that failed. */
  onRetry?: (error: RpcError, attempt: number) => void
}

/** A node, asked by JSON-RPC over HTTP. */
export type Rpc = {
  /** The answer to one call. @throws {@link RpcError} */
  call(call: Call): Promise<unknown>
  /** The answers to several calls in one request, in their order. @throws {@link RpcError} for the first that failed */
  batch(calls: readonly Call[]): Promise<unknown[]>
}

/** Most bytes of an answer that are read: what does not fit is too much to ask for at once. */
const MAX_ANSWER = 32 * 1024 * 1024

/**
 * Asks a node. Failures that may pass (no connection, no answer in time, too many requests, an error of the server) are tried
 * again after a pause that doubles; what the node refuses as too large is not, as only the caller can ask for less.
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
      await rest(failure.retryAfter ?? pause * 2 ** Math.min(attempt - 1, 5) * (0.5 + Math.random()), signal)
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
      throw new RpcError('timeout', `The node gave no answer within ${timeout / 1000} seconds.`, { cause: error })
    }
    throw new RpcError('connection', `The node cannot be reached: ${causeOf(error)}.`, { cause: error })
  }
  if (status === 429) throw new RpcError('rate', 'The node refuses more requests for now (429).', { retryAfter })
  if (status === 413) throw new RpcError('size', 'The node refuses the request as too large (413).')
  return answersOf(parse(text, status), calls.length, status)
}

/** `fetch` takes no user and password in an URL: they go into a header. */
function withoutPassword(url: string): { url: string; headers: Record<string, string> } {
  const parsed = new URL(url)
  if (!parsed.username && !parsed.password) return { url, headers: {} }
  const user = `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`
  parsed.username = parsed.password = ''
  return { url: parsed.href, headers: { authorization: `Basic ${Buffer.from(user).toString('base64')}` } }
}

/** The text of an answer, given up as soon as it is too long. */
async function readText(response: Response): Promise<string> {
  const announced = Number(response.headers.get('content-length') ?? 0)
  if (announced > MAX_ANSWER) {
    await response.body?.cancel()
    throw new RpcError('size', `The node's answer has ${announced} bytes, more than the ${MAX_ANSWER} that are read.`)
  }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > MAX_ANSWER) {
      throw new RpcError('size', `The node's answer has more than the ${MAX_ANSWER} bytes that are read.`)
    }
    chunks.push(chunk)
  }
  const bytes = Buffer.concat(chunks)
  // Nearly all answers are ASCII, which is read in half of the time that UTF-8 takes.
  return bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8')
}

function parse(text: string, status: number): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const shown = JSON.stringify(text.slice(0, 60))
    throw new RpcError('server', `The node answered ${status} with ${shown}, which is no JSON.`, { cause: error })
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
  return new RpcError('server', `The node answered ${status} with what is no answer to what was asked.`)
}

const RATE = /rate.?limit|too many requests|throttl|compute units|capacity|quota|credits|retry/i
const SIZE =
  /range|too (large|big|wide|many)|more than|exceed|limit|response size|result.{0,20}(set|window)|max(imum)? (results|logs|blocks)|timed? ?out|timeout/i

function errorOf(error: unknown): RpcError {
  const { code, message } = error as { code?: unknown; message?: unknown }
  const text = typeof message === 'string' ? message : JSON.stringify(error)
  const shown = `The node answered with the error ${String(code)}: ${JSON.stringify(text.slice(0, 200))}.`
  if (code === 429 || RATE.test(text)) return new RpcError('rate', shown)
  if (code === -32005 || SIZE.test(text)) return new RpcError('size', shown)
  // What the node says of the call itself will not change; all else may.
  const isFinal = code === -32600 || code === -32601 || code === -32602
  return new RpcError(isFinal ? 'refused' : 'server', shown)
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

/** Waits some milliseconds. @throws the signal's reason when it aborts */
export function rest(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal!.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', stop, { once: true })
  })
}

/**
 * Why a node gave no answer: `connection`, `timeout`, `rate` (too many requests) and `server` (a broken answer or an error) may
 * pass; `size` means that less has to be asked for; `refused` that it does not do this at all.
 */
export type RpcFailure = 'connection' | 'timeout' | 'rate' | 'server' | 'size' | 'refused'

/** Thrown when the node that is indexed from gives no answer that can be used. `reason` says why. */
export class RpcError extends StemmaError {
  override name = 'RpcError'
  override readonly kind = 'unavailable'
  readonly reason: RpcFailure
  /** Milliseconds after which the node wants to be asked again. */
  readonly retryAfter: number | undefined
  constructor(reason: RpcFailure, message: string, options: { cause?: unknown; retryAfter?: number | undefined } = {}) {
    super('NODE_FAILURE', `${message} Check the node, or name another by --rpc.`, options)
    this.reason = reason
    this.retryAfter = options.retryAfter
  }
  /** Whether the same request may succeed later. */
  get isTransient(): boolean {
    return this.reason !== 'size' && this.reason !== 'refused'
  }
}
