import { isIP } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

import { StemmaError } from '../../core/errors.ts'
import { shortText } from '../../core/text.ts'
import type { SubjectOptions } from '../subject.ts'
import {
  HubAnswerError,
  HubForbiddenError,
  HubGatedError,
  HubNotFoundError,
  HubPathError,
  HubRateLimitError,
  HubRedirectError,
  HubRevisionError,
  HubTokenError,
  HubTooLargeError,
  HubUnavailableError,
} from './errors.ts'

/** Milliseconds that one request may take, with its body; for a file some more, by its length. */
const REQUEST_MS = 60_000
/** Bytes a millisecond below which a download is given up. */
const SLOWEST = 128
/** How often a request is sent again after a failure. */
const MOST_RETRIES = 4
/** Milliseconds before it is sent again for the first time; twice as many each time after. */
const FIRST_PAUSE_MS = 500
/** Milliseconds that all waits for the Hub's limits may take: one of its windows of 5 minutes, and some more. */
const MOST_WAIT_MS = 330_000
/** Most redirects of one request. */
const MOST_REDIRECTS = 5

/** What a request is about, for its errors. */
export type HubQuestion = {
  id: string
  /** The revision or commit that is asked for. */
  revision: string
  /** The file that is asked for. */
  path?: string
}

/** A whole answer of the Hub. */
export type HubAnswer = {
  body: Buffer
  /** Where it came from after redirects. */
  url: URL
  headers: Headers
}

/** An answer other than 200, and where it came from after redirects. */
type Refusal = { refusal: Response; from: URL }

/** Sends requests to the Hub. */
export type HubClient = {
  endpoint: URL
  /**
   * Gets an answer of the API. Follows redirects within the host only.
   *
   * @param most longest body, in bytes
   * @throws what `send` throws
   */
  getApi(url: URL, most: number, asked: HubQuestion): Promise<HubAnswer>
  /** Gets a file, from the Hub or from the storage that it leads to. @param most its length, in bytes */
  getFile(url: URL, most: number, asked: HubQuestion): Promise<HubAnswer>
}

/**
 * Makes a client of the Hub. The token goes to the endpoint's own host only, and never over http except on this machine. Limits
 * are waited out within bounds, and failures are tried again.
 *
 * @param patient whether an answer ends the count of what was waited before it
 * @throws `HubNotFoundError` `HubRevisionError` `HubPathError` `HubGatedError` `HubTokenError` `HubForbiddenError` `HubRateLimitError`
 * `HubUnavailableError` `HubAnswerError` `HubRedirectError` `HubTooLargeError` from its functions, and the signal's reason
 */
