import type { IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'

import { errors, Pool, type Dispatcher } from 'undici'

import { REFUSALS } from './refusals.ts'
import type { Refusal } from './ports.ts'
import type { RawHeaders } from './headers.ts'

/** What goes upstream. */
export type UpstreamRequest = {
  method: string
  /** The path and query, below the upstream's own. */
  path: string
  headers: string[]
  body: Buffer | AsyncIterable<Buffer> | null
}

/** What is done with an answer while it comes. One of `onEnd` and `onFail` ends it. */
export type UpstreamReceiver = {
  onHead(head: UpstreamHead): void
  onData(chunk: Buffer): void
  /** The answer came whole. */
  onEnd(): void
  /** The answer did not come whole: the upstream failed, or the call was aborted. */
  onFail(failure: Refusal): void
}

/** The beginning of an answer. */
export type UpstreamHead = {
  status: number
  statusText: string
  /** Names and values in turn, as they came. */
  raw: RawHeaders
  /** The same by names in lower case. */
  headers: IncomingHttpHeaders
}

/** A request on its way. */
export type UpstreamCall = {
  /** Asks for no more data, so that the upstream has to wait, until `resume`. */
  pause(): void
  resume(): void
  /** Ends the request at once; its connection is closed, so that the upstream sees it. */
  abort(): void
}

/** The server whose calls are passed on. */
export type Upstream = {
  send(request: UpstreamRequest, receiver: UpstreamReceiver): UpstreamCall
  /** When it last answered anything, in milliseconds since 1970; undefined before. And why the newest request failed, if it did. */
  state(): { answered: number | undefined; failure: string | undefined }
  /** Whether it answered lately, or accepts a connection now. */
  isReachable(): Promise<boolean>
  close(): Promise<void>
}

/** How long an upstream has, in seconds. */
export type UpstreamTimes = {
  /** To accept a connection. */
  connect: number
  /** To begin an answer. */
  head: number
  /** Between two pieces of an answer. */
  silence: number
  /** How long an idle connection is kept: less than the upstream keeps it, so that no request meets one that was closed. */
  idle: number
}

/** What is used for times that are not given. */
export const UPSTREAM_TIMES: UpstreamTimes = { connect: 10, head: 600, silence: 300, idle: 4 }

/**
 * Opens a server to pass calls on to. No request is ever sent twice: once a byte went out, the upstream may have begun to work.
 *
 * @param url its base URL. A last `/v1` is that of the paths: `http://127.0.0.1:8000` and `http://127.0.0.1:8000/v1` are the same
 */
export function openUpstream(
  url: string,
  times: UpstreamTimes = UPSTREAM_TIMES,
  now: () => number = Date.now,
): Upstream {
  const { origin, pathname } = new URL(url)
  const prefix = pathname.replace(/\/+$/, '').replace(/\/v1$/, '')
  const pool = new Pool(origin, {
    connections: null,
    pipelining: 1,
    connect: { timeout: times.connect * 1000 },
    headersTimeout: times.head * 1000,
    bodyTimeout: times.silence * 1000,
    keepAliveTimeout: times.idle * 1000,
    keepAliveMaxTimeout: times.idle * 1000,
  })
  let answered: number | undefined
  let failure: string | undefined
  return {
    send({ method, path, headers: sent, body }, receiver) {
      let controller: Dispatcher.DispatchController | undefined
      let isAborted = false
      let isOver = false
      const fail = (error: Error): void => {
        if (isOver) return
        isOver = true
        if (!isAborted) failure = codeOf(error)
        receiver.onFail(refusalOf(error))
      }
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart(given) {
          controller = given
          if (isAborted) given.abort(new AbortedError())
        },
        onResponseStart(_, status, headers, statusText) {
          // What comes before the answer, such as early hints, is for one connection.
          if (status < 200) return
          answered = now()
          failure = undefined
          receiver.onHead({ status, statusText: reasonOf(statusText), raw: textOf(controller!.rawHeaders), headers })
        },
        onResponseData: (_, chunk) => receiver.onData(chunk),
        onResponseEnd() {
          if (isOver) return
          isOver = true
          receiver.onEnd()
        },
        onResponseError: (_, error) => fail(error),
      }
      const options = { path: prefix + path, method, headers: sent, body, idempotent: false }
      try {
        // Iterables are served, which the types do not say.
        pool.dispatch(options as Dispatcher.DispatchOptions, handler)
      } catch (error) {
        queueMicrotask(() => fail(error as Error))
      }
      return {
        pause: () => controller?.pause(),
        resume: () => controller?.resume(),
        abort() {
          if (isAborted || isOver) return
          isAborted = true
          controller?.abort(new AbortedError())
        },
      }
    },
    state: () => ({ answered, failure }),
    isReachable: async () => (answered !== undefined && now() - answered < LATELY) || accepts(url, times.connect),
    close: () => pool.destroy(),
  }
}

/** Milliseconds for which an answer shows that an upstream is there. */
const LATELY = 10_000

/** Whether a server accepts a connection. */
function accepts(url: string, seconds: number): Promise<boolean> {
  const { protocol, hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(port || (protocol === 'https:' ? 443 : 80)),
    })
    const settle = (isAccepted: boolean): void => {
      socket.destroy()
      resolve(isAccepted)
    }
    socket.setTimeout(seconds * 1000, () => settle(false))
    socket.once('connect', () => settle(true)).once('error', () => settle(false))
  })
}

/** Header names and values as they came. Their bytes are read one by one, as `node:http` writes them. */
function textOf(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  return (raw as Buffer[]).map((each) => each.toString('latin1'))
}

/** The words beside a status, in the bytes that they came in; none where they cannot be passed on. They mean nothing to a client. */
function reasonOf(text = ''): string {
  const bytes = Buffer.from(text).toString('latin1')
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(bytes) ? bytes : ''
}

function codeOf(error: Error): string {
  return (error as { code?: string }).code ?? error.name
}

/** What the caller is to know about a failure, if it got nothing yet. */
function refusalOf(error: Error): Refusal {
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError)
    return REFUSALS.upstreamSlow
  if (error instanceof errors.InvalidArgumentError) return REFUSALS.headers
  if (error instanceof errors.ConnectTimeoutError || AWAY.has(codeOf(error))) return REFUSALS.upstreamAway
  return REFUSALS.upstreamCut
}

/** The codes of failures before a byte went out. */
const AWAY = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'])

/** Ends a request that nobody waits for any more. */
class AbortedError extends Error {
  override name = 'AbortedError'
  constructor() {
    super('The call was ended.')
  }
}
