import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

import { StemmaError } from 'stemma/core'
import { AnswersUnderWay } from '../listening/answersUnderWay.ts'
import { CannotListenError, openPort, PortTakenError } from '../listening/openPort.ts'
import { INTERNAL_MESSAGE, messageFor } from './clientError.ts'
import { statusOf } from './graphql/handler.ts'
import { refusal } from './http/answer.ts'
import { refuseClientErrors } from './http/clientErrors.ts'
import type { Caller } from './http/exchange.ts'
import { guardHeaders } from './http/guardHeaders.ts'
import { requestOf } from './http/incoming.ts'
import { send } from './http/outgoing.ts'
import { Representation } from './http/representation.ts'

export { CannotListenError, PortTakenError }

/** A server that listens. */
export type Listening = {
  /** Such as `http://127.0.0.1:8600`. */
  url: string
  /** Accepts no more requests, ends streams, lets open requests finish, and cuts off those still open after `grace` milliseconds. */
  close(grace?: number): Promise<void>
}

/** Milliseconds that open requests have to finish. */
const GRACE = 5000

/** Where to listen, and what clients may do. */
export type ListenSettings = {
  /** 0 for any free port. */
  port: number
  host: string
  timeouts?: Partial<Timeouts>
  /** Most open connections; more are closed at once. 10,000 by default. */
  connections?: number
}

/** Milliseconds that clients have. */
export type Timeouts = {
  /** To send the headers of a request. */
  headers: number
  /** To send a whole request. */
  request: number
  /** To send the next request on a connection. */
  idle: number
  /** To read what is sent to them. */
  stall: number
}

const TIMEOUTS: Timeouts = { headers: 10_000, request: 30_000, idle: 10_000, stall: 30_000 }
const CONNECTIONS = 10_000
/** Most bytes of the request line and the headers. */
const MAX_HEADERS = 16_384
/** Milliseconds between two looks for clients that took too long. */
const CHECK = 1000

/** Answers a request of a client. */
export type Handler = (request: Request, caller: Caller) => Promise<Response>

/**
 * Serves a fetch handler over HTTP/1.1. What a client does, fast, slow or wrong, concerns only its own connection.
 *
 * @throws {@link PortTakenError}, {@link CannotListenError}
 */
export async function listen(handler: Handler, settings: ListenSettings): Promise<Listening> {
  const { port, connections = CONNECTIONS } = settings
  // As in a URL.
  const host = settings.host.replace(/^\[(.*)\]$/, '$1')
  // Node would listen on all addresses.
  if (host === '') throw new CannotListenError(host, port, { code: 'ENOTFOUND' })
  const timeouts = { ...TIMEOUTS, ...settings.timeouts }
  const server = createServer({
    maxHeaderSize: MAX_HEADERS,
    headersTimeout: timeouts.headers,
    requestTimeout: timeouts.request,
    keepAliveTimeout: timeouts.idle,
    connectionsCheckingInterval: Math.min(CHECK, timeouts.headers, timeouts.request),
    // Checked with the rest of the request, so that the refusal says what is wrong.
    requireHostHeader: false,
    noDelay: true,
  })
  server.maxConnections = connections
  const underWay = new AnswersUnderWay(server)
  const closing = new AbortController()
  refuseClientErrors(server)
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse): void =>
    void serve(handler, { incoming, outgoing, stall: timeouts.stall, closing: closing.signal })
  server.on('request', answer)
  server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    // The body is asked for when it is read, so one that is refused is never sent.
    const ask = (event: string | symbol): void => {
      if (event !== 'readable' && event !== 'data') return
      incoming.off('newListener', ask)
      if (!outgoing.headersSent) outgoing.writeContinue()
    }
    incoming.on('newListener', ask)
    server.emit('request', incoming, outgoing)
  })
  const url = await openPort(server, host, port)
  return {
    url,
    close(grace = GRACE) {
      closing.abort()
      return underWay.close(grace)
    },
  }
}

/** Answers one request. Never rejects. */
async function serve(handler: Handler, sending: Parameters<typeof send>[1]): Promise<void> {
  const { incoming, outgoing } = sending
  const gone = new AbortController()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort()
  })
  let response: Response
  try {
    const address = incoming.socket.remoteAddress
    response = await handler(requestOf(incoming, gone.signal), { ...(address !== undefined && { address }) })
  } catch (error) {
    response = await refused(error)
    guardHeaders(response.headers)
  }
  await send(response, sending)
}

/** The refusal of a request that cannot be read, or whose handler failed. */
function refused(error: unknown): Promise<Response> {
  const answer =
    error instanceof StemmaError
      ? refusal(statusOf(error.code), { code: error.code, message: messageFor(error), docs: error.docs })
      : refusal(500, { code: 'INTERNAL', message: INTERNAL_MESSAGE })
  return new Representation(answer, answer.body as string).answer(new Request('http://server.invalid/'))
}