export function createHubClient(endpoint: URL, options: SubjectOptions, patient = false): HubClient {
  const { env = process.env, fetch: send = fetch, signal, onNote, now = Date.now } = options
  const sleep = options.sleep ?? defaultSleep
  const isSafe = endpoint.protocol === 'https:' || isLoopback(endpoint)
  const stated = env.HF_TOKEN?.trim()
  // A header cannot have other characters, and an error about one would print it.
  const usable = stated !== undefined && /^[\x21-\x7e]+$/.test(stated)
  const token = usable && isSafe ? stated : undefined
  if (stated && token === undefined) {
    onNote?.(
      usable
        ? `HF_TOKEN is not sent to ${endpoint.host}, which is not asked over https.`
        : 'HF_TOKEN is not a token and was not sent: it has spaces or other characters that no token has.',
    )
  }
  const hasToken = token !== undefined
  let waited = 0

  /** Waits, and says so; false when it would take too long. */
  const pause = async (milliseconds: number, why?: string): Promise<boolean> => {
    if (waited + milliseconds > MOST_WAIT_MS) return false
    waited += milliseconds
    if (why !== undefined) onNote?.(why)
    await sleep(milliseconds, signal)
    signal?.throwIfAborted()
    return true
  }

  /** The wait for the Hub's limit that is under way. All requests wait for it together. */
  let limited: Promise<boolean> | undefined
  let waits = 0
  const pauseAll = (milliseconds: number, why: string): Promise<boolean> => {
    limited ??= pause(milliseconds, why).finally(() => {
      limited = undefined
      waits += 1
    })
    return limited
  }

  const once = async (start: URL, most: number, asked: HubQuestion, isFile: boolean): Promise<HubAnswer | Refusal> => {
    const time = REQUEST_MS + (isFile ? Math.ceil(most / SLOWEST) : 0)
    const limit = AbortSignal.timeout(time)
    const either = signal ? AbortSignal.any([limit, signal]) : limit
    let url = start
    for (let redirects = 0; ; redirects++) {
      const headers: Record<string, string> = { 'user-agent': 'stemma' }
      if (isFile) headers['accept-encoding'] = 'identity'
      if (hasToken && url.origin === endpoint.origin) headers.authorization = `Bearer ${token}`
      let response: Response
      try {
        response = await send(url.href, { redirect: 'manual', credentials: 'omit', headers, signal: either })
      } catch (error) {
        signal?.throwIfAborted()
        const why = limit.aborted ? `took longer than ${Math.ceil(time / 1000)} s` : 'cannot be reached'
        throw new HubUnavailableError(addressOf(url), why, error)
      }
      const target = response.headers.get('location')
      if ([301, 302, 303, 307, 308].includes(response.status) && target !== null) {
        await discard(response)
        url = redirected(url, target, endpoint, isFile)
        if (redirects >= MOST_REDIRECTS)
          throw new HubRedirectError(addressOf(start), addressOf(url), 'and so on, without an end')
        continue
      }
      if (response.status !== 200) return { refusal: response, from: url }
      try {
        return { body: await bodyOf(response, most, asked, url), url, headers: response.headers }
      } catch (error) {
        signal?.throwIfAborted()
        if (error instanceof StemmaError) throw error
        const why = limit.aborted
          ? `took longer than ${Math.ceil(time / 1000)} s`
          : 'broke off before the end of its answer'
        throw new HubUnavailableError(addressOf(url), why, error)
      }
    }
  }

  const get = async (url: URL, most: number, asked: HubQuestion, isFile: boolean): Promise<HubAnswer> => {
    for (let attempt = 0; ; attempt++) {
      signal?.throwIfAborted()
      await limited
      const waitsBefore = waits
      let failure: StemmaError
      let seconds: number | null = null
      let isLimit = false
      try {
        const answer = await once(url, most, asked, isFile)
        if (!('refusal' in answer)) {
          if (patient) waited = 0
          return answer
        }
        const { refusal, from } = answer
        await discard(refusal)
        const { status, headers } = refusal
        seconds = retryAfter(headers, now())
        isLimit = status === 429
        if (isLimit) failure = new HubRateLimitError(from.host, seconds, hasToken)
        // A storage refuses an address whose time has passed; the Hub gives another.
        else if (status >= 500 || from.origin !== endpoint.origin)
          failure = new HubUnavailableError(addressOf(from), `failed (status ${status})`)
        else throw errorOf(refusal, asked, endpoint, hasToken)
      } catch (error) {
        if (!(error instanceof HubUnavailableError)) throw error
        failure = error
      }
      const milliseconds = seconds === null ? pauseOf(attempt) : Math.ceil(seconds * 1000)
      if (attempt >= MOST_RETRIES) throw failure
      const why = `${endpoint.host} limits requests. Waiting ${Math.ceil(milliseconds / 1000)} s.`
      // A request that was under way when the others began to wait has waited with them.
      if (isLimit && waits !== waitsBefore) continue
      if (!(await (isLimit ? pauseAll(milliseconds, why) : pause(milliseconds)))) throw failure
    }
  }

  return {
    endpoint,
    getApi: (url, most, asked) => get(url, most, asked, false),
    getFile: (url, most, asked) => get(url, most, asked, true),
  }
}

async function defaultSleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await wait(milliseconds, undefined, { signal }).catch(() => {})
}

function pauseOf(attempt: number): number {
  return FIRST_PAUSE_MS * 2 ** attempt
}

/** The seconds to wait that an answer states: `Retry-After`, in seconds or as a date, or the `t` of `RateLimit`. Null where it states none. */
function retryAfter(headers: Headers, now: number): number | null {
  const stated = headers.get('retry-after')?.trim()
  if (stated !== undefined && /^\d{1,9}$/.test(stated)) return Number(stated)
  const until = stated === undefined ? Number.NaN : Date.parse(stated)
  if (!Number.isNaN(until)) return Math.max(0, (until - now) / 1000)
  const seconds = /(?:^|;)\s*t=(\d{1,9})(?:\s*;|\s*$)/.exec(headers.get('ratelimit') ?? '')?.[1]
  return seconds === undefined ? null : Number(seconds)
}

