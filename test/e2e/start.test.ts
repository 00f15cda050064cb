import { spawnSync } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'

import { expect } from 'chai'

describe('npm start, used wrongly', function () {
  const start = (args: string[], env: NodeJS.ProcessEnv = {}) =>
    spawnSync(process.execPath, [join(import.meta.dirname, '../../scripts/start.ts'), ...args], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    })

  it('says that a port is taken, names another, and exits with 2', async function () {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    try {
      const { status, stderr, stdout } = start(['--once', '--port', String(port)])
      expect(status).to.equal(2)
      expect(stdout).to.equal('')
      expect(stderr).to.match(new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is taken\\. .* --port \\d+\\.\n$`))
    } finally {
      server.close()
    }
  })

  it('refuses what is no port and no option, and exits with 2', function () {
    for (const [args, env] of [
      [['--port', '0'], {}],
      [['--port', '65536'], {}],
      [[], { PORT: 'abc' }],
      [['--twice'], {}],
    ] as [string[], NodeJS.ProcessEnv][]) {
      expect([args, start(args, env).status]).to.deep.equal([args, 2])
    }
  })
})
