import { expect } from 'chai'

import type { Deployment } from '../../../src/core/deployment.ts'
import { keccakText, parseAddress, type Hex } from '../../../src/core/hex.ts'
import { readProgress } from '../../../packages/server/src/api/ledgerView.ts'
import { createChainSource } from '../../../packages/server/src/indexer/chainSource.ts'
import { checkChain } from '../../../packages/server/src/indexer/indexLedger.ts'
import { runIndexer, type IndexerStep } from '../../../packages/server/src/indexer/indexer.ts'
import { eventTable } from '../../../packages/server/src/indexer/reduce/events.ts'
import { RpcError, type Rpc, type RpcFailure } from '../../../packages/server/src/indexer/rpc.ts'
import { createStatus } from '../../../packages/server/src/indexer/status.ts'
import type { Store } from '../../../packages/server/src/indexer/store.ts'
import { KINDS, open, type Kind } from './stores.ts'

const FIRST = 20
const HEIGHT = 300
const DEPTH = 128
const DEPLOYMENT: Deployment = {
  name: 'test',
  chainId: 31337,
  firstBlock: FIRST,
  contracts: Object.fromEntries(
    [
      'manager',
      'ledger',
      'recalls',
      'licenseCredential',
      'lineageClaims',
      'usageAudit',
      'reviewGate',
      'complianceLens',
      'loadCheck',
    ].map((name, at) => [name, parseAddress(`0x${(at + 1).toString(16).padStart(40, '0')}`)]),
  ) as Deployment['contracts'],
}

/** A node whose chain has empty blocks; blocks from `fork.from` on are others than those of a chain without. */
class Node {
  height = HEIGHT
  fork = { name: '', from: 0 }
  chainId = '0x7a69'
  code = '0x6001'
  /** Blocks below it are pruned, and how the node says so. */
  pruned: { below: number; error?: RpcFailure } = { below: 0 }
  readonly rpc: Rpc

  constructor(changes: Partial<Pick<Node, 'height' | 'fork' | 'chainId' | 'code' | 'pruned'>> = {}) {
    Object.assign(this, changes)
    const call: Rpc['call'] = async ({ method, params }) => this.answer(method, params as string[])
    this.rpc = { call, batch: (calls) => Promise.all(calls.map(call)) }
  }

  hashOf(number: number): Hex {
    return keccakText(`${number >= this.fork.from ? this.fork.name : ''} ${number}`)
  }

  answer(method: string, [which]: string[]): unknown {
    if (method === 'eth_chainId') return this.chainId
    if (method === 'eth_blockNumber') return `0x${this.height.toString(16)}`
    if (method === 'eth_getLogs') return []
    if (method === 'eth_getCode') return this.height < FIRST ? '0x' : this.code
    if (which === 'finalized') throw new RpcError('refused', 'There are none.')
    const number = which === 'latest' ? this.height : Number(which)
    if (number < this.pruned.below) {
      if (this.pruned.error)
        throw new RpcError(this.pruned.error, 'The node answered with the error 4444: "pruned history".')
      return null
    }
    if (number > this.height) return null
    const quantity = (value: number): string => `0x${value.toString(16)}`
    return {
      number: quantity(number),
      hash: this.hashOf(number),
      parentHash: this.hashOf(number - 1),
      timestamp: quantity(1_700_000_000 + (number % 1_000_000)),
    }
  }
}

/** Brings an index up to a node, and gives the code of what ended it. */
async function index(
  store: Store,
  { rpc }: Node,
  options: { deployment?: Deployment; rebuild?: boolean; onStep?: (step: IndexerStep) => void } = {},
): Promise<string> {
  const { deployment = DEPLOYMENT, ...others } = options
  const { addresses, topics } = eventTable(deployment)
  const source = createChainSource({ rpc, addresses, topics, pause: 1, tries: 1 })
  const check = () => checkChain(rpc, deployment)
  const run = { deployment, source, store, check, depth: DEPTH, once: true, maxFailures: 2, pause: 1, ...others }
  return runIndexer(run).then(
    () => 'caught up',
    (error: { code: string; message: string }) => {
      if (['FOREIGN_INDEX', 'DEEP_REORG'].includes(error.code)) {
        expect(error.message).to.contain('This index is of another chain: rebuild it with --rebuild')
      }
      return error.code
    },
  )
}