/** Where a redirect leads, if it may be followed. @param isFile whether it may lead to a storage */
function redirected(from: URL, target: string, endpoint: URL, isFile: boolean): URL {
  const address = addressOf(from)
  if (!URL.canParse(target, from.href)) throw new HubRedirectError(address, target, 'which is not an address')
  const to = new URL(target, from)
  const refuse = (why: string): never => {
    throw new HubRedirectError(address, addressOf(to), why)
  }
  if (to.protocol !== 'https:' && to.protocol !== 'http:') refuse('which is not an address of the web')
  if (from.protocol === 'https:' && to.protocol === 'http:') refuse('without encryption')
  if (to.username || to.password) refuse('an address with a password')
  if (to.origin === endpoint.origin) return to
  if (!isFile) refuse('another host, which the API never does')
  // A host of one's own network is not where the Hub keeps files, unless the Hub itself is there.
  if (isLoopback(endpoint)) return isLoopback(to) || to.protocol === 'https:' ? to : refuse('without encryption')
  if (to.protocol === 'http:') refuse('without encryption')
  if (isPrivate(to) && !isPrivate(endpoint)) refuse('which is not a public host by name')
  return to
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

function isPrivate({ hostname }: URL): boolean {
  // A dot at the end is the same name.
  const name = hostname.replace(/\.+$/, '')
  const isAddress = name.startsWith('[') || isIP(name) !== 0
  return isAddress || !name.includes('.') || /\.(localhost|localdomain|local|internal|home|home\.arpa|lan)$/i.test(name)
}

/** The error of an answer that will not change by itself. */
function errorOf({ status, headers }: Response, asked: HubQuestion, endpoint: URL, hasToken: boolean): StemmaError {
  const { id, revision, path = '' } = asked
  const reason = headers.get('x-error-message')
  const code = headers.get('x-error-code')
  if (code === 'GatedRepo') return new HubGatedError(id, `${endpoint.href.replace(/\/$/, '')}/${id}`, hasToken)
  if (code === 'RevisionNotFound') return new HubRevisionError(id, revision)
  if (code === 'EntryNotFound') return new HubPathError(id, revision, path)
  if (code === 'RepoNotFound') return new HubNotFoundError(id, endpoint.host, hasToken)
  if (status === 401) {
    const isRefused = hasToken && /invalid (?:credentials|user|token)/i.test(reason ?? '')
    return isRefused || code !== null
      ? new HubTokenError(id, endpoint.host, hasToken)
      : unnamed401(id, endpoint, hasToken)
  }
  if (status === 403 || status === 451) return new HubForbiddenError(id, endpoint.host, status, reason)
  if (status === 404 || status === 410) return new HubNotFoundError(id, endpoint.host, hasToken)
  const why = reason === null ? '' : ` and says ${shortText(reason, 200)}`
  return new HubAnswerError(endpoint.host, `has the status ${status}${why}`)
}

/** A model that is missing or private is answered with 401 too, and often without a code. */
function unnamed401(id: string, endpoint: URL, hasToken: boolean): StemmaError {
  return hasToken ? new HubTokenError(id, endpoint.host, true) : new HubNotFoundError(id, endpoint.host, false)
}

/** The whole body, of at most some bytes. One shorter than the answer states is an error that may go away. */
async function bodyOf(response: Response, most: number, { id, path }: HubQuestion, url: URL): Promise<Buffer> {
  const what = path === undefined ? `The answer about ${id}` : `The file ${path} of ${id}`
  const tooLarge = (): never => {
    throw new HubTooLargeError(`${what} is longer than stated or allowed`, `${most} bytes are read`)
  }
  const encoded = (response.headers.get('content-encoding') ?? 'identity') !== 'identity'
  const length = response.headers.get('content-length')
  const stated = encoded || length === null || !/^\d{1,15}$/.test(length) ? undefined : Number(length)
  if (stated !== undefined && stated > most) {
    await discard(response)
    tooLarge()
  }
  const reader = response.body?.getReader()
  const parts: Uint8Array[] = []
  let received = 0
  try {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
      if (done) break
      received += value.length
      if (received > most) tooLarge()
      parts.push(value)
    }
  } finally {
    await reader?.cancel().catch(() => {})
  }
  if (stated !== undefined && received !== stated)
    throw new HubUnavailableError(addressOf(url), `sent ${received} of ${stated} bytes`)
  return Buffer.concat(parts)
}

async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {})
}

/** An address without its user and its query, which may hold a password or a signature of the storage. */
function addressOf(url: URL): string {
  return shortText(`${url.protocol}//${url.host}${url.pathname}`, 200)
}
