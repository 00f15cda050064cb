import { expect } from 'chai'
import { JsonRpcProvider, WebSocketProvider } from 'ethers'

import { parseAddress, type Address, type ModelId } from '../../src/core/hex.ts'
import type { StemmaError } from '../../src/core/errors.ts'
import { openLedger, type Ledger } from '../../src/sdk/connect.ts'
import { nodeProvider } from '../../src/sdk/nodeProvider.ts'
import { registerModel } from '../../src/sdk/registry/registerModel.ts'
import { watchEvents } from '../../src/sdk/watchEvents.ts'
import { startAnvil } from '../fixtures/anvil.ts'
import { refused, startFaultyNode, type Call, type FaultyNode, type Reply } from '../fixtures/faultyNode.ts'
import { startHttpNode, type HttpNode } from '../fixtures/httpNode.ts'
import { digestOf, registrationOf } from '../fixtures/ledger.ts'
import { Random } from '../fixtures/random.ts'
import { rejectionOf } from '../fixtures/sdk.ts'

describe('watchEvents, of a node that fails', function () {
  let node: HttpNode
  let faulty: FaultyNode
  let writer: Ledger
  let publisher: Address
  const open: { destroy: () => unknown }[] = []
  let registered = 0

  before(async function () {
    node = await startHttpNode()
    faulty = await startFaultyNode(node.url)
    const provider = nodeProvider(node.url, node.deployment, { pollingInterval: 10 })
    open.push(provider)
    const signer = await provider.getSigner(0)
    publisher = parseAddress(signer.address)
    writer = openLedger(signer, node.deployment)
  })

  after(async function () {
    for (const provider of open) provider.destroy()
    await faulty.close()
    await node.close()
  })

  beforeEach(function () {
    faulty.faults = { target: node.url }
  })

  /** As ethers makes it, so that every failure reaches the watcher. */
  function reader(url = faulty.url): Ledger {
    const options = { staticNetwork: true, cacheTimeout: -1, batchStallTime: 0 }
    const provider = new JsonRpcProvider(url, node.deployment.chainId, options)
    open.push(provider)
    return openLedger(provider, node.deployment)
  }

  async function register(): Promise<ModelId> {
    registered += 1
    const registration = registrationOf(publisher, { weights: digestOf(`watched ${registered}`), parents: [] })
    return (await registerModel(writer, { registration })).model
  }

  /** Watches while models are registered one by one, and returns which were seen; a reorganization is an element too. */
  async function watchWhile(ledger: Ledger, count: number, options: watchEvents.Parameters = {}): Promise<unknown[]> {
    const abort = new AbortController()
    const fromBlock = (await writer.provider.getBlockNumber()) + 1
    const found: unknown[] = []
    const expected: ModelId[] = [await register()]
    for await (const sighting of watchEvents(ledger, { interval: 1, fromBlock, ...options, signal: abort.signal })) {
      if (sighting.kind === 'reorg') found.push(sighting)
      else if (sighting.event.name === 'ModelRegistered') {
        found.push(sighting.event.args.model)
        if (found.length < count) expected.push(await register())
        else abort.abort()
      }
    }
    expect(found).to.deep.equal(expected)
    return found
  }

  it('goes on after each kind of failure, and yields every event once', async function () {
    const random = new Random(7)
    const replies: Reply[] = [
      { status: 502, body: 'bad gateway' },
      { status: 503, body: '' },
      { body: '<html>maintenance</html>' },
      { body: { jsonrpc: '2.0', id: null, error: { code: -32_005, message: 'rate limit' } } },
      'cut',
    ]
    faulty.faults.reply = () => (random.integer(0, 2) === 0 ? random.pick(replies) : undefined)
    faulty.faults.edit = (call, answer) =>
      random.integer(0, 9) === 0 ? refused(call, -32_000, 'header not yet available, try again') : answer
    const failures: string[] = []
    await watchWhile(reader(), 8, { onError: ({ code }) => failures.push(code) })
    expect(failures.length).to.be.greaterThan(4)
    expect(failures).to.include('NODE_UNREACHABLE')
  })

  it('takes times without an end for such, though timers take them for none', async function () {
    const onError = ({ code }: StemmaError): void => expect.fail(code)
    await watchWhile(reader(), 2, { timeout: Infinity, patience: Infinity, onError })
  })

  it('waits for a node whose head goes back, and takes that for no reorganization', async function () {
    let turn = 0
    const isOld = () => turn++ % 3 === 0
    const old: unknown = await (open[0] as JsonRpcProvider).send('eth_getBlockByNumber', ['latest', false])
    faulty.faults.edit = (call, answer) =>
      call.method === 'eth_getBlockByNumber' && call.params[0] === 'latest' && isOld()
        ? { ...answer, result: old }
        : answer
    await watchWhile(reader(), 6)
  })

  it('passes over a block that one of several nodes does not have yet', async function () {
    let turn = 0
    faulty.faults.edit = (call, answer) =>
      call.method === 'eth_getBlockByNumber' && call.params[0] !== 'latest' && turn++ % 3 === 0
        ? { ...answer, result: null }
        : answer
    await watchWhile(reader(), 6)
  })

  it('ends by the failure when it goes on for too long, and at once when waiting does not mend it', async function () {
    for (const [reply, code] of [
      [{ status: 502, body: '' }, 'NODE_UNREACHABLE'],
      ['silent', 'NODE_TIMEOUT'],
      [{ body: '<html>' }, 'NODE_ANSWER'],
    ] as [Reply, string][]) {
      faulty.faults.reply = () => reply
      let failures = 0
      const watching = watchEvents(reader(), { interval: 1, timeout: 20, patience: 60, onError: () => (failures += 1) })
      expect(((await rejectionOf(watching.next())) as StemmaError).code).to.equal(code)
      expect(failures).to.be.greaterThan(0)
    }
    faulty.faults.reply = () => ({ status: 401, body: '' })
    const onError = () => expect.fail('it was tried again')
    const watching = watchEvents(reader(), { interval: 1, onError })
    expect(((await rejectionOf(watching.next())) as StemmaError).code).to.equal('NODE_FORBIDDEN')
  })

  it('ends at once by its signal, while a node is silent', async function () {
    faulty.faults.reply = () => 'silent'
    const abort = new AbortController()
    const next = watchEvents(reader(), { signal: abort.signal }).next()
    setImmediate(() => abort.abort())
    expect(await next).to.deep.equal({ done: true, value: undefined })
  })

  it('ends by WRONG_CHAIN where the node is on another, and not for one answer of another', async function () {
    const other = await startAnvil(['--chain-id', '4242'])
    try {
      const look = { interval: 1, fromBlock: (await writer.provider.getBlockNumber()) + 1 }
      const watching = watchEvents(reader(), look)
      await register()
      expect((await watching.next()).value).to.include({ kind: 'event' })
      let turn = 0
      const isForeign = () => turn++ % 7 === 0
      faulty.faults.edit = (call: Call, answer) =>
        call.method === 'eth_chainId' && isForeign() ? { ...answer, result: '0x1092' } : answer
      await register()
      for (let event = 0; event < 3; event++) expect((await watching.next()).value).to.include({ kind: 'event' })
      faulty.faults = { target: other.url }
      expect(((await rejectionOf(watching.next())) as StemmaError).code).to.equal('WRONG_CHAIN')
      expect(await watching.next()).to.deep.equal({ done: true, value: undefined })
    } finally {
      other.stop()
    }
  })

  describe('whose chain was restarted', function () {
    let again: HttpNode
    before(async function () {
      again = await startHttpNode()
      expect(again.deployment.contracts).to.deep.equal(node.deployment.contracts)
    })
    after(async function () {
      await again.close()
    })

    /** A watcher that has seen the last block, whose node then is another. */
    async function watchThenChange(faults: Partial<typeof faulty.faults>, options: watchEvents.Parameters = {}) {
      faulty.faults = { target: node.url }
      await register()
      const fromBlock = await writer.provider.getBlockNumber()
      const watching = watchEvents(reader(), { interval: 1, fromBlock, ...options })
      expect((await watching.next()).value).to.include({ kind: 'event' })
      Object.assign(faulty.faults, faults)
      return { fromBlock, next: async () => (await watching.next()).value ?? expect.fail('it ended') }
    }

    it('ends where the contracts are not there any more, at a lower block too', async function () {
      const empty = await startAnvil([])
      try {
        const { next } = await watchThenChange({ target: empty.url })
        await next()
        expect(((await rejectionOf(next())) as StemmaError).code).to.equal('STALE_DEPLOYMENT')
      } finally {
        empty.stop()
      }
    })

    it('ends where it has the same contracts, by the block before them', async function () {
      const { next } = await watchThenChange({
        target: again.url,
        edit: ({ params }, answer) =>
          params[0] === '0x0' ? { ...answer, result: { ...(answer.result as object), hash: digestOf('new') } } : answer,
      })
      await next()
      expect(((await rejectionOf(next())) as StemmaError).code).to.equal('CHAIN_REPLACED')
    })

    it('says that it is behind, and then that all is void, where it looks like a reorganization', async function () {
      const codes: string[] = []
      const { fromBlock, next } = await watchThenChange(
        { target: again.url },
        { onError: ({ code }) => codes.push(code) },
      )
      await next()
      const sighting = next()
      const chain = nodeProvider(again.url, again.deployment)
      open.push(chain)
      while ((await chain.getBlockNumber()) < fromBlock + 1) await chain.send('evm_mine', [])
      expect(await sighting).to.deep.equal({ kind: 'reorg', block: fromBlock })
      expect(codes.every((code) => code === 'NODE_BEHIND')).to.equal(true)
    })
  })

  it('says that a socket of ethers, which dropped, does not answer any more', async function () {
    const anvil = await startAnvil([])
    const provider = new WebSocketProvider(anvil.url.replace('http', 'ws'), 31_337, { staticNetwork: true })
    ;(provider.websocket as unknown as { onerror: () => void }).onerror = () => {}
    await provider.getBlockNumber()
    const codes: string[] = []
    const options = { interval: 1, timeout: 30, patience: 100, onError: ({ code }: StemmaError) => codes.push(code) }
    const watching = watchEvents(openLedger(provider, node.deployment), { ...options, fromBlock: 0 })
    const ended = rejectionOf(
      (async () => {
        for await (const sighting of watching) expect(sighting.kind).to.equal('event')
      })(),
    )
    provider.websocket.close()
    anvil.stop()
    expect(((await ended) as StemmaError).code).to.equal('NODE_TIMEOUT')
    expect(codes).to.include('NODE_TIMEOUT')
  })
})
