import type { Server } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

import { MAX_TARGET } from './target.ts'

/** What a client did that node:http could not read as a request. */
type ClientError = Error & { code?: string; rawPacket?: Buffer }
type Refusal = { status: number; code: string; message: string }

/** Milliseconds in which a client may still read the refusal. */
const LINGER = 1000

const INVALID: Refusal = {
  status: 400,
  code: 'INVALID_REQUEST',
  message: 'The request is not valid HTTP. Send HTTP/1.1.',
}

/** Refusals by the codes of node:http and its parser (nodejs/node: doc/api/errors.md, deps/llhttp). */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_INVALID_METHOD: {
    status: 501,
    code: 'UNKNOWN_METHOD',
    message: 'Unknown method: use GET, HEAD, POST or OPTIONS.',
  },
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'HEADERS_TOO_LARGE',
    message: 'The headers are too large. Send fewer or shorter ones.',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    code: 'BODY_TOO_LARGE',
    message: 'The extensions of the chunks are too long. Send none.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'REQUEST_TIMEOUT',
    message: 'The request took too long to arrive. Send it again, faster.',
  },
}
const TOO_LONG: Refusal = {
  status: 414,
  code: 'TARGET_TOO_LONG',
  message: `The address has more than ${MAX_TARGET} characters. Send the query as a body, to /graphql.`,
}

/** Answers in JSON, and without words of the parser, what node:http cannot read or does not serve. */
export function refuseClientErrors(server: Server): void {
  const open = new WeakMap<Duplex, number>()
  server.on('request', ({ socket }, outgoing) => {
    open.set(socket, (open.get(socket) ?? 0) + 1)
    outgoing.once('close', () => open.set(socket, open.get(socket)! - 1))
  })
  server.on('clientError', (error: ClientError, socket) => {
    // An answer on its way must not be mixed with another.
    if (!socket.writable || error.code === 'ECONNRESET' || (open.get(socket) ?? 0) > 0) socket.destroy()
    else refuse(socket, refusalOf(error))
  })
  server.on('connect', (_request, socket: Duplex) => refuse(socket, REFUSALS.HPE_INVALID_METHOD!))
}

function refusalOf({ code = '', rawPacket }: ClientError): Refusal {
  // The limit of node:http is on the request line and the headers together.
  const isTarget = code === 'HPE_HEADER_OVERFLOW' && rawPacket && isLongLine(rawPacket)
  return isTarget ? TOO_LONG : (REFUSALS[code] ?? INVALID)
}

function isLongLine(packet: Buffer): boolean {
  const end = packet.indexOf('\r\n')
  return /^[A-Z]+ \S/.test(packet.toString('latin1', 0, 20)) && (end < 0 || end > MAX_TARGET)
}

function refuse(socket: Duplex, { status, code, message }: Refusal): void {
  const body = JSON.stringify({ error: { code, message } })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `date: ${new Date().toUTCString()}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    'connection: close',
  ]
  const timer = setTimeout(() => socket.destroy(), LINGER)
  socket.once('close', () => clearTimeout(timer))
  socket.on('error', () => socket.destroy())
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
