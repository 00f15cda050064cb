import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createServerAdapter } from '@whatwg-node/server'

import { StemmaError } from 'stemma/core'

/** A server that listens. */
export type Listening = {
  /** Such as `http://127.0.0.1:8600`. */
  url: string
  /** Accepts no more requests, lets open ones finish, and cuts off those still open after `grace` milliseconds. */
  close(grace?: number): Promise<void>
}

/** Milliseconds that open requests have to finish. */
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

/** Milliseconds between two sweeps of idle connections: each open request leaves one behind. */
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

/** Thrown when another program listens on the port. */
export class PortTakenError extends StemmaError {
  override name = 'PortTakenError'
  constructor(host: string, port: number, cause: unknown) {
    super(
      'PORT_TAKEN',
      `Port ${port} on ${host} is taken. Stop the program that listens there, or name another port with --port.`,
      {
        cause,
      },
    )
  }
}
