import type { IncomingMessage } from 'node:http'

import { checkKnownMethod } from './methods.ts'
import { InvalidRequestError, urlOf } from './target.ts'

/**
 * A request of node:http as a standard one. Its body is read only when somebody reads it.
 *
 * @throws `UnknownMethodError`, `TargetTooLongError`, {@link InvalidRequestError}
 */
export function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = 'GET', rawHeaders, url: target = '/', httpVersion: version, socket } = incoming
  checkKnownMethod(method)
  const hosts: string[] = []
  const headers = new Headers()
  try {
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const [name, value] = [rawHeaders[i]!, rawHeaders[i + 1]!]
      if (name.toLowerCase() === 'host') hosts.push(value)
      headers.append(name, value)
    }
  } catch {
    throw new InvalidRequestError('a header holds characters that are not allowed')
  }
  const own = `${socket.localFamily === 'IPv6' ? `[${socket.localAddress}]` : socket.localAddress}:${socket.localPort}`
  const url = urlOf({ method, target, hosts, version, own })
  const hasBody = method !== 'GET' && method !== 'HEAD' && isSent(incoming)
  return new Request(url, { method, headers, signal, ...(hasBody && { body: bodyOf(incoming), duplex: 'half' }) })
}

/** Whether a request says that it has a body (RFC 9112, 6.3). */
function isSent({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  let parts: AsyncIterator<Uint8Array> | undefined
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        parts ??= incoming.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>
        const { done, value } = await parts.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await parts?.return?.()
      },
    },
    // Nothing is read ahead.
    { highWaterMark: 0 },
  )
}
