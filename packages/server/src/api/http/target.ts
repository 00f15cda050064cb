import { quoted, StemmaError } from 'stemma/core'

/** The parts of a request by which its URL is found. */
export type RequestHead = {
  method: string
  /** As in the request line. */
  target: string
  /** The values of all `Host` headers. */
  hosts: readonly string[]
  /** Such as `1.1`. */
  version: string
  /** The server's own address, for requests of HTTP/1.0 without a host. */
  own: string
}

/** Most characters of a request's target (RFC 9110, 4.1 recommends at least 8,000). */
export const MAX_TARGET = 8192

/** The path of the target `*`, by which a client asks about the whole server (RFC 9112, 3.2.4). */
export const WHOLE_SERVER = '/*'

/**
 * The URL that a request asks for (RFC 9112, 3.2 and 3.3): a path, a whole URL as proxies send it, or `*`.
 *
 * @throws {@link TargetTooLongError}, {@link InvalidRequestError}
 */
export function urlOf({ method, target, hosts, version, own }: RequestHead): URL {
  if (target.length > MAX_TARGET) throw new TargetTooLongError()
  if (hosts.length > 1) throw new InvalidRequestError('it has more than one Host header')
  const [host] = hosts
  if (host === undefined && version !== '1.0') throw new InvalidRequestError('it has no Host header')
  if (host !== undefined && !isHost(host)) throw new InvalidRequestError(`its Host header is ${quoted(host)}`)
  const authority = host ?? own
  if (target === '*' && method === 'OPTIONS') return new URL(`http://${authority}${WHOLE_SERVER}`)
  const whole = /^https?:\/\/([^/?#]*)/i.exec(target)
  const text = whole ? target : `http://${authority}${target}`
  const isPath = target.startsWith('/') || (whole !== null && isHost(whole[1]!))
  if (!isPath || target.includes('#') || !URL.canParse(text)) {
    throw new InvalidRequestError(`its target is ${quoted(target)}`)
  }
  return new URL(text)
}

/** Whether a text is a host with or without a port. */
function isHost(text: string): boolean {
  return /^(\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]+)(:\d{0,5})?$/i.test(text) && URL.canParse(`http://${text}/`)
}

/** Thrown when a request breaks the rules of HTTP. */
export class InvalidRequestError extends StemmaError {
  override name = 'InvalidRequestError'
  constructor(why: string) {
    super('INVALID_REQUEST', `The request is not valid HTTP: ${why}. Send a path and one Host header.`)
  }
}

/** Thrown when the target of a request is too long. */
export class TargetTooLongError extends StemmaError {
  override name = 'TargetTooLongError'
  constructor() {
    super(
      'TARGET_TOO_LONG',
      `The address has more than ${MAX_TARGET} characters. Send the query as a body, to /graphql.`,
    )
  }
}
