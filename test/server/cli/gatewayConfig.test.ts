import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { parseGatewayConfig } from '../../../packages/server/src/gateway/config.ts'
import { serveGateway } from '../../../packages/server/src/gateway/serve.ts'
import type { Deployment } from '../../../src/core/deployment.ts'
import { serverRun } from './world.ts'

const UPSTREAM = { url: 'http://127.0.0.1:9' }
const LEAST = { upstream: UPSTREAM, models: [{ name: 'one', model: 'acme/one' }] }

describe('stemma-server gateway: its configuration', function () {
  let cwd: string
  beforeEach(async () => (cwd = await mkdtemp(join(tmpdir(), 'stemma-config-'))))
  afterEach(() => rm(cwd, { recursive: true, force: true }))

  async function run(text: string, ...args: string[]) {
    await writeFile(join(cwd, 'gateway.json'), text)
    const { code, stderr } = await serverRun({ cwd }, ['gateway', ...args, '--config', 'gateway.json'])
    return { code, stderr }
  }

  it('is refused where it is not JSON, at its line, and where it says something twice', async function () {
    const cut = await run('{\n  "models": [],\n}')
    expect(cut).to.deep.include({ code: 2 })
    expect(cut.stderr).to.match(/"gateway.json|gateway\.json" is not JSON \(line 3, column 1\)/)
    const twice = await run(`{"folder":"a",${JSON.stringify({ ...LEAST, folder: 'b' }).slice(1)}`)
    expect([twice.code, twice.stderr]).to.satisfy(
      ([code, words]: [number, string]) => code === 2 && words.includes('has the name "folder" twice'),
    )
  })

  it('may begin with the mark that editors write', async function () {
    const { stderr } = await run(`\ufeff${JSON.stringify(LEAST)}`)
    expect(stderr).to.match(/^MISSING_KEY: /)
  })

  it('needs the key of an account, which no node can stand in for', async function () {
    const { code, stderr } = await run(JSON.stringify(LEAST))
    expect(code).to.equal(2)
    expect(stderr).to.contain('STEMMA_KEYSTORE').and.not.contain('--from')
  })

  it('is not blamed for an option', async function () {
    const { code, stderr } = await run(JSON.stringify(LEAST), '--upstream', 'http://u:canary@127.0.0.1')
    expect(code).to.equal(2)
    expect(stderr).to.contain('Invalid --upstream: use an http').and.not.contain('canary')
    const other = await run(JSON.stringify({ ...LEAST, upstream: UPSTREAM.url }), '--upstream', UPSTREAM.url)
    expect(other.stderr).to.contain('upstream is "http://127.0.0.1:9". Expected an object.')
  })

  it('does not repeat a key that stands where its place is named', async function () {
    await writeFile(join(cwd, 'key'), 'two lines\n')
    for (const place of [
      { keyEnv: 'gsk_canary' },
      { keyFile: 'sk-canary' },
      { keyFile: '/canary/+/key' },
      { keyFile: 'key' },
    ]) {
      const config = parseGatewayConfig({ ...LEAST, upstream: { ...UPSTREAM, ...place } })
      const served = serveGateway({
        config,
        deployment: {} as Deployment,
        nodes: [],
        operatorKey: `0x${'11'.repeat(32)}`,
        cwd,
        env: {},
        port: 0,
        host: '127.0.0.1',
        log: () => undefined,
      })
      const failure = await served.then(
        () => undefined,
        (error: Error & { code: string }) => error,
      )
      expect(failure).to.include({ code: 'INVALID_GATEWAY_CONFIG' })
      expect(failure!.message).to.match(/upstream\.key(Env|File) is /)
      expect(failure!.message).to.not.match(/canary|two lines/)
    }
  })

  it('makes no folder for a key that is not there', async function () {
    await writeFile(join(cwd, 'gateway.json'), JSON.stringify({ ...LEAST, folder: 'kept' }))
    const args = ['gateway', 'key', 'end', 'key-00000000', '--config', 'gateway.json']
    expect(await serverRun({ cwd }, args)).to.deep.include({ code: 2 })
    expect(await readdir(cwd)).to.deep.equal(['gateway.json'])
  })
})
