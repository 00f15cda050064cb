import { createServer } from 'node:net'

import { StemmaError } from '../../src/core/errors.ts'

/**
 * Checks that a port of 127.0.0.1 is free. Hardhat's server ends the process when its port is taken, before that can be caught.
 *
 * @param option the option that chooses the port, for the error
 *
 * @throws {@link PortTakenError}
 */
export async function requireFreePort(port: number, option: string): Promise<void> {
  const probe = createServer()
  const isFree = await new Promise<boolean>((resolve, reject) => {
    probe.once('error', (error: NodeJS.ErrnoException) =>
      ['EADDRINUSE', 'EACCES'].includes(error.code ?? '') ? resolve(false) : reject(error),
    )
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
  if (!isFree) throw new PortTakenError(port, option)
}

/** Thrown when a port that was asked for cannot be used. */
export class PortTakenError extends StemmaError {
  override name = 'PortTakenError'
  constructor(port: number, option: string) {
    const other = port + 10 > 65_535 ? port - 10 : port + 10
    super(
      'PORT_TAKEN',
      `Port ${port} on 127.0.0.1 is taken, or closed to this user. Stop what listens there, or choose another, such as --${option} ${other}.`,
    )
  }
}
