import { createServer, STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

import { AnswersUnderWay } from '../listening/answersUnderWay.ts'
import { openPort } from '../listening/openPort.ts'
import { refusalBody } from './refusals.ts'
import type { Refusal } from './ports.ts'

/** A server that listens. */
export type GatewayListening = {
  /** Such as `http://127.0.0.1:8700`. */
  url: string
  /**
   * Accepts no more connections, and closes those that are idle. Resolves when all are closed.
   *
   * @param grace milliseconds after which the others are cut off: the system's limits on the time of a request end with the listening
   */
  close(grace: number): Promise<void>
}

/** Answers one request. @param asksFirst whether the caller waits for 100 before it sends a body */
export type GatewayHandler = (incoming: IncomingMessage, outgoing: ServerResponse, asksFirst: boolean) => void

/** Milliseconds that a caller has for the headers of a request, for all of it, and between two on a connection. */
const TIMES = { headersTimeout: 10_000, requestTimeout: 900_000, keepAliveTimeout: 75_000 }
const MOST_CONNECTIONS = 10_000
const MOST_HEADER_BYTES = 32_768

/** Serves a handler on an address of this machine. @throws `PortTakenError`, `CannotListenError` */
export async function listenAt(port: number, host: string, handler: GatewayHandler): Promise<GatewayListening> {
  const server = createServer({ ...TIMES, maxHeaderSize: MOST_HEADER_BYTES, noDelay: true, requireHostHeader: false })
  server.maxConnections = MOST_CONNECTIONS
  const underWay = new AnswersUnderWay(server)
  server.on('request', (incoming, outgoing) => handler(incoming, outgoing, false))
  server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => handler(incoming, outgoing, true))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // An answer on its way must not be mixed with another.
    if (error.code === 'ECONNRESET' || !socket.writable || underWay.has(socket)) socket.destroy()
    else refuseUnread(error, socket)
  })
  const url = await openPort(server, host, port)
  return {
    url,
    close: (grace) => underWay.close(grace),
  }
}

/** Refuses what is not a request of HTTP, in words that hold nothing of it. */
function refuseUnread({ code }: NodeJS.ErrnoException, socket: Duplex): void {
  const refusal: Refusal =
    code === 'HPE_HEADER_OVERFLOW'
      ? { status: 431, code: 'headers_too_large', message: 'The headers are larger than 32 kB. Send fewer.' }
      : {
          status: 400,
          code: 'request_unreadable',
          message: 'This is not a request of HTTP/1.1, or it came too slowly. Send it again.',
        }
  const body = refusalBody(refusal, 'openai')
  socket.end(
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\nconnection: close\r\ncontent-type: application/json\r\nstemma-refusal: ${refusal.code}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
