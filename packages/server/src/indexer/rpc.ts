import { isAscii } from 'node:buffer'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'

import { meaningOf, numberBelow, StemmaError, waitHint, wordsOf, type NodeMeaning, type NodeWords } from 'stemma/core'

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
/** Letters of an answer that is not JSON in which its words are looked for. */
const MOST_WORDS = 20_000
/** Most milliseconds to wait because the node says so, by a header and by words. */
const MAX_WAIT = { header: 60_000, words: 8000 }
/** Most attempts at a request that was refused for a limit, of requests or of size: against the second only asking for less helps. */
const LIMIT_TRIES = 2
/** Number of answered requests after which a limit of batches that the node did not say is doubled. */
const FORGET_AFTER = 256

/**
 * Makes a client of a node. Transient failures (no connection, no answer in time, too many requests, an error of the server) are
 * tried again after a pause; of a batch, only the calls that failed. A batch that the node refuses, in whatever way, is sent in
 * parts, down to single calls. A request that the node refuses as too large is thrown, because only the caller can ask for less.
 */
export function createRpc(options: RpcOptions): Rpc {
  const { tries = 5, pause = 250, concurrency = 4, signal } = options
  const slots = semaphore(concurrency)
  const batches = new BatchSizer()

  const send = async (calls: readonly Call[]): Promise<Answer[]> => {
    await slots.take()
    try {
      return await post(options, calls)
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      if (error instanceof RpcError) return calls.map(() => ({ error }))
      throw error
    } finally {
      slots.give()
    }
  }

  const request = async (calls: readonly Call[]): Promise<unknown[]> => {
    const results: unknown[] = Array.from({ length: calls.length })
    let open = calls.map((_, index) => index)
    for (let failures = 0; ;) {
      const some = open.slice(0, batches.most)
      const answers = await send(some.map((index) => calls[index]!))
      const failed = some.filter((index, at) => {
        results[index] = answers[at]!.result
        return answers[at]!.error
      })
      open = [...failed, ...open.slice(some.length)]
      if (failed.length < some.length) failures = 0
      if (failed.length === 0) {
        batches.accept()
        if (open.length === 0) return results
        continue
      }
      const errors = answers.flatMap(({ error }) => error ?? [])
      const error = errors.find(({ isBatch }) => isBatch) ?? errors[0]!
      const isSmaller = batches.refuse(some.length, error, { isWhole: failed.length === some.length, failures })
      if (isSmaller && (error.isBatch || error.isOfBatch)) continue
      failures += 1
      const final = errors.find((each) => failures >= Math.min(tries, triesOf(each)))
      if (final) throw final
      options.onRetry?.(error, failures)
      const wait = error.retryAfter ?? pause * 2 ** Math.min(failures - 1, 5) * (0.5 + Math.random())
      await sleep(wait, undefined, { signal })
    }
  }
  return {
    call: async (call) => (await request([call]))[0],
    batch: async (calls) => (calls.length === 0 ? [] : request(calls)),
  }
}

function triesOf(error: RpcError): number {
  if (error.reason === 'limit') return LIMIT_TRIES
  return error.isTransient ? Infinity : 1
}

/** The answer to one call of a request: its result, or why there is none. */
type Answer = { result?: unknown; error?: RpcError }

/**
 * Chooses how many calls a request has: fewer after each that the node refuses, and more again after some that it answers. Three
 * refusals set a limit for long, and one in plain words for good, unless single calls fail likewise: then the batch is not to blame.
 */
class BatchSizer {
  /** The most that the next request may have. */
  most = Infinity
  #limit = Infinity
  #isSaid = false
  #accepted = 0
  /** How many times a size was refused after another had been accepted. */
  #refusals = 0
  #refusedAt = -1
  /** What the last refusal said. */
  #refusal: string | undefined
  #isExcused = false

