import { createServer, type AddressInfo } from 'node:net'

import { expect } from 'chai'

import { PortTakenError, requireFreePort } from '../../../scripts/local/ports.ts'

describe('scripts/local/ports', function () {
  it('passes over a free port and names the option for a taken one', async function () {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const failure = await requireFreePort(port, 'api-port').catch((error: unknown) => error)
    expect(failure).to.be.an.instanceOf(PortTakenError)
    expect((failure as Error).message).to.match(new RegExp(`^Port ${port} .* --api-port \\d+\\.$`))
    await new Promise((resolve) => server.close(resolve))
    await requireFreePort(port, 'port')
  })
})