for (const kind of KINDS) {
  describe(`indexer: the chain of an index in ${kind.name}`, function () {
    this.timeout(120_000)

    // What is compared does not depend on the database, which only keeps it.
    const heights = kind.name === 'SQLite' ? [FIRST + 2, 60, 172, 200, 290, 299, 300, 301, 310, 900] : [60, 310]
    for (const height of heights) {
      it(`recognizes a restarted chain of ${height} blocks at once, and changes nothing but the mark`, async function () {
        const { store, read } = await indexed(kind)
        const checkpoint = await store.start(identityOf(DEPLOYMENT))
        for (const [fork, code] of [
          [{ name: 'restarted', from: 0 }, 'FOREIGN_INDEX'],
          [{ name: 'restarted', from: FIRST }, 'FOREIGN_INDEX'],
        ] as const) {
          expect(await index(store, new Node({ height, fork }))).to.equal(code)
          expect(await store.start(identityOf(DEPLOYMENT))).to.deep.equal(checkpoint)
          expect((await store.marks()).state).to.equal('foreign')
          const database = read()
          expect(await readProgress(database).catch((error: { code: string }) => error.code)).to.equal('FOREIGN_INDEX')
          await database.close()
        }
        expect(await index(store, new Node({ height: HEIGHT + 1 }))).to.equal('caught up')
        expect((await store.marks()).state).to.equal('following')
        await store.close()
      })
    }

    it('undoes nothing where a chain with the same beginning has another final block', async function () {
      for (const height of kind.name === 'SQLite' ? [200, 290, 300, 310] : [290]) {
        const { store } = await indexed(kind)
        const fork = { name: 'restarted', from: FIRST + 1 }
        expect(await index(store, new Node({ height, fork }))).to.equal('DEEP_REORG')
        expect((await store.marks()).state).to.equal('foreign')
        expect((await store.start(identityOf(DEPLOYMENT)))!.block).to.equal(HEIGHT)
        await store.close()
      }
    })

    it('does not mistake a node that lags, or has pruned old blocks', async function () {
      const { store } = await indexed(kind)
      const errors = ['server', 'refused', 'pruned', 'head', 'forbidden'] as const
      for (const pruned of [{ below: 0 }, { below: 150 }, ...errors.map((error) => ({ below: 150, error }))]) {
        for (const height of [200, 290, 299, 300]) {
          expect(await index(store, new Node({ height, pruned }))).to.equal('caught up')
        }
      }
      expect(await index(store, new Node({ height: 60 }))).to.equal('caught up')
      // It does not have the ledger yet, and will.
      expect(await index(store, new Node({ height: FIRST - 1 }))).to.equal('NODE_INCONSISTENT')
      expect((await store.marks()).state).to.equal('following')
      expect((await store.start(identityOf(DEPLOYMENT)))!.block).to.equal(HEIGHT)
      await store.close()
    })

    it('learns the genesis later from a node that was without it', async function () {
      const { store } = await open(kind)
      expect(await index(store, new Node({ pruned: { below: FIRST, error: 'pruned' } }))).to.equal('caught up')
      expect((await store.marks()).genesis).to.equal(null)
      const node = new Node({ height: HEIGHT + 1 })
      expect(await index(store, node)).to.equal('caught up')
      const { genesis, firstBlock, firstHash } = await store.marks()
      expect([genesis, firstBlock, firstHash]).to.deep.equal([node.hashOf(0), FIRST, node.hashOf(FIRST)])
      await store.close()
    })

    it('refuses another contract at the address of the ledger, and a node without one or of another chain', async function () {
      const { store } = await indexed(kind)
      expect(await index(store, new Node({ chainId: '0x1' }))).to.equal('FOREIGN_CHAIN')
      expect(await index(store, new Node({ code: '0x' }))).to.equal('FOREIGN_CHAIN')
      expect((await store.marks()).state).to.equal('following')
      expect(await index(store, new Node({ code: '0x6002' }))).to.equal('FOREIGN_INDEX')
      await store.close()
    })

    it('is rebuilt on request, from the chain that the node has, and drops nothing of another ledger', async function () {
      const { store } = await indexed(kind)
      const restarted = new Node({ height: 60, fork: { name: 'restarted', from: 0 } })
      expect(await index(store, restarted)).to.equal('FOREIGN_INDEX')
      const { ledger, manager } = DEPLOYMENT.contracts
      const other = { ...DEPLOYMENT, contracts: { ...DEPLOYMENT.contracts, ledger: manager, manager: ledger } }
      expect(await index(store, restarted, { deployment: other, rebuild: true })).to.equal('FOREIGN_DATABASE')
      expect((await store.start(identityOf(DEPLOYMENT)))!.block).to.equal(HEIGHT)
      expect(await index(store, restarted, { rebuild: true })).to.equal('caught up')
      const { hash, block } = (await store.start(identityOf(DEPLOYMENT)))!
      expect([block, hash]).to.deep.equal([60, restarted.hashOf(60)])
      expect(await store.marks()).to.include({ state: 'following', genesis: restarted.hashOf(0) })
      await store.close()
    })

    it('refuses a deployment that begins before the index does', async function () {
      const { store } = await indexed(kind)
      expect(await index(store, new Node(), { deployment: { ...DEPLOYMENT, firstBlock: FIRST - 1 } })).to.equal(
        'FOREIGN_DATABASE',
      )
      expect(await index(store, new Node(), { deployment: { ...DEPLOYMENT, firstBlock: FIRST + 1 } })).to.equal(
        'caught up',
      )
      await store.close()
    })

    it('ends while it follows a chain that is restarted under it, and is not ready from then on', async function () {
      for (const height of kind.name === 'SQLite' ? [60, 290, 300, 310] : [300]) {
        const { store } = await open(kind)
        const node = new Node()
        const status = createStatus()
        const { addresses, topics } = eventTable(DEPLOYMENT)
        const source = createChainSource({ rpc: node.rpc, addresses, topics, pause: 1, tries: 1 })
        const ready: boolean[] = []
        const failed = await runIndexer({
          deployment: DEPLOYMENT,
          source,
          store,
          check: () => checkChain(node.rpc, DEPLOYMENT),
          depth: DEPTH,
          interval: 1,
          pause: 1,
          onStep(step) {
            status.update(step)
            ready.push(status.isReady())
            if (step.kind !== 'caught-up') return
            expect(node.height, 'caught up with the restarted chain').to.equal(HEIGHT)
            node.fork = { name: 'restarted', from: 0 }
            node.height = height
          },
        }).catch((error: { code: string }) => error.code)
        expect(failed).to.equal('FOREIGN_INDEX')
        expect(ready).to.include(true)
        expect((await store.marks()).state).to.equal('foreign')
        await store.close()
      }
    })
  })
}

