import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'
import { JsonRpcProvider } from 'ethers'

import { readHolder } from '../../src/console/processLock.ts'
import { findDeployment } from '../../src/deployments/deploymentFiles.ts'
import { itInDepth } from '../fixtures/inDepth.ts'

const root = join(import.meta.dirname, '../..')

/** The outcome of a run of `npm start`. */
type Run = { child: ChildProcess; ended: Promise<number | null>; output: () => { stdout: string; stderr: string } }

describe('npm start', function () {
  this.timeout(180_000)
  const ports: number[] = []
  /** Where the deployments are trusted: not in the configuration of who runs the tests. */
  const XDG_CONFIG_HOME = mkdtempSync(join(tmpdir(), 'stemma-config-'))

  const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Run => {
    const child = spawn(process.execPath, ['--conditions=source', join(root, 'scripts/start.ts'), ...args], {
      cwd: root,
      env: { ...process.env, XDG_CONFIG_HOME, NODE_OPTIONS: '', PORT: undefined, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    return { child, ended, output: () => ({ stdout, stderr }) }
  }

  const freePort = async (): Promise<number> => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    ports.push(port)
    return port
  }

  const changes = () => spawnSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' }).stdout

  after(function () {
    rmSync(XDG_CONFIG_HOME, { recursive: true })
    for (const port of ports) {
      for (const end of ['.sqlite', '.sqlite-wal', '.sqlite-shm', '.sqlite-lock', '.log', '.lock']) {
        rmSync(join(root, `.stemma/local-${port}${end}`), { force: true })
      }
      rmSync(join(root, `.stemma/deployments/local-${port}.json`), { force: true })
    }
  })

  it('runs twice on two ports, each with data of its own, prints one screen, and leaves git status as it was', async function () {
    const before = changes()
    const [first, second] = [await freePort(), await freePort()]
    const running = start(['--port', String(first)])
    await new Promise<void>((resolve, reject) => {
      running.child.stdout!.on('data', () => running.output().stdout.includes('npm run play') && resolve())
      void running.ended.then(() => reject(new Error(running.output().stderr)))
    })
    expect(readHolder(join(root, `.stemma/local-${first}.lock`))?.pid).to.equal(running.child.pid)

    const refused = start(['--once', '--port', String(first)])
    expect(await refused.ended).to.equal(2)
    expect(refused.output().stderr).to.contain(`locked by process ${running.child.pid} ("npm start on port ${first}")`)

    // The key of another chain has no ether here, and the node signs for its own accounts.
    const once = start(['--once'], { PORT: String(second), STEMMA_PRIVATE_KEY: `0x${'11'.repeat(32)}` })
    expect([await once.ended, once.output().stderr.includes('Error')]).to.deep.equal([0, false])
    const lines = once.output().stdout.trimEnd().split('\n')
    expect(lines.length).to.be.at.most(32)
    for (const line of lines) expect(line.length, line).to.be.at.most(100)
    expect(once.output().stdout)
      .to.contain(`http://127.0.0.1:${second}, chain 31337: .stemma/deployments/local-${second}.json`)
      .and.to.contain('The node has ended.')
      .and.to.match(/fork-a\/composer-2-open +finetune +NO\n/)
      .and.to.contain(`--deployment local-${second}`)

    const deployment = await findDeployment(`local-${first}`, { cwd: root, env: { XDG_CONFIG_HOME } })
    expect(deployment.rpcUrl).to.equal(`http://127.0.0.1:${first}`)
    const provider = new JsonRpcProvider(deployment.rpcUrl)
    expect(await provider.getCode(deployment.contracts.ledger)).to.not.equal('0x')
    provider.destroy()
    const api = /explorer +(http:\/\/127\.0\.0\.1:\d+)/.exec(running.output().stdout)![1]!
    const { status } = await fetch(`${api}/v1/search?text=Kimi`)
    expect(status).to.equal(200)

    running.child.kill('SIGINT')
    expect(await running.ended).to.equal(0)
    for (const port of [first, second]) {
      expect(existsSync(join(root, `.stemma/local-${port}.lock`))).to.equal(false)
      for (const end of ['.sqlite', '.log'])
        expect(existsSync(join(root, `.stemma/local-${port}${end}`))).to.equal(true)
    }
    expect(changes()).to.equal(before)
  })

  it('names a taken port and another one, and exits with 2', async function () {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    ports.push(port)
    try {
      const run = start(['--once', '--port', String(port)])
      expect([await run.ended, run.output().stdout]).to.deep.equal([2, ''])
      expect(run.output().stderr).to.match(
        new RegExp(`^PORT_TAKEN: Port ${port} on 127\\.0\\.0\\.1 .* --port \\d+\\.\n$`),
      )
    } finally {
      server.close()
    }
  })

  itInDepth('ends with an error when another program takes the port of the API meanwhile', async function () {
    const [port, apiPort] = [await freePort(), await freePort()]
    ports.push(port)
    const run = start(['--port', String(port), '--api-port', String(apiPort)])
    await new Promise<void>((resolve) =>
      run.child.stderr!.on('data', (text: Buffer | string) => String(text).includes('deploying') && resolve()),
    )
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(apiPort, '127.0.0.1', resolve))
    try {
      expect([await run.ended, run.output().stdout]).to.deep.equal([2, ''])
      expect(run.output().stderr).to.match(new RegExp(`PORT_TAKEN: Port ${apiPort} on 127\\.0\\.0\\.1 is taken`))
    } finally {
      server.close()
    }
  })

  it('refuses what is not a port in PORT, and exits with 2', async function () {
    const run = start([], { PORT: 'abc' })
    expect(await run.ended).to.equal(2)
    expect(run.output().stderr).to.match(/^Invalid port "abc": use a whole number from 1 to 65535\./)
  })

  it('takes over the lock of a process that ended', async function () {
    const port = await freePort()
    const { pid } = spawnSync(process.execPath, ['--version'])
    mkdirSync(join(root, '.stemma'), { recursive: true })
    writeFileSync(join(root, `.stemma/local-${port}.lock`), JSON.stringify({ pid, what: 'npm start' }))
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    const run = start(['--once', '--port', String(port)])
    expect([await run.ended, run.output().stderr.startsWith('PORT_TAKEN')]).to.deep.equal([2, true])
    await new Promise((resolve) => server.close(resolve))
  })
})
