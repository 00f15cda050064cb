import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

import { expect } from 'chai'
import hre from 'hardhat'

import { startWorld, type World } from './world.ts'
import { inDepth } from '../fixtures/inDepth.ts'

describe('stemma: nodes that do not help', function () {
  let world: World
  let model: string
  const open: (() => Promise<unknown> | void)[] = []

  before(async function () {
    world = await startWorld()
    await world.folder('acme__base', 'license: mit')
    ;({ model } = await world.ok('register acme__base --terms none'))
  })

  after(async function () {
    for (const close of open) await close()
    await world.stop()
  })

  async function listen(server: Server): Promise<string> {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    open.push(() => void server.close())
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  /** A server that takes every connection and says nothing. */
  async function silent(): Promise<string> {
    const sockets: Socket[] = []
    open.push(() => sockets.forEach((socket) => socket.destroy()))
    return listen(createServer((socket) => void sockets.push(socket)))
  }

  /** A server that answers every request in one way. */
  async function answering(body: (id: unknown) => string, status = 200): Promise<string> {
    return listen(
      createHttpServer((request, response) => {
        let text = ''
        request.on('data', (chunk) => (text += chunk))
        request.on('end', () => {
          const parsed = JSON.parse(text)
          const one = Array.isArray(parsed) ? parsed[0] : parsed
          response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(body(one.id))
        })
      }),
    )
  }

  async function hardhat(override = {}): Promise<string> {
    const server = await hre.network.createServer({ network: 'default', override }, '127.0.0.1', 0)
    open.push(() => server.close())
    return `http://127.0.0.1:${(await server.listen()).port}`
  }

  it('exits with 3, in time, for each kind', async function () {
    const nodes: [string, string][] = [
      ['http://127.0.0.1:1', 'NODE_UNREACHABLE'],
      ['http://nobody.invalid:8545', 'NODE_UNREACHABLE'],
      [await silent(), 'NODE_TIMEOUT'],
      [await hardhat({ chainId: 4242 }), 'WRONG_CHAIN'],
      [await hardhat(), 'STALE_DEPLOYMENT'],
      [await answering(() => '<html>welcome</html>'), 'NODE_ANSWER'],
      [await answering((id) => JSON.stringify({ jsonrpc: '2.0', id, result: 'soon' })), 'NODE_ANSWER'],
      [
        await answering((id) =>
          JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32000, message: 'no\u202e\u001b[2J' } }),
        ),
        'NODE_ANSWER',
      ],
      [await answering(() => 'down', 503), 'NODE_UNREACHABLE'],
    ]
    for (const [index, [rpc, code]] of nodes.entries()) {
      const commands = [
        'show acme/base',
        'verify acme/base --use host',
        `verify ${model} --use host`,
        'register acme__base --terms none',
      ]
      for (const args of inDepth([commands[index % commands.length]!], commands)) {
        expect([rpc, code, ...(await world.fails(`${args} --rpc ${rpc} --timeout 1`))]).to.deep.equal([
          rpc,
          code,
          3,
          code,
        ])
      }
    }
  })

  it('asks several in turn: each --rpc, or all that STEMMA_RPC_URL names', async function () {
    const down = 'http://127.0.0.1:1'
    const other = await hardhat({ chainId: 4242 })
    for (const before of [down, await silent(), other, await answering(() => '', 401)]) {
      expect(
        (await world.ok(`show ${model} --timeout 0.4 --rpc ${before} --rpc ${world.rpcUrl}`)).models.length,
      ).to.equal(1)
      for (const between of [' ', ',', ', ', '\n']) {
        const env = { STEMMA_RPC_URL: [before, world.rpcUrl].join(between) }
        expect((await world.ok(`show ${model} --timeout 0.4`, { env })).models.length).to.equal(1)
      }
    }
    const down2 = 'http://127.0.0.1:2'
    expect(await world.fails(`show ${model} --rpc ${down} --rpc ${down2}`)).to.deep.equal([3, 'NODE_UNREACHABLE'])
    for (const bad of ['ftp://127.0.0.1', 'http://', '127.0.0.1:8545', `${world.rpcUrl},nothing`]) {
      expect(await world.fails(`show ${model} --rpc ${world.rpcUrl} --rpc ${bad}`)).to.deep.equal([2, 'USAGE'])
    }
  })

  it('reads over a WebSocket, and says when none can be opened', async function () {
    const socket = world.rpcUrl.replace('http', 'ws')
    expect((await world.ok(`show ${model} --rpc ${socket}`)).models.length).to.equal(1)
    expect((await world.run(`verify ${model} --use host --rpc ${socket}`)).code).to.equal(3)
    const socketDown = 'ws://127.0.0.1:1'
    expect(await world.fails(`show ${model} --rpc ${socketDown} --timeout 1`)).to.deep.equal([3, 'NODE_UNREACHABLE'])
    const mute = (await silent()).replace('http', 'ws')
    expect(await world.fails(`show ${model} --rpc ${mute} --timeout 1`)).to.deep.equal([3, 'NODE_TIMEOUT'])
    const signal = AbortSignal.timeout(200)
    expect(await world.fails(`show ${model} --rpc ${mute}`, { signal })).to.deep.equal([3, 'INTERRUPTED'])
  })

  it('lets watch go on after a failure, and says so beside what it prints', async function () {
    let count = 0
    const url = await listen(
      createHttpServer((request, response) => {
        let text = ''
        request.on('data', (chunk) => (text += chunk))
        request.on('end', async () => {
          count += 1
          if (count > 1 && count % 2 === 0) return void response.writeHead(403).end('a key that expired for a moment')
          const headers = { 'content-type': 'application/json' }
          const answer = await fetch(world.rpcUrl, { method: 'POST', headers, body: text })
          response.writeHead(200, headers).end(await answer.text())
        })
      }),
    )
    const ended = await world.run(`watch --from-block 0 --count 1 --rpc ${url}`)
    expect([ended.code, ended.stderr.startsWith('NODE_FORBIDDEN')]).to.deep.equal([3, true])
    // What passes is waited for.
    let failures = 0
    const failing = await listen(
      createHttpServer((request, response) => {
        let text = ''
        request.on('data', (chunk) => (text += chunk))
        request.on('end', async () => {
          if (text.includes('eth_getLogs') && (failures += 1) <= 5) return void response.writeHead(502).end()
          const headers = { 'content-type': 'application/json' }
          const answer = await fetch(world.rpcUrl, { method: 'POST', headers, body: text })
          response.writeHead(200, headers).end(await answer.text())
        })
      }),
    )
    const { code, stdout, stderr } = await world.run(`watch --from-block 0 --count 1 --rpc ${failing}`)
    expect(code, stderr).to.equal(0)
    expect(stdout.trim().split('\n').length).to.equal(1)
    expect(stderr).to.match(/^Note: NODE_UNREACHABLE: .* Watching goes on\.$/m)
  })

  it('waits for a node that is down when watch starts, and says so', async function () {
    let asked = 0
    const url = await listen(
      createHttpServer((request, response) => {
        let text = ''
        request.on('data', (chunk) => (text += chunk))
        request.on('end', async () => {
          if (++asked <= 6) return void request.socket.destroy()
          const headers = { 'content-type': 'application/json' }
          const answer = await fetch(world.rpcUrl, { method: 'POST', headers, body: text })
          response.writeHead(200, headers).end(await answer.text())
        })
      }),
    )
    const { code, stdout, stderr } = await world.run(`watch --from-block 0 --count 1 --rpc ${url}`)
    expect(code, stderr).to.equal(0)
    expect(stdout.trim().split('\n').length).to.equal(1)
    expect(stderr).to.match(/^Note: NODE_UNREACHABLE: .* Watching goes on\.$/m)
    // A node of another chain is not waited for.
    const other = await hardhat({ chainId: 4242 })
    expect(await world.fails(`watch --rpc ${other}`)).to.deep.equal([3, 'WRONG_CHAIN'])
    expect(await world.fails(`watch --rpc ${await hardhat()}`)).to.deep.equal([3, 'STALE_DEPLOYMENT'])
  })

  it('says what a user of the program can do when no node is there', async function () {
    const { stderr } = await world.run(`show ${model} --rpc http://127.0.0.1:1`)
    expect(stderr).to.match(/^NODE_UNREACHABLE: .* use another node\. Name a node by --rpc or STEMMA_RPC_URL/)
  })

  it('says what to do when the chain was restarted', async function () {
    const { stderr } = await world.run(`show acme/base --rpc ${await hardhat()}`)
    expect(stderr).to.contain('The chain was probably restarted: deploy again')
  })

  it('explains an https URL of a node that speaks http', async function () {
    const rpc = (await hardhat()).replace('http:', 'https:')
    const { code, stderr } = await world.run(`show acme/base --rpc ${rpc}`)
    expect(code).to.equal(3)
    expect(stderr).to.match(/^NODE_UNREACHABLE: The node did not answer \(it does not speak HTTPS: use an http URL/)
    expect(stderr).to.not.contain('routines')
  })

  it('stops waiting for a node when it is interrupted', async function () {
    const rpc = await silent()
    const signal = AbortSignal.timeout(300)
    expect(await world.fails(`show acme/base --rpc ${rpc}`, { signal })).to.deep.equal([3, 'INTERRUPTED'])
  })

  it('leaves no connection open on which a node did not answer', async function () {
    let closed = 0
    const rpc = await listen(
      createServer(
        (socket) =>
          void socket
            .on('error', () => {})
            .on('close', () => (closed += 1))
            .resume(),
      ),
    )
    expect(await world.fails(`show acme/base --rpc ${rpc} --timeout 0.2`)).to.deep.equal([3, 'NODE_TIMEOUT'])
    for (let turn = 0; turn < 100 && closed === 0; turn++) await new Promise((next) => setTimeout(next, 20))
    expect(closed).to.equal(1)
  })

  it('stops hashing when it is interrupted', async function () {
    const signal = AbortSignal.abort()
    expect(await world.fails('digest acme__base', { signal })).to.deep.equal([3, 'INTERRUPTED'])
  })

  it('verifies a model by its id in two round trips: the state with the registration, then recalls and the other events', async function () {
    const methods: string[] = []
    let requests = 0
    const proxy = await listen(
      createHttpServer((request, response) => {
        let text = ''
        request.on('data', (chunk) => (text += chunk))
        request.on('end', async () => {
          requests += 1
          methods.push(...[JSON.parse(text)].flat().map(({ method }: { method: string }) => method))
          const answer = await fetch(world.rpcUrl, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: text,
          })
          response.writeHead(200, { 'content-type': 'application/json' }).end(await answer.text())
        })
      }),
    )
    const { code } = await world.run(`verify ${model} --use host --rpc ${proxy}`)
    expect(code).to.equal(3)
    const checks = ['eth_chainId', ...Object.keys(world.deployment.contracts).map(() => 'eth_getCode')]
    const asked = ['eth_call', 'eth_call', ...checks, ...Array<string>(5).fill('eth_getLogs')]
    expect([requests, methods.toSorted()]).to.deep.equal([2, asked])
    requests = 0
    methods.length = 0
    await world.run(`verify acme/base --use host --rpc ${proxy}`)
    expect([requests, methods.toSorted()]).to.deep.equal([
      5,
      ['eth_call', 'eth_call', 'eth_blockNumber', ...checks, ...Array<string>(6).fill('eth_getLogs')].toSorted(),
    ])
  })
})
