import { expect } from 'chai'
import { FetchRequest, JsonRpcProvider } from 'ethers'

import { ModelRegistered } from '../../src/abi/ledger.ts'
import { StemmaError } from '../../src/core/errors.ts'
import { parseAddress, type Address, type ModelId } from '../../src/core/hex.ts'
import { connect, openLedger, type Ledger } from '../../src/sdk/connect.ts'
import { readEvents } from '../../src/sdk/logs.ts'
import { nodeProvider, type NodeProviderOptions } from '../../src/sdk/nodeProvider.ts'
import { findModels } from '../../src/sdk/registry/findModels.ts'
import { readLineage } from '../../src/sdk/registry/readLineage.ts'
import { registerModel } from '../../src/sdk/registry/registerModel.ts'
import { startAnvil } from '../fixtures/anvil.ts'
import {
  refused,
  startFaultyNode,
  type Answer,
  type Call,
  type FaultyNode,
  type Reply,
} from '../fixtures/faultyNode.ts'
import { startHttpNode, type HttpNode } from '../fixtures/httpNode.ts'
import { digestOf, registrationOf } from '../fixtures/ledger.ts'
import { rejectionOf } from '../fixtures/sdk.ts'

const FAST: NodeProviderOptions = { pause: 1, pollingInterval: 10 }
const MODELS = 3