  /** Notes that the node answered every call of a request. */
  accept(): void {
    this.#accepted += 1
    // A node that fails now and then does not end with single calls.
    if (!this.#isSaid && this.#accepted % FORGET_AFTER === 0) {
      this.#limit *= 2
      this.#refusals = 0
    }
    if (this.#isExcused) {
      this.#refusals = 0
      this.most = this.#limit
    } else if (this.#accepted % 8 === 0) this.most = Math.min(this.#limit, this.most * 2)
    this.#isExcused = false
  }

  /** Notes that the node did not answer all calls of a request; returns whether the next request is smaller. */
  refuse(calls: number, error: RpcError, { isWhole, failures }: { isWhole: boolean; failures: number }): boolean {
    if (calls === 1) {
      this.#isExcused ||= error.message === this.#refusal
      return false
    }
    // Some providers count each call of a batch, and so never have room for a large one.
    const isTooMany = isWhole && error.reason === 'rate' && failures > 0
    if (!error.isBatch && !error.isOfBatch && !(isWhole && error.isLost) && !isTooMany) return false
    const hint = error.isBatch ? numberBelow(error.words, calls) : undefined
    this.most = Math.min(this.most, hint ?? Math.floor(calls / 2))
    if (this.#refusedAt !== this.#accepted) this.#refusals += 1
    this.#refusedAt = this.#accepted
    this.#refusal = error.message
    this.#isSaid ||= error.isBatch
    if (error.isBatch || this.#refusals >= 3) this.#limit = this.most
    return true
  }
}

async function post(options: RpcOptions, calls: readonly Call[]): Promise<Answer[]> {
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
    retryAfter = waitOf(response.headers.get('retry-after'))
    text = await readText(response)
  } catch (error) {
    if (error instanceof RpcError) throw error
    if (within.aborted) {
      throw new RpcError('timeout', `The node did not answer within ${timeout / 1000} seconds.`, { cause: error })
    }
    throw new RpcError('connection', `The node cannot be reached: ${causeOf(error)}.`, { cause: error })
  }
  return answersOf(text, calls, { status, retryAfter })
}

/** How long a header `Retry-After` asks to wait, in milliseconds: it holds seconds or a date (RFC 9110, section 10.2.3). */
function waitOf(header: string | null): number | undefined {
  if (!header) return undefined
  const wait = /^\d+(\.\d+)?$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), MAX_WAIT.header)
}

/** Moves the user and password of a URL into a header, because `fetch` refuses them in the URL. */
function withoutPassword(url: string): { url: string; headers: Record<string, string> } {
  const parsed = new URL(url)
  if (!parsed.username && !parsed.password) return { url, headers: {} }
  const user = `${decoded(parsed.username)}:${decoded(parsed.password)}`
  parsed.username = parsed.password = ''
  return { url: parsed.href, headers: { authorization: `Basic ${Buffer.from(user).toString('base64')}` } }
}

/** A part of a URL without its escapes; as it is when it has a percent sign that begins none. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
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

/** How an answer came. */
type Context = { status: number; retryAfter: number | undefined }

/** Takes an answer apart. @throws {@link RpcError} when it is not the answer to these calls, but an error of the whole request */
function answersOf(text: string, calls: readonly Call[], context: Context): Answer[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    const plain = text.slice(0, MOST_WORDS).replaceAll(/<style.*?<\/style>|<[^>]*>/gs, ' ')
    throw errorOf({ message: plain.trim() || text.slice(0, MOST_WORDS) }, calls, context, {
      what: 'which is not JSON',
      cause: error,
    })
  }
  const list: unknown[] = Array.isArray(parsed) ? parsed : [parsed]
  const answers = new Map<number, Answer>()
  const given = new Map<number, unknown>()
  for (const entry of list) {
    const { id, error, result } = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<string, unknown>
    const isError = error !== undefined && error !== null
    if (isError && (calls.length === 1 || list.length === 1)) throw errorOf(error, calls, context)
    // Some providers do not repeat the id of a call, or repeat it as text.
    const at = typeof id === 'string' && /^\d+$/.test(id) ? Number(id) : (id ?? (calls.length === 1 ? 0 : undefined))
    if (typeof at !== 'number' || !calls[at] || (!isError && result === undefined && id === undefined)) continue
    const value = isError ? error : result
    const isOther = given.has(at) && !isDeepStrictEqual(given.get(at), value)
    if (isOther) answers.set(at, { error: malformed(context.status) })
    else answers.set(at, isError ? { error: errorOf(error, calls, context, { at }) } : { result })
    given.set(at, value)
  }
  if (answers.size === 0 && !list.some((entry) => Object.hasOwn(Object(entry), 'result'))) {
    throw errorOf(parsed, calls, context, { what: 'which is something other than the answers to its calls' })
  }
  return calls.map((_, at) => answers.get(at) ?? { error: malformed(context.status) })
}

/** Some of the answers to a batch are missing, or contradict each other. */
function malformed(status: number): RpcError {
  const what = `The node answered ${status} with something other than the answers to its calls.`
  return new RpcError('server', what, { isOfBatch: true })
}

const REASONS: Record<NodeMeaning, RpcFailure> = {
  busy: 'rate',
  limit: 'limit',
  head: 'head',
  pruned: 'pruned',
  range: 'size',
  results: 'size',
  slow: 'timeout',
  forbidden: 'forbidden',
  unsupported: 'refused',
  reverted: 'refused',
  rejected: 'refused',
  device: 'refused',
  unauthorized: 'forbidden',
  wrongChain: 'server',
  batch: 'server',
  unknown: 'server',
}

