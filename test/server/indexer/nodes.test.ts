import { expect } from 'chai'

import { createChainSource } from '../../../packages/server/src/indexer/chainSource.ts'
import { checkChain } from '../../../packages/server/src/indexer/indexLedger.ts'
import { runIndexer, type IndexerStep } from '../../../packages/server/src/indexer/indexer.ts'
import { createStore, openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import { eventTable } from '../../../packages/server/src/indexer/reduce/events.ts'
import { createRpc, type Rpc } from '../../../packages/server/src/indexer/rpc.ts'
import { createRpcPool } from '../../../packages/server/src/indexer/rpcPool.ts'
import { createStatus } from '../../../packages/server/src/indexer/status.ts'
import { Random } from '../../fixtures/random.ts'
import { startChain, type Chain } from './chain.ts'
import { live } from './play/live.ts'
import { record, type Recorded } from './recorded.ts'
import { startScriptedNode, type Asked, type Reply, type Script, type ScriptedNode } from './scriptedNode.ts'
import { KINDS } from './stores.ts'
import { dump, expectSame, indexOnce, type Dump } from './world.ts'
import { someInDepth } from '../../fixtures/inDepth.ts'

const SQLITE = KINDS[0]!
const DEPTH = 10
/** The first three of the spellings of a fault, or all with STEMMA_DEEP=1. What the words mean is tested in `nodeDialects.test.ts`. */
const some = <T>(spellings: readonly T[]): readonly T[] =>
  process.env.STEMMA_DEEP === '1' ? spellings : spellings.slice(0, 3)

type Log = Record<string, unknown>

describe('indexer: nodes over HTTP', function () {
  this.timeout(300_000)
  let chain: Chain
  let node: Recorded
  let foreign: Recorded
  let expected: Dump
  const open: ScriptedNode[] = []

  before(async function () {
    chain = await startChain()
    await live(chain, new Random(5), 24, 4)
    node = await record(chain)
    const other = await startChain()
    await live(other, new Random(6), 30, 2)
    foreign = await record({ ...other, height: () => other.height(), request: other.request.bind(other) } as Chain)
    const call = foreign.call
    foreign.call = async (asked) => (asked.method === 'eth_chainId' ? '0x5' : call(asked))
    const where = await SQLITE.where()
    const store = createStore(where)
    await indexOnce(chain.deployment, node, store, { depth: DEPTH })
    await store.close()
    expected = await dumpOf(where)
  })

  afterEach(async function () {
    for (const each of open.splice(0)) await each.close()
  })

  async function serve(script: Script, pick: () => Rpc = () => node): Promise<ScriptedNode> {
    const started = await startScriptedNode(pick, script)
    open.push(started)
    return started
  }

  const client = (url: string, tries = 5): Rpc => createRpc({ url, pause: 1, tries })

  /** Follows a node until the database is at its head. */
  async function follow(rpc: Rpc): Promise<{ found: Dump; steps: IndexerStep[] }> {
    const where = await SQLITE.where()
    const store = createStore(where)
    const stop = new AbortController()
    const steps: IndexerStep[] = []
    const { addresses, topics } = eventTable(chain.deployment)
    try {
      await runIndexer({
        deployment: chain.deployment,
        store,
        source: createChainSource({
          rpc,
          chainId: chain.deployment.chainId,
          addresses,
          topics,
          pause: 1,
          signal: stop.signal,
        }),
        check: () => checkChain(rpc, chain.deployment),
        depth: DEPTH,
        interval: 1,
        pause: 1,
        signal: stop.signal,
        onStep(step) {
          steps.push(step)
          const { checkpoint } = step as { checkpoint?: { block: number } }
          if ((step.kind === 'batch' || step.kind === 'caught-up') && checkpoint!.block >= node.height) stop.abort()
        },
      })
    } finally {
      await store.close()
    }
    return { found: await dumpOf(where), steps }
  }

  /** Checks that the index comes out right with a script, and returns the steps. */
  async function indexes(script: Script, pick?: () => Rpc): Promise<IndexerStep[]> {
    const { url } = await serve(script, pick)
    const { found, steps } = await follow(client(url))
    expectSame(found, expected, 'scripted')
    return steps
  }

  const failing = (error: unknown): Reply => ({ body: { jsonrpc: '2.0', id: 0, error } })
  const isLogs = (asked: readonly Asked[]): boolean => asked[0]!.method === 'eth_getLogs'
  const span = (asked: readonly Asked[]): number => {
    const [{ fromBlock, toBlock }] = asked[0]!.params as [Record<string, string>]
    return fromBlock === undefined ? 1 : Number(toBlock) - Number(fromBlock) + 1
  }
  /** Does something to a share of the requests. */
  const sometimes = (share: number, then: Script): Script => {
    const random = new Random(17)
    return (...asked) => (random.chance(share) ? then(...asked) : undefined)
  }

  describe('that are behind each other', function () {
    for (const [code, message] of some([
      [-32_602, 'block range extends beyond current head block'],
      [-32_602, 'block range extends beyond current head block: requested 21000100, head 21000000'],
      [-32_602, 'invalid block range'],
      [-32_602, 'no such thing, in words that nobody knows'],
      [-32_602, 'invalid block range params'],
      [-32_602, 'block range exceeds head block'],
      [-32_000, 'One of the blocks specified in filter (fromBlock, toBlock or blockHash) cannot be found'],
      [-32_603, 'Internal Error: Could not get header for block 17'],
      [-32_000, 'sorry'],
    ] as const)) {
      it(`waits when one refuses logs with ${code} "${message}"`, async function () {
        const random = new Random(3)
        let refused = 0
        await indexes(
          (calls) => {
            // A node that is some blocks behind, to which the first of such requests goes.
            const [{ toBlock }] = (isLogs(calls) ? calls[0]!.params : [{}]) as [{ toBlock?: string }]
            if (!(Number(toBlock) > node.height - 9) || (refused > 0 && random.chance(0.5))) return undefined
            refused += 1
            return failing({ code, message })
          },
          () => (random.chance(0.2) ? node.behind(9) : node),
        )
        expect(refused).to.be.greaterThan(0)
      })
    }

    it('waits while the only node is behind the head that it gave', async function () {
      const late = node.behind(5)
      let left = 30
      await indexes((calls) => {
        const [{ toBlock }] = (isLogs(calls) ? calls[0]!.params : [{}]) as [{ toBlock?: string }]
        if (!(Number(toBlock) > late.height) || (left -= 1) < 0) return undefined
        return failing({ code: -32_602, message: 'block range extends beyond current head block' })
      })
      expect(left).to.be.lessThan(0)
    })

    it('waits for heads that go back', async function () {
      const random = new Random(4)
      await indexes(
        () => undefined,
        () => (random.chance(0.3) ? node.behind(random.integer(1, 9)) : node),
      )
    })
  })

  describe('that limit requests', function () {
    const past = new Date(0).toUTCString()
    const limits: [string, Reply][] = [
      ['429 with Retry-After in seconds', { status: 429, headers: { 'retry-after': '0' }, body: '' }],
      ['429 with Retry-After as a date', { status: 429, headers: { 'retry-after': past }, body: 'Too Many Requests' }],
      ['200 and -32005', failing({ code: -32_005, message: 'project ID request rate exceeded' })],
      ['200 and -32007', failing({ code: -32_007, message: '15/second request limit reached' })],
      ['200 and -32090', failing({ code: -32_090, message: 'Too many requests, reason: call rate limit exhausted' })],
      ['200 and an unclear limit', failing({ code: -32_005, message: 'limit exceeded' })],
      ['200 and a gateway’s words', { body: { message: 'API rate limit exceeded' } }],
      ['503 and HTML', { status: 503, body: '<html><title>503 Service Temporarily Unavailable</title></html>' }],
      ['200 and HTML', { body: '<!doctype html><p>One moment, please' }],
      ['403 and words of a limit', { status: 403, body: 'Too many requests' }],
      ['an error as text', { body: { error: 'rate limit exceeded' } }],
    ]
    for (const [what, reply] of some(limits)) {
      it(`asks again after ${what}`, async function () {
        let refused = 0
        await indexes(sometimes(0.25, () => ((refused += 1), reply)))
        expect(refused).to.be.greaterThan(3)
      })
    }

    it('asks again only for the calls of a batch that were refused', async function () {
      const answered = new Map<string, number>()
      const random = new Random(8)
      await indexes((asked, isBatch, answers) => {
        if (!isBatch) return undefined
        for (const [at, { params, method }] of asked.entries()) {
          if (method !== 'eth_getBlockByNumber') continue
          if (random.chance(0.3)) {
            answers[at] = { id: at, error: { code: 429, message: 'exceeded its compute units per second capacity' } }
          } else answered.set(JSON.stringify(params), (answered.get(JSON.stringify(params)) ?? 0) + 1)
        }
        return undefined
      })
      // A range is read once; a block of it may be asked for before and after the logs.
      expect(Math.max(...answered.values())).to.be.lessThan(4)
    })

    it('serves no batch that is larger than the limit of requests', async function () {
      await indexes((asked) => (asked.length > 3 ? { status: 429, body: 'Too many requests' } : undefined))
    })
  })

  describe('that limit ranges and results', function () {
    for (const [message, code] of some([
      ['requested too many blocks from 1 to 5000, maximum is set to 3', -32_000],
      ['limit exceeded', -32_005],
      ['words that nobody knows', -1],
      ['query returned more than 3 results', -32_005],
      ['eth_getLogs is limited to a 3 range', -32_614],
      ['block range is too wide', -32_600],
      ['Log response size exceeded.', -32_602],
      ['query timeout exceeded', -32_000],
      ['invalid argument 0', -32_602],
    ] as const)) {
      it(`asks for less after ${code} "${message}"`, async function () {
        await indexes((asked) => (isLogs(asked) && span(asked) > 3 ? failing({ code, message }) : undefined))
      })
    }

    it('asks for as many blocks as the words allow', async function () {
      const spans: number[] = []
      await indexes((asked) => {
        if (!isLogs(asked)) return undefined
        spans.push(span(asked))
        const message = 'this block range should work: [0x1, 0x7]'
        return span(asked) > 7 ? failing({ code: -32_600, message }) : undefined
      })
      expect(spans.find((blocks, at) => at > 0 && spans[at - 1]! > 7 && blocks <= 7)).to.equal(7)
    })
  })

  describe('that refuse batches', function () {
    const refusals: [string, Reply][] = [
      ['an error in place of the list', failing({ code: -32_600, message: 'batch requests are not supported' })],
      [
        'an error without an id',
        { body: { jsonrpc: '2.0', id: null, error: { code: -32_600, message: 'Invalid Request' } } },
      ],
      [
        'a list with one error',
        { body: [{ id: null, error: { code: -32_005, message: 'batched requests disabled' } }] },
      ],
      ['a method that is not found', failing({ code: -32_601, message: 'method not found' })],
      ['an empty list', { body: [] }],
      ['a text', { body: '"batch"' }],
      ['null', { body: 'null' }],
      ['a dropped connection', 'drop'],
      ...[400, 403, 404, 405, 413, 415, 500].map((status): [string, Reply] => [`${status}`, { status, body: 'no' }]),
    ]
    for (const [what, reply] of some(refusals)) {
      it(`sends single calls after ${what}`, async function () {
        await indexes((_, isBatch) => (isBatch ? reply : undefined))
      })
    }

    it('sends no more batches once a node has said that it takes none', async function () {
      let batches = 0
      await indexes((_, isBatch) => {
        if (!isBatch) return undefined
        batches += 1
        return failing({ code: -32_600, message: 'batch requests are not supported' })
      })
      expect(batches).to.be.lessThan(8)
    })

    for (const message of ['batch limit 4 exceeded: 9 requests given', 'batch too large']) {
      it(`sends smaller batches after "${message}"`, async function () {
        let most = 0
        await indexes((asked, isBatch) => {
          if (isBatch && asked.length > 4) return failing({ code: -32_000, message })
          most = Math.max(most, asked.length)
          return undefined
        })
        expect(most).to.be.within(2, 4)
      })
    }

    it('asks again for calls of a batch that are left out', async function () {
      await indexes((_, isBatch, answers) => (isBatch ? { body: answers.slice(0, 6) } : undefined))
    })
  })

  describe('with odd answers', function () {
    const eachLogs =
      (change: (logs: Log[]) => Log[]): Script =>
      (asked, _, answers) => {
        if (isLogs(asked) && answers[0]!.result) answers[0]!.result = change(answers[0]!.result as Log[])
        return undefined
      }
    const eachBlock =
      (change: (block: Log) => Log | null): Script =>
      (asked, _, answers) => {
        for (const [at, { method }] of asked.entries()) {
          const { result } = answers[at]!
          if (method === 'eth_getBlockByNumber' && result) answers[at]!.result = change(result as Log)
        }
        return undefined
      }
    const upper = (text: unknown): unknown => (typeof text === 'string' ? text.toUpperCase().replace('X', 'x') : text)

    const always: [string, Script][] = [
      ['gives logs twice', eachLogs((logs) => logs.flatMap((log) => [log, log]))],
      ['gives logs twice, one list after the other', eachLogs((logs) => [...logs, ...structuredClone(logs)])],
      ['gives logs in another order', eachLogs((logs) => logs.toReversed())],
      [
        'gives removed logs of replaced blocks too',
        eachLogs((logs) => logs.flatMap((log) => [{ ...log, blockHash: `0x${'7'.repeat(64)}`, removed: true }, log])),
      ],
      ['leaves out blooms and difficulties', eachBlock(({ logsBloom: _b, difficulty: _d, ...block }) => block)],
      ['gives null for blooms', eachBlock((block) => ({ ...block, logsBloom: null, extraData: null }))],
      [
        'writes hex in capitals',
        (_, __, answers) => {
          for (const answer of answers) {
            answer.result = JSON.parse(
              JSON.stringify(answer.result ?? null, (key, value) => (key === '' ? value : upper(value))),
            )
          }
          return undefined
        },
      ],
      [
        'writes numbers with leading zeros',
        eachBlock((block) => ({ ...block, number: String(block.number).replace('0x', '0x0000000000000000') })),
      ],
      ['writes numbers as numbers', eachBlock((block) => ({ ...block, timestamp: Number(block.timestamp) }))],
      ['writes ids as text', (_, __, answers) => void answers.forEach((each) => (each.id = String(each.id)))],
      ['leaves out the id of a single call', (_, isBatch, answers) => void (isBatch || delete answers[0]!.id)],
      ['gives answers of a batch in another order', (_, isBatch, answers) => void (isBatch && answers.reverse())],
      ['gives answers of a batch twice', (_, isBatch, answers) => void (isBatch && answers.push(answers[0]!))],
    ]
    for (const [what, script] of always) it(`reads a node that ${what}`, () => indexes(script))

    const now: [string, Script][] = [
      ['drops the connection', () => 'drop'],
      ['cuts the answer', () => 'cut'],
      ['gives null for what it has', (_, __, answers) => void answers.forEach((each) => (each.result = null))],
      ['answers for another block', eachBlock((block) => ({ ...block, number: '0x5' }))],
      [
        'gives two different logs with one place',
        eachLogs((logs) => logs.flatMap((log) => [log, { ...log, data: '0x12' }])),
      ],
      ['has pruned what is asked for', () => failing({ code: -32_000, message: 'missing trie node 5 (path )' })],
      ['fails in words that nobody knows', () => failing({ code: -7, message: 'nope' })],
      ['answers the wrong call', (_, __, answers) => void answers.forEach((each) => (each.id = 77))],
      ['gives an answer that is text', () => ({ body: 'ok' })],
      ['gives an error without words', () => failing({ code: -32_603 })],
      ['gives an error that is null inside', () => ({ body: { id: 0, error: null } })],
    ]
    for (const [what, script] of someInDepth(now, 2)) {
      it(`asks again when a node now and then ${what}`, () => indexes(sometimes(0.2, script)))
    }

    it('waits long for a key to be renewed, and says so', async function () {
      // The first is answered to a batch, which is then sent in parts.
      let left = 4
      const steps = await indexes(() => ((left -= 1) >= 0 ? { status: 401, body: 'Invalid API key' } : undefined))
      const failures = steps.filter((step) => step.kind === 'failure')
      expect(failures).to.have.length(3)
      expect(failures[0]!.error.message).to.match(/401.*Invalid API key.*Renew the key/)
      expect(failures[0]!.pause).to.be.greaterThan(32)
    })
  })

  describe('of another chain', function () {
    it('are asked again while one in nine behind an address is of another chain', async function () {
      for (let seed = 1; seed <= 3; seed++) {
        const random = new Random(seed)
        await indexes(
          () => undefined,
          () => (random.chance(1 / 9) ? foreign : node),
        )
      }
    })

    it('end it at the start', async function () {
      const { url, requests } = await serve(
        () => undefined,
        () => foreign,
      )
      expect(requests).to.equal(0)
      expect(await follow(client(url)).catch((error: { code: string }) => error.code)).to.equal('FOREIGN_CHAIN')
    })

    it('end it later when they stay', async function () {
      let asked = 0
      const { url } = await serve(
        () => ((asked += 1) === 12 ? { status: 401, body: '' } : undefined),
        () => (asked < 12 ? node.behind(30) : foreign),
      )
      expect(await follow(client(url)).catch((error: { code: string }) => error.code)).to.equal('FOREIGN_CHAIN')
    })
  })

  describe('several', function () {
    const health = (steps: string[]) => ({
      onHealth: ({ name, isHealthy }: { name: string; isHealthy: boolean }) =>
        void steps.push(`${name} ${isHealthy ? 'answers' : 'fails'}`),
      check: (rpc: Rpc) => checkChain(rpc, chain.deployment),
      pause: 1,
    })
    const pooled = async (scripts: Record<string, [Script, (() => Rpc)?]>): Promise<{ name: string; rpc: Rpc }[]> => {
      const nodes: { name: string; rpc: Rpc }[] = []
      for (const [name, [script, pick]] of Object.entries(scripts)) {
        nodes.push({ name, rpc: client((await serve(script, pick)).url, 2) })
      }
      return nodes
    }
    const right: [Script] = [() => undefined]

    it('are used when the first does not answer, and the first again when it does', async function () {
      const steps: string[] = []
      let asked = 0
      const nodes = await pooled({ one: [() => ((asked += 1) > 10 && asked < 15 ? 'drop' : undefined)], two: right })
      // A clock that counts requests: the first node is asked again after some, however fast they are answered.
      let time = 0
      const pool = createRpcPool({ nodes, ...health(steps), now: () => (time += 1) })
      const { found } = await follow(pool)
      expectSame(found, expected, 'fallback')
      expect(steps.slice(0, 2)).to.deep.equal(['one fails', 'one answers'])
      expect(pool.health()[0]!.failures).to.be.greaterThan(0)
    })

    it('are not asked for ranges beyond their heads', async function () {
      const steps: string[] = []
      let ranges = 0
      const late = node.behind(6)
      const nodes = await pooled({
        one: [(asked) => (isLogs(asked) ? { status: 500, body: '' } : undefined)],
        late: [
          (asked) => {
            const [{ toBlock }] = asked[0]!.params.length > 0 ? (asked[0]!.params as [{ toBlock?: string }]) : [{}]
            if (isLogs(asked) && Number(toBlock) > late.height) ranges += 1
            return undefined
          },
          () => late,
        ],
        two: right,
      })
      const { found } = await follow(createRpcPool({ nodes, ...health(steps) }))
      expectSame(found, expected, 'late')
      expect(ranges).to.equal(0)
      expect(steps).to.include('late fails')
    })

    it('are not used when they are of another chain', async function () {
      const steps: string[] = []
      const nodes = await pooled({ wrong: [() => undefined, () => foreign], two: right })
      const pool = createRpcPool({ nodes, ...health(steps) })
      expectSame((await follow(pool)).found, expected, 'foreign')
      expect(pool.health()[0]!.failure).to.contain('on chain 5')
    })

    it('wait for the right one, though the other is of another chain', async function () {
      let dropped = 0
      const away: Script = () => ((dropped += 1) <= 12 ? 'drop' : undefined)
      const nodes = await pooled({ wrong: [() => undefined, () => foreign], one: [away] })
      const { found, steps } = await follow(createRpcPool({ nodes, ...health([]) }))
      expectSame(found, expected, 'away')
      const failures = steps.flatMap((step) => (step.kind === 'failure' ? step.error.code : []))
      expect(new Set(failures)).to.deep.equal(new Set(['NODE_FAILURE']))
    })

    it('must agree when that is asked for', async function () {
      const steps: string[] = []
      let lies = 0
      const liar: Script = (asked, _, answers) => {
        const logs = answers[0]!.result as Log[]
        if (!isLogs(asked) || logs.length === 0 || lies >= 20) return undefined
        lies += 1
        answers[0]!.result = logs.slice(1)
        return undefined
      }
      const nodes = await pooled({ one: [liar], two: right })
      const { found, steps: run } = await follow(createRpcPool({ nodes, agree: true, ...health(steps) }))
      expectSame(found, expected, 'agree')
      expect(lies).to.equal(20)
      const failure = run.find((step) => step.kind === 'failure')
      expect(failure!.error.message).to.contain('one and two do not give the same answer to eth_getLogs')
    })

    it('that agree are as new as the older', async function () {
      const nodes = await pooled({ one: right, two: [() => undefined, () => node.behind(4)] })
      const pool = createRpcPool({ nodes, agree: true, ...health([]) })
      const head = (await pool.call({ method: 'eth_getBlockByNumber', params: ['latest', false] })) as {
        number: string
      }
      expect(Number(head.number)).to.equal(node.height - 4)
    })

    it('do not agree when one does not answer', async function () {
      const nodes = await pooled({ one: right, two: [() => ({ status: 500, body: '' })] })
      const pool = createRpcPool({ nodes, agree: true, ...health([]) })
      const failed = await pool
        .call({ method: 'eth_getBlockByNumber', params: ['latest', false] })
        .catch((error) => error)
      expect(failed).to.include({ code: 'NODE_FAILURE' })
    })

    it('show in the status', async function () {
      const status = createStatus()
      const nodes = await pooled({ one: [() => 'drop'], two: right, three: right })
      const pool = createRpcPool({ nodes, ...health([]) })
      status.follow(() => pool.health())
      await pool.call({ method: 'eth_getBlockByNumber', params: ['latest', false] })
      // The third was not asked yet.
      expect(status.describe().nodes.map(({ name, isHealthy, head }) => [name, isHealthy, head])).to.deep.equal([
        ['one', false, undefined],
        ['two', true, node.height],
        ['three', true, undefined],
      ])
      const metrics = await status.metrics()
      for (const [name, healthy] of [
        ['one', 0],
        ['two', 1],
        ['three', 1],
      ]) {
        expect(metrics).to.contain(`stemma_index_node_healthy{node="${name}"} ${healthy}\n`)
      }
    })
  })
})

async function dumpOf(where: string): Promise<Dump> {
  const database = openDatabase(where)
  try {
    return await dump(database)
  } finally {
    await database.close()
  }
}
