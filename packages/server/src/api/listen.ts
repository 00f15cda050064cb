import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createServerAdapter } from '@whatwg-node/server'

import { StemmaError } from 'stemma/core'

/** A server that listens. */
export type Listening = {
  /** Such as `http://127.0.0.1:8600`. */
  url: string
  /** Takes no more requests, lets those that are under way end, and cuts off what is left after the grace (milliseconds). */
  close(grace?: number): Promise<void>
}

/** How long requests that are under way have to end. */
const GRACE = 5000

/**
 * Serves a fetch handler over HTTP.
 *
 * @throws {@link PortTakenError}
 */
export async function listen(
  handler: (request: Request) => Promise<Response>,
  { port, host }: { port: number; host: string },
): Promise<Listening> {
  const server = createServer(createServerAdapter(handler))
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new PortTakenError(host, port, error) : error),
    )
    server.listen(port, host, resolve)
  })
  const { address, port: bound, family } = server.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`,
    close: (grace = GRACE) => close(server, grace),
  }
}

/** How often connections that wait for a next request are closed, milliseconds: an answer that is under way leaves one behind. */
const SWEEP = 50

function close(server: Server, grace: number): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP)
    const cut = setTimeout(() => server.closeAllConnections(), grace)
    server.close(() => {
      clearInterval(sweep)
      clearTimeout(cut)
      resolve()
    })
  })
}

/** Thrown when something else listens at a port already. */
export class PortTakenError extends StemmaError {
  override name = 'PortTakenError'
  constructor(host: string, port: number, cause: unknown) {
    super('PORT_TAKEN', `Port ${port} on ${host} is taken. Stop what listens there, or choose another by --port.`, {
      cause,
    })
  }
}
