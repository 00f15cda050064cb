import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { quoted, StemmaError } from 'stemma/core'

const HOST_REMEDY = 'Name an address of this machine with --host, such as 127.0.0.1, or 0.0.0.0 for all'

/** Why a server cannot listen, and what to do, by the codes of bind(2) and getaddrinfo(3). */
const REFUSED: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  ENOTFOUND: ['the address is not known', HOST_REMEDY],
  EAI_AGAIN: ['the address is not known', HOST_REMEDY],
  EADDRNOTAVAIL: ['the address is not one of this machine', HOST_REMEDY],
  EAFNOSUPPORT: ['this machine does not have addresses of that kind', HOST_REMEDY],
  EINVAL: ['the address cannot be listened on', HOST_REMEDY],
  EACCES: ['this user may not listen there', 'Name a port from 1024 on with --port'],
  EPERM: ['this user may not listen there', 'Name a port from 1024 on with --port'],
}

/** Lets a server listen, and gives its URL. @throws {@link PortTakenError}, {@link CannotListenError} */
export async function openPort(server: Server, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE' ? new PortTakenError(host, port, error) : new CannotListenError(host, port, error),
      ),
    )
    server.listen(port, host, resolve)
  })
  const { address, port: bound, family } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`
}

/** Thrown when the address or the port cannot be listened on. */
export class CannotListenError extends StemmaError {
  override name = 'CannotListenError'
  constructor(host: string, port: number, cause: { code?: string | undefined }) {
    const { code = '' } = cause
    const [why, remedy] = REFUSED[code] ?? [`the system refuses it (${code})`, HOST_REMEDY]
    super('CANNOT_LISTEN', `Cannot listen on port ${port} of ${quoted(host)}: ${why}. ${remedy}.`, { cause })
  }
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