function identityOf({ chainId, contracts, firstBlock }: Deployment) {
  return { chainId, ledger: contracts.ledger, firstBlock }
}

async function indexed(kind: Kind) {
  const opened = await open(kind)
  expect(await index(opened.store, new Node())).to.equal('caught up')
  return opened
}

describe('indexer: large numbers', function () {
  this.timeout(60_000)

  for (const kind of KINDS) {
    for (const [chainId, quantity] of [
      [2 ** 31 + 1, '0x80000001'],
      [11_297_108_109, '0x2a15c308d'],
      ['9007199254740993', '0x20000000000001'],
      ['9223372036854775771', '0x7fffffffffffffdb'],
    ] as const) {
      it(`keeps chain ${chainId} exactly in ${kind.name}, with blocks beyond 2^31`, async function () {
        const { store, read } = await open(kind)
        const firstBlock = 3_000_000_000
        const height = firstBlock + 40
        const deployment = { ...DEPLOYMENT, chainId, firstBlock }
        const node = new Node({ chainId: quantity, height })
        expect(await index(store, node, { deployment })).to.equal('caught up')
        const other = {
          ...deployment,
          chainId: typeof chainId === 'string' ? (`${BigInt(chainId) - 1n}` as const) : chainId + 1,
        }
        expect(await index(store, node, { deployment: other })).to.equal('FOREIGN_CHAIN')
        const database = read()
        expect(await readProgress(database)).to.include({ chainId, block: height, hash: node.hashOf(height) })
        await database.close()
        await store.close()
      })
    }
  }

  it('counts blocks up to 2^53 - 1, and rounds none beyond', async function () {
    const { store, read } = await open(KINDS[0]!)
    const most = Number.MAX_SAFE_INTEGER
    const deployment = { ...DEPLOYMENT, firstBlock: most - 20 }
    expect(await index(store, new Node({ height: most }), { deployment })).to.equal('caught up')
    const database = read()
    expect(await readProgress(database)).to.include({ block: most })
    await database.close()
    const node = new Node({ height: most })
    const call: Rpc['call'] = async (each) => {
      const answer = await node.rpc.call(each)
      return each.params[0] === 'latest' ? { ...(answer as object), number: '0x20000000000001' } : answer
    }
    const beyond: Rpc = { call, batch: (calls) => Promise.all(calls.map(call)) }
    expect(await index(store, { rpc: beyond } as Node, { deployment })).to.equal('NODE_INCONSISTENT')
    await store.close()
  })
})