/** The error of a request, or of its call `at`. */
function errorOf(
  error: unknown,
  calls: readonly Call[],
  context: Context,
  { at, what, cause }: { at?: number; what?: string; cause?: unknown } = {},
): RpcError {
  const { status } = context
  const { code, message, data } = (
    typeof error === 'object' && error !== null ? { message: error, ...error } : { message: error }
  ) as NodeWords
  const words = wordsOf({ message, data })
  const meaning = meaningOf({ code, message, data, ...(status !== 200 && { status }) })
  const quoted = JSON.stringify(words.slice(0, 200))
  const text =
    code === undefined
      ? `The node answered ${status} with ${quoted}${what ? `, ${what}` : ''}.`
      : `The node answered with the error ${String(code)}: ${quoted}.`
  const isLogs = (at === undefined ? calls : [calls[at]!]).some(({ method }) => method === 'eth_getLogs')
  let reason = REASONS[meaning]
  if (status >= 500 && reason === 'rate') reason = 'server'
  if (!isLogs && meaning === 'range') reason = 'head'
  if (!isLogs && reason === 'limit') reason = 'rate'
  const hint = waitHint(words)
  return new RpcError(reason, text, {
    cause,
    words,
    retryAfter:
      context.retryAfter ?? (reason === 'rate' && hint !== undefined ? Math.min(hint, MAX_WAIT.words) : undefined),
    isOfBatch: calls.length > 1 && at === undefined && reason !== 'rate',
    isBatch: calls.length > 1 && meaning === 'batch',
    // Words that say nothing may be about the size of the range.
    mayBeSize: isLogs && ['range', 'results', 'slow', 'limit', 'unsupported', 'unknown', 'batch'].includes(meaning),
  })
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
 * Why a node did not answer. `connection`, `timeout`, `rate` (too many requests) and `server` (a broken answer or an error) are
 * transient. `size` means that the request asked for too much, `limit` that it did or came too soon. `head` means that the node
 * does not have the block yet, `pruned` that it no longer has it, `forbidden` that a key or a plan is not allowed, and `refused`
 * that the node does not support the request.
 */
export type RpcFailure =
  | 'connection'
  | 'timeout'
  | 'rate'
  | 'server'
  | 'size'
  | 'limit'
  | 'head'
  | 'pruned'
  | 'forbidden'
  | 'refused'

/** What {@link RpcError} says beside its reason. */
export type RpcErrorOptions = {
  cause?: unknown
  /** The node's own words. */
  words?: string
  /** Milliseconds that the node asks to wait before the next request. */
  retryAfter?: number | undefined
  /** Whether this is the answer to a whole batch, which the node may refuse because it is one. */
  isOfBatch?: boolean
  /** Whether the node says that it refuses the batch. */
  isBatch?: boolean
  /** Whether a request for less may succeed; by default as `reason` tells. */
  mayBeSize?: boolean
}

const REMEDIES: Partial<Record<RpcFailure, string>> = {
  forbidden: 'Renew the key or the plan of the node, or name another node by --rpc.',
  pruned: 'Name a node by --rpc that keeps the whole history.',
  head: 'Wait until the node has caught up, or name another by --rpc.',
}

/** Thrown when the node does not give a usable answer. `reason` says why. */
export class RpcError extends StemmaError {
  override name = 'RpcError'
  override readonly kind = 'unavailable'
  readonly reason: RpcFailure
  /** The node's own words; empty when it gave none. */
  readonly words: string
  /** Milliseconds that the node asks to wait before the next request. */
  readonly retryAfter: number | undefined
  /** Whether the node may have refused the request because it is a batch. */
  readonly isOfBatch: boolean
  /** Whether the node says that it refuses the batch. */
  readonly isBatch: boolean
  /** Whether a request for less may succeed. */
  readonly mayBeSize: boolean
  constructor(reason: RpcFailure, message: string, options: RpcErrorOptions = {}) {
    super('NODE_FAILURE', `${message} ${REMEDIES[reason] ?? 'Check the node, or name another by --rpc.'}`, options)
    this.reason = reason
    this.words = options.words ?? ''
    this.retryAfter = options.retryAfter
    this.isOfBatch = options.isOfBatch ?? false
    this.isBatch = options.isBatch ?? false
    this.mayBeSize = options.mayBeSize ?? (reason === 'size' || reason === 'timeout' || reason === 'limit')
  }
  /** Whether the same request may succeed in a moment. */
  get isTransient(): boolean {
    return this.isLost || this.reason === 'rate' || this.reason === 'server'
  }
  /** Whether no answer came. Some nodes drop a connection instead of refusing a batch. */
  get isLost(): boolean {
    return this.reason === 'connection' || this.reason === 'timeout'
  }
  /** Whether only a person can mend it, and waiting for seconds does not. */
  get isForPeople(): boolean {
    return this.reason === 'forbidden' || this.reason === 'refused'
  }
}
