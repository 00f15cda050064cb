import { expect } from 'chai'

import { keccakText } from '../../../src/core/hex.ts'
import { createStore, openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import { runIndexer, type IndexerStep } from '../../../packages/server/src/indexer/indexer.ts'
import { eventTable } from '../../../packages/server/src/indexer/reduce/events.ts'
import type { Rpc } from '../../../packages/server/src/indexer/rpc.ts'
import { createChainSource } from '../../../packages/server/src/indexer/chainSource.ts'
import { Random } from '../../fixtures/random.ts'
import { startChain, type Chain } from './chain.ts'
import { live } from './play/live.ts'
import { faulty, lying, twoMinds, type Faults } from './faults.ts'
import { record } from './recorded.ts'
import { KINDS } from './stores.ts'
import { dump, expectSame, indexOnce, type Dump } from './world.ts'
import { someInDepth } from '../../fixtures/inDepth.ts'

const SQLITE = KINDS[0]!
const DEPTH = 20
/** Number of nodes with all faults at once: more with STEMMA_DEEP=1. */
const SEEDS = process.env.STEMMA_DEEP === '1' ? 50 : 5

describe('indexer: faulty nodes', function () {
  this.timeout(300_000)
  let chain: Chain
  let expected: Dump

  before(async function () {
    chain = await startChain()
    await live(chain, new Random(7), 80, 6)
    expected = await built(chain.rpc)
  })

  /** What a database holds that is built from a node that retries. */
  async function built(rpc: Rpc, steps: IndexerStep[] = []): Promise<Dump> {
    const where = await SQLITE.where()
    const store = createStore(where)
    const onStep = (step: IndexerStep): void => void steps.push(step)
    await follow(rpc, { store, until: await chain.height(), onStep })
    await store.close()
    return dumpOf(where)
  }

  /** Follows a chain until the database is at a block. */
  async function follow(
    rpc: Rpc,
    {
      store,
      until,
      onStep,
    }: { store: ReturnType<typeof createStore>; until: number; onStep: (step: IndexerStep) => void },
  ): Promise<void> {
    const stop = new AbortController()
    const { addresses, topics } = eventTable(chain.deployment)
    const source = createChainSource({ rpc, addresses, topics, pause: 1, tries: 3, signal: stop.signal })
    await runIndexer({
      deployment: chain.deployment,
      store,
      source,
      depth: DEPTH,
      interval: 1,
      pause: 1,
      maxFailures: 2000,
      signal: stop.signal,
      onStep(each) {
        onStep(each)
        const { checkpoint } = each as { checkpoint?: { block: number } }
        if ((each.kind === 'batch' || each.kind === 'caught-up') && checkpoint!.block >= until) stop.abort()
      },
    })
  }

  const cases: [string, Faults][] = [
    ['fails one request in five', { failure: 0.2 }],
    ['answers with nonsense', { nonsense: 0.1 }],
    ['gives logs twice, out of order, of other blocks or contracts, or none of new blocks', { shuffled: 0.4 }],
    ['goes back in time', { late: 0.05 }],
    ['takes no range of more than 3 blocks', { mostBlocks: 3 }],
    ['takes no batch of more than 5 calls', { mostCalls: 5 }],
    ['gives no more than 10 logs at once', { mostLogs: 10 }],
  ]
  for (const [what, faults] of someInDepth(cases, 3)) {
    it(`builds the same database from a node that ${what}`, async function () {
      const steps: IndexerStep[] = []
      // What a block's bloom filter shows to be missing is noticed where every header is read.
      const leftOutAfter = (await chain.height()) - DEPTH
      const found = await built(faulty(chain.rpc, new Random(what.length), { ...faults, leftOutAfter }), steps)
      expectSame(found, expected, what)
      if (faults.failure || faults.nonsense) expect(steps.some(({ kind }) => kind === 'failure')).to.equal(true)
    })
  }

  it('builds the same database from nodes with all of these faults', async function () {
    const some: Faults = { failure: 0.05, nonsense: 0.03, shuffled: 0.1, late: 0.05 }
    const leftOutAfter = (await chain.height()) - DEPTH
    for (let seed = 1; seed <= SEEDS; seed++) {
      const faults = { ...some, mostBlocks: 7, mostLogs: 20, mostCalls: 9, leftOutAfter }
      expectSame(await built(faulty(chain.rpc, new Random(seed), faults)), expected, `all, seed ${seed}`)
    }
  })

  it('reads a range again when the node returns no logs for it', async function () {
    // Once for each range, wherever it is: deep in the chain a second answer shows it, and near its head the blocks' own logs.
    const asked = new Set<string>()
    const call: Rpc['call'] = async (each) => {
      const key = JSON.stringify(each.params)
      const isFirst = key.includes('fromBlock') && !asked.has(key)
      if (isFirst) asked.add(key)
      return isFirst ? [] : chain.rpc.call(each)
    }
    const found = await built({ call, batch: (calls) => Promise.all(calls.map(call)) })
    expect(asked.size).to.be.greaterThan(3)
    expectSame(found, expected, 'no logs at first')
  })

  it('follows the newer of two chains when a node answers from both', async function () {
    const random = new Random(11)
    const other = await startChain()
    const snapshot = await other.request('evm_snapshot')
    await live(other, random, 10)
    const old = await record(other)
    await other.request('evm_revert', [snapshot])
    await live(other, random, 14)
    const height = await other.height()
    const where = await SQLITE.where()
    const store = createStore(where)
    const { addresses, topics } = eventTable(other.deployment)
    const stop = new AbortController()
    // For a while the node answers one request in three from the chain that was replaced.
    let asked = 0
    const torn = twoMinds(random, other.rpc, old, 0.33)
    const rpc: Rpc = {
      call: (call) => ((asked += 1) > 150 ? other.rpc : torn).call(call),
      batch: (calls) => ((asked += 1) > 150 ? other.rpc : torn).batch(calls),
    }
    await runIndexer({
      deployment: other.deployment,
      store,
      source: createChainSource({ rpc, addresses, topics, pause: 1, tries: 2 }),
      depth: DEPTH,
      interval: 1,
      pause: 1,
      signal: stop.signal,
      onStep: (each) => void (asked > 160 && each.kind === 'alive' && stop.abort()),
    })
    await store.close()
    const fresh = await SQLITE.where()
    const clean = createStore(fresh)
    await indexOnce(other.deployment, other.rpc, clean, { depth: DEPTH })
    await clean.close()
    const followed = await dumpOf(where)
    expect(followed.checkpoint[0]).to.contain(` ${height} `)
    expectSame(followed, await dumpOf(fresh), 'two chains')
  })

  it('stops with a clear error when a node falsifies an event', async function () {
    const registered = keccakText(
      'ModelRegistered(bytes32,address,bytes32,bytes32,bytes32,bytes32,bytes32,bytes32,(bytes32,uint8)[],string)',
    )
    const flip = (text: string, at: number): string =>
      text.slice(0, at) + (text[at] === '1' ? '2' : '1') + text.slice(at + 1)
    type Topics = { topics: string[]; data: string }
    const lies: [string, (log: Topics) => Topics | undefined][] = [
      ['FALSE_EVENT', (log) => ({ ...log, data: flip(log.data, 40) })],
      ['FALSE_EVENT', (log) => ({ ...log, topics: log.topics.with(3, flip(log.topics[3]!, 50)) })],
      ['FALSE_EVENT', (log) => ({ ...log, topics: log.topics.with(1, flip(log.topics[1]!, 50)) })],
      ['MALFORMED_LOG', (log) => ({ ...log, data: log.data.slice(0, 130) })],
      ['MISSING_EVENT', () => undefined],
    ]
    for (const [code, lie] of lies) {
      const where = await SQLITE.where()
      const store = createStore(where)
      const rpc = lying(chain.rpc, (log) => ((log as Topics).topics[0] === registered ? lie(log as Topics) : log))
      const failed = await indexOnce(chain.deployment, rpc, store, { depth: DEPTH }).then(
        () => 'nothing',
        (error: { code: string }) => error.code,
      )
      await store.close()
      expect(failed).to.equal(code)
    }
  })

  it('waits for a chain that has lost blocks, and continues when it has them again', async function () {
    const where = await SQLITE.where()
    const store = createStore(where)
    await indexOnce(chain.deployment, chain.rpc, store, { depth: DEPTH })
    const late = faulty(chain.rpc, new Random(1), { late: 1 })
    // Only the heads are old.
    const batch: Rpc['batch'] = (calls) =>
      (calls.some(({ params }) => params[0] === 'latest') ? late : chain.rpc).batch(calls)
    await indexOnce(chain.deployment, { ...late, batch }, store, { depth: DEPTH })
    await store.close()
    expectSame(await dumpOf(where), expected, 'late')
  })

  it('says what to do about blocks that do not link to their parents', async function () {
    const other = await startChain()
    await other.request('hardhat_mine', ['0x40'])
    const store = createStore(await SQLITE.where())
    const failed = await indexOnce(other.deployment, other.rpc, store, { depth: DEPTH }).catch((error: Error) => error)
    await store.close()
    expect(failed).to.include({ code: 'NODE_INCONSISTENT' })
    expect((failed as Error).message).to.contain('evm_mine')
  })

  it('reports that a chain was restarted, and undoes nothing', async function () {
    const where = await SQLITE.where()
    const store = createStore(where)
    await indexOnce(chain.deployment, chain.rpc, store, { depth: DEPTH })
    const other = await startChain()
    await live(other, new Random(3), 90, 1)
    const failed = await indexOnce(chain.deployment, other.rpc, store, { depth: DEPTH }).catch(
      (error: { code: string }) => error.code,
    )
    await store.close()
    expect(failed).to.equal('DEEP_REORG')
    expectSame(await dumpOf(where), expected, 'another chain')
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