describe('nodeProvider', function () {
  let node: HttpNode
  let faulty: FaultyNode
  let publisher: Address
  let models: ModelId[]
  const open: { destroy: () => unknown }[] = []

  before(async function () {
    node = await startHttpNode()
    faulty = await startFaultyNode(node.url)
    const provider = nodeProvider(node.url, node.deployment, { pollingInterval: 10 })
    open.push(provider)
    const signer = await provider.getSigner(0)
    publisher = parseAddress(signer.address)
    const ledger = openLedger(signer, node.deployment)
    models = []
    for (let index = 0; index < MODELS; index++) {
      const { model } = await registerModel(ledger, { registration: named(index) })
      models.push(model)
    }
  })

  after(async function () {
    for (const provider of open) provider.destroy()
    await faulty.close()
    await node.close()
  })

  beforeEach(function () {
    faulty.faults = { target: node.url }
    faulty.requests.length = 0
  })

  function named(index: number) {
    return registrationOf(publisher, { weights: digestOf(`weights ${index}`), parents: [], uri: 'hf:acme/base' })
  }

  function provide(url: string | readonly string[] = faulty.url, options: NodeProviderOptions = {}): Ledger {
    const provider = nodeProvider(url, node.deployment, { ...FAST, ...options })
    open.push(provider)
    return openLedger(provider, node.deployment)
  }

  /** Reads of every kind, at once: calls, code, blocks and logs. */
  async function readAll(ledger: Ledger): Promise<unknown> {
    await connect(ledger.provider, node.deployment)
    const [lineages, found, blocks] = await Promise.all([
      Promise.all(models.map(async (model) => (await readLineage(ledger, { model })).lineage.models.length)),
      findModels(ledger, { query: 'acme/base' }),
      Promise.all([0, 1, 2].map(async (number) => (await ledger.provider.getBlock(number))?.number)),
    ])
    return [lineages, found.map(({ model }) => model), blocks]
  }

  const EXPECTED = (): unknown => [models.map(() => 1), models, [0, 1, 2]]

  /** The code and the message of what a read fails with. */
  async function failureOf(action: Promise<unknown>): Promise<StemmaError> {
    const error = await rejectionOf(action)
    if (!(error instanceof StemmaError)) throw error as Error
    return error
  }

  describe('refused batches', function () {
    const error = (code: number, message: string) => ({ jsonrpc: '2.0', id: null, error: { code, message } })
    const SPELLINGS: Record<string, (calls: readonly Call[]) => Reply> = {
      'an error in place of the list': () => ({ body: error(-32_600, 'batch requests are not supported') }),
      'an error of one element': () => ({ body: [error(-32_600, 'Invalid Request')] }),
      'an error without an id': () => ({ body: { error: { code: -32_700, message: 'parse error' } } }),
      'a text as the error': () => ({ body: { error: 'batch not allowed' } }),
      'method not found': () => ({ body: error(-32_601, 'Method not found') }),
      'an empty list': () => ({ body: [] }),
      null: () => ({ body: null }),
      'a string': () => ({ body: '"unsupported"' }),
      'words that are not JSON': () => ({ body: 'Batch requests are disabled' }),
      'a page': () => ({ body: '<html>no</html>', headers: { 'content-type': 'text/html' } }),
      'each element refused in the words of the batch': (calls) => ({
        body: calls.map((call) => refused(call, -32_600, 'Invalid Request')),
      }),
      'each element refused': (calls) => ({ body: calls.map((call) => refused(call, -32_600, 'batch too large')) }),
      'the first alone answered': (calls) => ({ body: { jsonrpc: '2.0', id: calls[0]!.id, result: '0x7a69' } }),
      ...Object.fromEntries(
        [400, 403, 404, 405, 406, 411, 413, 415, 422, 500, 501].map((status) => [
          `HTTP ${status}`,
          () => ({ status, body: 'no' }),
        ]),
      ),
    }

    for (const [name, reply] of Object.entries(SPELLINGS)) {
      it(`are followed by single calls: ${name}`, async function () {
        faulty.faults.reply = (calls, isBatch) => (isBatch ? reply(calls) : undefined)
        const ledger = provide()
        expect(await readAll(ledger)).to.deep.equal(EXPECTED())
        if (name === 'the first alone answered') return
        expect(faulty.requests.filter((methods) => methods.length > 1).length).to.equal(1)
      })
    }

    it('for a part of the calls are asked again for that part', async function () {
      const asked: number[] = []
      faulty.faults.reply = (calls, isBatch) => {
        asked.push(calls.length)
        if (!isBatch) return undefined
        return undefined
      }
      faulty.faults.edit = (call, answer) =>
        faulty.requests.at(-1)!.length > 1 && call.method === 'eth_getCode'
          ? refused(call, -32_003, 'response too large: batch exceeds the limit')
          : answer
      await connect(provide().provider, node.deployment)
      const codes = Object.keys(node.deployment.contracts).length
      expect(asked).to.deep.equal([1 + codes, ...Array<number>(codes).fill(1)])
    })
  })

  describe('a busy node', function () {
    const WORDS: [code: number, message: string, data?: unknown][] = [
      [-32_005, 'project ID request rate exceeded'],
      [-32_005, 'daily request count exceeded, request rate limited', { rate: { backoff_seconds: 0 } }],
      [-32_007, '15/second request limit reached - reduce calls per second or upgrade your account'],
      [-32_090, 'Too many requests, reason: call rate limit exhausted, retry in 0s'],
      [-32_016, 'over rate limit'],
      [429, 'Your app has exceeded its compute units per second capacity.'],
      [-32_005, 'limit exceeded'],
      [-32_603, 'service temporarily unavailable'],
    ]

    for (const [code, message, data] of WORDS) {
      it(`is asked again for what it refused in an answer of status 200: ${code} ${message}`, async function () {
        const times = new Map<string, number>()
        let refusals = 0
        faulty.faults.edit = (call, answer) => {
          const key = JSON.stringify([call.method, call.params])
          const count = (times.get(key) ?? 0) + 1
          times.set(key, count)
          if (count > 1 || times.size % 2 === 0 || call.method === 'eth_getLogs') return answer
          refusals += 1
          return refused(call, code, message, data)
        }
        expect(await readAll(provide())).to.deep.equal(EXPECTED())
        expect(refusals).to.be.greaterThan(5)
        expect([...times.values()].filter((count) => count > 1).length).to.equal(refusals)
      })
    }

    for (const [name, reply] of Object.entries<Reply>({
      '429': { status: 429, body: 'Too Many Requests' },
      '429 with seconds': { status: 429, headers: { 'retry-after': '0' }, body: '' },
      '429 with a date': { status: 429, headers: { 'retry-after': new Date(0).toUTCString() }, body: '' },
      '503 with seconds': { status: 503, headers: { 'retry-after': '0' }, body: '' },
      'words of a gateway': { body: { message: 'API rate limit exceeded' } },
      'words that are not JSON': { body: 'Too many requests, slow down' },
      'words with a time': {
        status: 429,
        body: { jsonrpc: '2.0', id: null, error: { code: -32_005, message: 'rate', data: { backoff_seconds: 0 } } },
      },
      'one error for all': { body: { jsonrpc: '2.0', id: null, error: { code: -32_005, message: 'rate limit' } } },
    })) {
      it(`is asked again after ${name}, without giving up batches`, async function () {
        let count = 0
        faulty.faults.reply = () => (count++ % 2 === 0 ? reply : undefined)
        expect(await readAll(provide())).to.deep.equal(EXPECTED())
        expect(faulty.requests.filter((methods) => methods.length > 1).length).to.be.greaterThan(2)
      })
    }

    it('that stays busy is NODE_BUSY, in its own words, once the time is over', async function () {
      faulty.faults.edit = (call) => refused(call, -32_005, 'project ID request rate exceeded')
      const failure = await failureOf(connect(provide(faulty.url, { timeout: 500 }).provider, node.deployment))
      expect(failure.code).to.equal('NODE_BUSY')
      expect(failure.message).to.contain('(project ID request rate exceeded)')
      expect(faulty.requests.length).to.be.greaterThan(1)
    })

    it('that wants to be left alone for longer than the timeout is not waited for', async function () {
      faulty.faults.reply = () => ({ status: 429, headers: { 'retry-after': '3600' }, body: 'slow down' })
      const failure = await failureOf(connect(provide().provider, node.deployment))
      expect([failure.code, faulty.requests.length]).to.deep.equal(['NODE_BUSY', 1])
      expect(failure.message).to.contain('slow down')
    })
  })

  describe('what a node refuses', function () {
    const KEY = 'c0ffee00c0ffee00c0ffee00'
    const CASES: [code: string, error: [number, string], remedy: string][] = [
      ['NODE_NO_HISTORY', [-32_000, 'missing trie node 6a0f (path ) state is not available'], 'archive node'],
      ['NODE_NO_HISTORY', [-32_000, 'header not found'], 'ask an indexer'],
      ['NODE_NO_HISTORY', [-32_000, 'historical state 0xab is not available'], 'archive node'],
      ['NODE_NO_HISTORY', [-32_000, 'distance to target block exceeds maximum proof window'], 'archive node'],
      ['NODE_NO_HISTORY', [4444, 'pruned history unavailable'], 'archive node'],
      ['NODE_BEHIND', [-32_602, 'block range extends beyond current head block'], 'lags behind'],
      ['NODE_TIMEOUT', [-32_000, 'execution aborted (timeout = 5s)'], 'Try again'],
      ['NODE_FORBIDDEN', [-32_002, 'invalid api key'], 'Check the key'],
      [
        'NODE_UNSUPPORTED',
        [-32_601, 'the method eth_call does not exist/is not available'],
        'Check that its address is that of a node',
      ],
      ['NODE_ANSWER', [-32_000, 'who knows'], 'belong together'],
      ['NODE_ANSWER', [-32_000, `see https://x.example/v3/${KEY}?key=${KEY}`], 'https://x.example)'],
    ]

    for (const [code, [number, message], remedy] of CASES) {
      it(`is ${code}, in its own words: ${message.slice(0, 50)}`, async function () {
        faulty.faults.edit = (call, answer) => (call.method === 'eth_call' ? refused(call, number, message) : answer)
        for (const provider of [provide().provider, plain()]) {
          const ledger = openLedger(provider, node.deployment)
          const failure = await failureOf(readLineage(ledger, { model: models[0]! }))
          expect([failure.code, failure.kind]).to.deep.equal([code, 'unavailable'])
          expect(failure.message).to.contain(remedy)
          expect(failure.message).to.contain(message.slice(0, 12))
          expect(failure.message).to.not.contain(KEY)
        }
      })
    }

    for (const [status, code, remedy] of [
      [401, 'NODE_FORBIDDEN', 'Check the key'],
      [403, 'NODE_FORBIDDEN', 'Check the key'],
      [502, 'NODE_UNREACHABLE', 'use another node'],
    ] as const) {
      it(`by HTTP ${status} is ${code}`, async function () {
        faulty.faults.reply = () => ({ status, body: { message: 'project of acme' } })
        for (const provider of [provide().provider, plain()]) {
          const failure = await failureOf(connect(provider, node.deployment))
          expect(failure.code).to.equal(code)
          expect(failure.message).to.contain(remedy).and.to.contain('project of acme')
        }
      })
    }

    it('by silence is NODE_TIMEOUT, which says how long it took', async function () {
      faulty.faults.reply = () => 'silent'
      const failure = await failureOf(connect(provide(faulty.url, { timeout: 40 }).provider, node.deployment))
      expect(failure.code).to.equal('NODE_TIMEOUT')
      expect(failure.message).to.contain('no answer within 0.04 seconds')
    })

    it('by an answer that is cut short is tried again', async function () {
      let count = 0
      faulty.faults.reply = ([call]) =>
        count++ % 2 === 0 ? { body: `{"jsonrpc":"2.0","id":${call!.id},"res` } : undefined
      expect(await readAll(provide())).to.deep.equal(EXPECTED())
    })

    it('by a fetch that a browser refuses is NODE_UNREACHABLE, as when the node lets no page ask it', async function () {
      const request = new FetchRequest(node.url)
      request.getUrlFunc = () => Promise.reject(new TypeError('Failed to fetch'))
      const provider = nodeProvider(request, node.deployment, FAST)
      open.push(provider)
      const { code, message } = (await rejectionOf(connect(provider, node.deployment))) as StemmaError
      expect(code).to.equal('NODE_UNREACHABLE')
      expect(message).to.contain('Failed to fetch')
    })

    it('by a cut connection is tried again', async function () {
      let count = 0
      faulty.faults.reply = () => (count++ % 2 === 0 ? 'cut' : undefined)
      expect(await readAll(provide())).to.deep.equal(EXPECTED())
    })

    it('is never sent twice when it may have been done', async function () {
      const sent = () => faulty.requests.flat().filter((method) => method === 'eth_sendTransaction').length
      const busy = await startFaultyNode(node.url, {
        reply: ([call]) => (call!.method === 'eth_sendTransaction' ? { status: 429, body: '' } : undefined),
      })
      try {
        for (const urls of [[faulty.url], [faulty.url, node.url], [busy.url, faulty.url]]) {
          for (const reply of ['cut', { status: 502, body: '' }, { body: '{"jsonrpc"' }] as Reply[]) {
            faulty.requests.length = 0
            faulty.faults.reply = ([call]) => (call!.method === 'eth_sendTransaction' ? reply : undefined)
            const signer = await (provide(urls).provider as JsonRpcProvider).getSigner(0)
            const before = await signer.getNonce()
            const [failure] = await Promise.all([
              rejectionOf(signer.sendUncheckedTransaction({ to: publisher, gasLimit: 21_000 })),
              signer.getNonce(),
            ])
            expect(failure).to.be.instanceOf(Error)
            expect([sent(), await signer.getNonce()]).to.deep.equal([1, before])
          }
        }
      } finally {
        await busy.close()
      }
    })
  })

  /** The provider of ethers itself. */
  function plain(): JsonRpcProvider {
    const provider = new JsonRpcProvider(faulty.url, node.deployment.chainId, { staticNetwork: true, cacheTimeout: -1 })
    open.push(provider)
    return provider
  }

  describe('logs', function () {
    type RawLog = {
      blockNumber: string
      logIndex: string
      removed: boolean
      data: string
      address: string
      topics: string[]
    }
    const ofLogs = (edit: (logs: RawLog[]) => unknown) => (call: Call, answer: Answer) =>
      call.method === 'eth_getLogs' && Array.isArray(answer.result)
        ? { ...answer, result: edit(answer.result as RawLog[]) }
        : answer

    for (const [name, edit] of Object.entries<(logs: RawLog[]) => unknown>({
      twice: (logs) => [...logs, ...logs],
      'out of order': (logs) => logs.toReversed(),
      'with removed ones': (logs) => [...logs.map((log) => ({ ...log, removed: true, data: '0x' })), ...logs],
      'without the index of the transaction': (logs) =>
        logs.map((log) => Object.fromEntries(Object.entries(log).filter(([key]) => key !== 'transactionIndex'))),
      'in capitals': (logs) => logs.map((log) => ({ ...log, address: `0x${log.address.slice(2).toUpperCase()}` })),
    })) {
      it(`that come ${name} are read once, oldest first`, async function () {
        faulty.faults.edit = ofLogs(edit)
        for (const ledger of [provide(), openLedger(plain(), node.deployment)]) {
          const found = await findModels(ledger, { query: 'acme/base' })
          expect(found.map(({ model }) => model)).to.deep.equal(models)
          const events = await readEvents(ledger, 'ledger', ModelRegistered, { model: models })
          expect(events.map(({ args }) => args.model)).to.deep.equal(models)
        }
      })
    }

    for (const [name, edit] of Object.entries<(logs: RawLog[]) => unknown>({
      'contradict each other': (logs) => [...logs, { ...logs[0]!, data: `${logs[0]!.data}${'00'.repeat(32)}` }],
      'are of another contract': ([log]) => [{ ...log!, address: `0x${'11'.repeat(20)}` }],
      'are of another event': ([log]) => [{ ...log!, topics: [`0x${'11'.repeat(32)}`] }],
      'are of two blocks with one number': ([log]) => [
        log,
        { ...log!, logIndex: '0x7f', blockHash: `0x${'22'.repeat(32)}` },
      ],
      'are not a list': () => ({ logs: [] }),
      'are not logs': () => ['soon'],
    })) {
      it(`that ${name} are NODE_ANSWER`, async function () {
        faulty.faults.edit = ofLogs(edit)
        for (const ledger of [provide(), openLedger(plain(), node.deployment)]) {
          expect((await failureOf(findModels(ledger, { query: 'acme/base' }))).code).to.equal('NODE_ANSWER')
          const reading = readEvents(ledger, 'ledger', ModelRegistered, { model: models })
          expect((await failureOf(reading)).code).to.equal('NODE_ANSWER')
        }
      })
    }

    for (const [code, message] of [
      [-32_602, 'eth_getLogs is limited to a 2 blocks range'],
      [-32_005, 'query returned more than 10000 results'],
      [-32_005, 'limit exceeded'],
      [-32_000, 'exceed maximum block range: 2'],
      [-32_000, 'query timeout exceeded'],
    ] as const) {
      it(`of too many blocks are asked for in smaller ranges: ${message}`, async function () {
        let most = 0
        faulty.faults.edit = (call, answer) => {
          if (call.method !== 'eth_getLogs') return answer
          const { fromBlock, toBlock } = call.params[0] as { fromBlock: string; toBlock: string }
          const blocks = Number(toBlock) - Number(fromBlock) + 1
          if (!(blocks <= 2)) return refused(call, code, message)
          most = Math.max(most, blocks)
          return answer
        }
        const ledger = provide()
        const head = await ledger.provider.getBlockNumber()
        const events = await readEvents(ledger, 'ledger', ModelRegistered, { model: models }, { toBlock: head })
        expect(events.map(({ args }) => args.model)).to.deep.equal(models)
        expect(most).to.be.greaterThan(0)
      })
    }
  })

  it('reads blocks that leave out what Ethereum has, by each provider', async function () {
    const without = [
      'difficulty',
      'extraData',
      'miner',
      'nonce',
      'gasLimit',
      'gasUsed',
      'sha3Uncles',
      'totalDifficulty',
    ]
    faulty.faults.edit = (call, answer) =>
      call.method === 'eth_getBlockByNumber' && answer.result
        ? {
            ...answer,
            result: {
              ...Object.fromEntries(Object.entries(answer.result).filter(([field]) => !without.includes(field))),
              miner: 'nobody',
            },
          }
        : answer
    const ledger = provide()
    expect((await ledger.provider.getBlock(1))?.number).to.equal(1)
    expect((await ledger.provider.getFeeData()).maxFeePerGas).to.be.a('bigint')
    const { listOperators } = await import('../../src/sdk/registry/listOperators.ts')
    for (const reader of [ledger, openLedger(plain(), node.deployment)]) {
      expect(await listOperators(reader, { publisher })).to.deep.equal([])
    }
  })

  describe('of several nodes', function () {
    it('asks the next for what one cannot, and only for that', async function () {
      faulty.faults.edit = (call, answer) =>
        call.method === 'eth_call' ? refused(call, -32_000, 'missing trie node') : answer
      expect(await readAll(provide([faulty.url, node.url]))).to.deep.equal(EXPECTED())
      for (const reply of [
        { status: 401, body: '' },
        { status: 429, headers: { 'retry-after': '3600' }, body: '' },
        { body: '<html>' },
        'cut',
        { status: 502, body: '' },
      ] as Reply[]) {
        faulty.faults = { target: node.url, reply: () => reply }
        expect(await readAll(provide([faulty.url, node.url]))).to.deep.equal(EXPECTED())
      }
      expect(await readAll(provide(['http://127.0.0.1:1', node.url]))).to.deep.equal(EXPECTED())
    })

    it('leaves one alone that was silent', async function () {
      faulty.faults.reply = () => 'silent'
      const ledger = provide([faulty.url, node.url], { timeout: 200 })
      expect(await readAll(ledger)).to.deep.equal(EXPECTED())
      expect(faulty.requests.length).to.equal(1)
    })

    it('uses none of another chain', async function () {
      faulty.faults.edit = (call, answer) => (call.method === 'eth_chainId' ? { ...answer, result: '0x1' } : answer)
      faulty.faults.reply = (calls) => (calls.some(({ method }) => method === 'eth_call') ? 'cut' : undefined)
      expect(await readAll(provide([faulty.url, node.url]))).to.deep.equal(EXPECTED())
      const failure = await failureOf(readLineage(provide([faulty.url, faulty.url]), { model: models[0]! }))
      expect(failure.code).to.equal('WRONG_CHAIN')
    })

    it('says what the first said when all fail', async function () {
      faulty.faults.reply = () => ({ status: 401, body: 'first' })
      const failure = await failureOf(connect(provide([faulty.url, 'http://127.0.0.1:1']).provider, node.deployment))
      expect([failure.code, failure.message.includes('first')]).to.deep.equal(['NODE_FORBIDDEN', true])
    })

    it('answers where two agree, as of the lower of their latest blocks', async function () {
      faulty.faults.edit = (call, answer) =>
        call.method === 'eth_blockNumber'
          ? { ...answer, result: `0x${(Number(answer.result) - 1).toString(16)}` }
          : answer
      const ledger = provide([faulty.url, node.url], { agree: 2 })
      const latest = Number(await (open[0] as JsonRpcProvider).send('eth_blockNumber', []))
      expect((await ledger.provider.getBlock('latest'))?.number).to.equal(latest - 1)
      expect(await ledger.provider.getBlockNumber()).to.equal(latest - 1)
      const { block } = await readLineage(ledger, { model: models[0]! })
      expect(block).to.equal(latest - 1)
      await connect(ledger.provider, node.deployment)
    })

    it('answers nothing on which two differ', async function () {
      faulty.faults.edit = (call, answer) => {
        if (call.method === 'eth_getLogs') return { ...answer, result: [] }
        return call.method === 'eth_getCode' ? { ...answer, result: '0x00' } : answer
      }
      const ledger = provide([faulty.url, node.url], { agree: 2 })
      for (const asking of [
        connect(ledger.provider, node.deployment),
        findModels(ledger, { query: 'acme/base' }),
        readEvents(ledger, 'ledger', ModelRegistered, { model: models }),
      ]) {
        const failure = await failureOf(asking)
        expect([failure.code, failure.kind]).to.deep.equal(['NODES_DISAGREE', 'undecided'])
      }
    })

    it('agree with a third when one is down, and not without it', async function () {
      const down = 'http://127.0.0.1:1'
      expect(await readAll(provide([down, faulty.url, node.url], { agree: 2 }))).to.deep.equal(EXPECTED())
      const failure = await failureOf(connect(provide([down, node.url], { agree: 2 }).provider, node.deployment))
      expect(failure.code).to.equal('NODE_UNREACHABLE')
      expect(() => provide([node.url], { agree: 2 }))
        .to.throw(StemmaError)
        .with.property('code', 'TOO_FEW_NODES')
    })
  })

  it('refuses options that cannot be used, and nodes that agree with themselves', function () {
    const codeOf = (urls: readonly string[], options: NodeProviderOptions): unknown => {
      try {
        nodeProvider(urls, node.deployment, options).destroy()
      } catch (error) {
        return (error as StemmaError).code
      }
      return undefined
    }
    const [one, two] = ['http://one.example', 'http://two.example/']
    expect(codeOf([], {})).to.equal('TOO_FEW_NODES')
    expect(codeOf([one, 'HTTP://one.example:80/'], { agree: 2 })).to.equal('TOO_FEW_NODES')
    expect(codeOf([one, two, two], { agree: 3 })).to.equal('TOO_FEW_NODES')
    expect(codeOf([one, two, two], { agree: 2 })).to.equal(undefined)
    for (const agree of [0, -1, 1.5, NaN, Infinity]) expect(codeOf([one], { agree })).to.equal('INVALID_NODE_OPTION')
    for (const bad of [0, -1, NaN, Infinity, 2 ** 31]) {
      expect(codeOf([one], { timeout: bad })).to.equal('INVALID_NODE_OPTION')
      expect(codeOf([one], { pause: bad })).to.equal('INVALID_NODE_OPTION')
    }
  })

  it('gives up at once what waits for a silent node when it is destroyed', async function () {
    const asked = new Promise<void>((resolve) => {
      faulty.faults.reply = () => (resolve(), 'silent')
    })
    const provider = nodeProvider(faulty.url, node.deployment, { timeout: 600_000 })
    const failing = rejectionOf(provider.send('eth_chainId', []))
    await asked
    provider.destroy()
    expect(((await failing) as Error).message).to.contain('provider destroyed')
  })

  it('takes a password with a percent sign as it is', async function () {
    const url = faulty.url.replace('//', '//us%er:p%40ss%@')
    expect(await nodeProvider(url, node.deployment, FAST).send('eth_chainId', [])).to.be.a('string')
  })

  describe('over a WebSocket', function () {
    it('reads, opens a dropped socket again, and never waits without end', async function () {
      const anvil = await startAnvil([])
      const url = anvil.url.replace('http', 'ws')
      const provider = nodeProvider(url, { chainId: 31_337 }, { ...FAST, timeout: 2000 })
      open.push(provider)
      const [chain, block] = await Promise.all([provider.send('eth_chainId', []), provider.getBlock('latest')])
      expect([chain, block?.number]).to.deep.equal(['0x7a69', 0])
      anvil.stop()
      const failure = await failureOf(connect(provider, { ...node.deployment, chainId: 31_337 }))
      expect(failure.code).to.equal('NODE_UNREACHABLE')
      expect(failure.message).to.contain('the WebSocket does not serve')
    })

    it('goes on by a new socket when one drops between two reads', async function () {
      const anvil = await startAnvil([])
      const sockets: WebSocket[] = []
      const Original = globalThis.WebSocket
      globalThis.WebSocket = class extends Original {
        constructor(address: string | URL) {
          super(address)
          sockets.push(this)
        }
      }
      try {
        const provider = nodeProvider(anvil.url.replace('http', 'ws'), { chainId: 31_337 }, FAST)
        open.push(provider)
        for (let turn = 0; turn < 3; turn++) {
          const reading = provider.getBlockNumber()
          if (turn > 0) sockets.at(-1)!.close()
          expect(await reading).to.equal(0)
        }
        expect(sockets.length).to.equal(3)
      } finally {
        globalThis.WebSocket = Original
        anvil.stop()
      }
    })
  })
})
