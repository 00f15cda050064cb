import { STATUS_CODES, type Server } from 'node:http'
import type { Duplex } from 'node:stream'

import { StemmaError } from 'stemma/core'
import { statusOf } from '../graphql/handler.ts'
import { GUARDS } from './guardHeaders.ts'
import { UnknownMethodError } from './methods.ts'
import { InvalidRequestError, MAX_TARGET, TargetTooLongError } from './target.ts'

/** What a client did that node:http could not read as a request. */
type ClientError = Error & { code?: string; rawPacket?: Buffer }

/** Milliseconds in which a client may still read the refusal. */
const LINGER = 1000

/** Refusals by the codes of node:http and its parser (nodejs/node: doc/api/errors.md, deps/llhttp). */
const REFUSALS: Readonly<Record<string, () => StemmaError>> = {
  HPE_INVALID_METHOD: () => new UnknownMethodError('of the request'),
  HPE_HEADER_OVERFLOW: () => new HeadersTooLargeError(),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: () => new HeadersTooLargeError(),
  ERR_HTTP_REQUEST_TIMEOUT: () => new RequestTimeoutError(),
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
  server.on('connect', ({ method = '' }, socket: Duplex) => refuse(socket, new UnknownMethodError(method)))
}

function refusalOf({ code = '', rawPacket }: ClientError): StemmaError {
  // The limit of node:http is on the request line and the headers together.
  if (code === 'HPE_HEADER_OVERFLOW' && rawPacket && isLongLine(rawPacket)) return new TargetTooLongError()
  return REFUSALS[code]?.() ?? new InvalidRequestError('it cannot be read')
}

function isLongLine(packet: Buffer): boolean {
  const end = packet.indexOf('\r\n')
  return /^[A-Z]+ \S/.test(packet.toString('latin1', 0, 20)) && (end < 0 || end > MAX_TARGET)
}

function refuse(socket: Duplex, { code, message, docs }: StemmaError): void {
  const status = statusOf(code)
  const body = JSON.stringify({ error: { code, message, docs } })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `date: ${new Date().toUTCString()}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    ...Object.entries(GUARDS).map(([name, value]) => `${name}: ${value}`),
    'connection: close',
  ]
  const timer = setTimeout(() => socket.destroy(), LINGER)
  socket.once('close', () => clearTimeout(timer))
  socket.on('error', () => socket.destroy())
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** Thrown when the headers of a request are larger than the server reads. */
export class HeadersTooLargeError extends StemmaError {
  override name = 'HeadersTooLargeError'
  constructor() {
    super('HEADERS_TOO_LARGE', 'The headers are too large. Send fewer or shorter ones.')
  }
}

/** Thrown when a request takes too long to arrive. */
export class RequestTimeoutError extends StemmaError {
  override name = 'RequestTimeoutError'
  constructor() {
    super('REQUEST_TIMEOUT', 'The request took too long to arrive. Send it again, faster.')
  }
}
