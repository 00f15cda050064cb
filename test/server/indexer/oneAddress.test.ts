import { expect } from 'chai'

import { createChainSource } from '../../../packages/server/src/indexer/chainSource.ts'
import { DatabaseError } from '../../../packages/server/src/indexer/database.ts'
import { runIndexer, type IndexerStep, type IndexOptions } from '../../../packages/server/src/indexer/indexer.ts'
import { createStore } from '../../../packages/server/src/indexer/openDatabase.ts'
import { eventTable } from '../../../packages/server/src/indexer/reduce/events.ts'
import { createRpc, RpcError, type Call, type Rpc } from '../../../packages/server/src/indexer/rpc.ts'
import type { IndexCheckpoint, Store } from '../../../packages/server/src/indexer/store.ts'
import { recordedNode } from './recordedNode.ts'
import { KINDS } from './stores.ts'

const { deployment, rpc: node, height } = recordedNode()
const DEPTH = 16

type Block = Record<string, unknown>

/** Answers calls by a function, and the others from the recorded node. */
function nodeWith(answer: (call: Call) => unknown): Rpc {
  const call: Rpc['call'] = async (each) => (await answer(each)) ?? node.call(each)
  return { call, batch: (calls) => Promise.all(calls.map(call)) }
}

async function blockAt(number: number, changes: Block): Promise<Block> {
  const block = await node.call({
    method: 'eth_getBlockByNumber',
    params: [`0x${Math.min(number, height).toString(16)}`],
  })
  return { ...(block as Block), number: `0x${number.toString(16)}`, ...changes }
}

const isHead = ({ method, params }: Call): boolean => method === 'eth_getBlockByNumber' && params[0] === 'latest'
const hash = (digit: string): string => `0x${digit.repeat(64)}`

type Followed = { steps: IndexerStep[]; checkpoint: IndexCheckpoint | undefined }

/** Runs the indexer on a new file until `isOver`, or once. */
async function run(
  rpc: Rpc,
  {
    isOver,
    chainId,
    target = 800,
    change = (store) => store,
    ...options
  }: Partial<IndexOptions> & {
    isOver?: (steps: readonly IndexerStep[]) => boolean
    chainId?: boolean
    target?: number
    change?: (store: Store) => Store
  } = {},
): Promise<Followed> {
  const { addresses, topics } = eventTable(deployment)
  const stop = new AbortController()
  const store = createStore(await KINDS[0]!.where())
  const steps: IndexerStep[] = []
  const source = createChainSource({
    rpc,
    addresses,
    topics,
    target,
    pause: 1,
    tries: 2,
    ...(chainId && { chainId: deployment.chainId }),
  })
  try {
    const checkpoint = await runIndexer({
      deployment,
      store: change(store),
      source,
      depth: DEPTH,
      interval: 1,
      pause: 1,
      once: !isOver,
      signal: stop.signal,
      ...options,
      onStep(step) {
        steps.push(step)
        if (isOver?.(steps)) stop.abort()
      },
    })
    return { steps, checkpoint }
  } finally {
    await store.close()
  }
}

const kinds = (steps: readonly IndexerStep[]): string[] => steps.map(({ kind }) => kind)

describe('indexer: nodes behind one address', function () {
  this.timeout(60_000)

  for (const [where, number] of Object.entries({ 'at the height of': height, below: height - 3, above: height + 1 })) {
    it(`waits while one gives the head of a replaced fork ${where} the index, and undoes nothing`, async function () {
      let heads = 0
      const fork = await blockAt(number, { hash: hash('7'), parentHash: hash('8') })
      const rpc = nodeWith((call) => {
        // After the first head, which is the right one, the fork's is given for a while.
        if (isHead(call)) return (heads += 1) > 1 && heads < 12 ? fork : undefined
        const isBeyond = call.method === 'eth_getBlockByNumber' && Number(call.params[0]) > height
        return isBeyond ? fork : undefined
      })
      const { steps, checkpoint } = await run(rpc, { isOver: () => heads > 14 })
      const failures = steps.flatMap((step) => (step.kind === 'failure' ? [step.error.code] : []))
      expect(kinds(steps)).to.not.include('reorg')
      expect(failures).to.have.length.greaterThan(5)
      expect(new Set(failures)).to.deep.equal(new Set(['NODE_INCONSISTENT']))
      expect(checkpoint).to.include({ block: height })
    })
  }

  for (const isChecked of [true, false]) {
    it(`takes no block for final by the far head of another chain${isChecked ? ', which says that it is one' : ''}`, async function () {
      const far = await blockAt(1_000_000, { hash: hash('7') })
      let [asked, given] = [0, 0]
      const batch: Rpc['batch'] = async (calls) => {
        const isForeign = calls.some(isHead) && (asked += 1) % 2 === (isChecked ? 1 : 0)
        given += Number(isForeign)
        return Promise.all(
          calls.map(async (call) =>
            isForeign && call.method === 'eth_chainId' ? '0x1' : isForeign && isHead(call) ? far : node.call(call),
          ),
        )
      }
      const { steps, checkpoint } = await run(
        { batch, call: async (call) => (await batch([call]))[0] },
        { chainId: isChecked, isOver: (all) => given > 2 && all.at(-1)!.kind === 'caught-up' },
      )
      expect(kinds(steps)).to.include('failure')
      expect(checkpoint).to.include({ block: height, finalized: height - DEPTH })
    })
  }

  it('reads a user of an address whose percent sign begins no escape', async function () {
    let header: string | null = null
    const rpc = createRpc({
      url: 'http://keeper:100%25%zz@node.test',
      fetch: async (_, init) => {
        header = new Headers(init!.headers).get('authorization')
        return Response.json({ id: 0, result: '0x1' })
      },
    })
    expect(await rpc.call({ method: 'eth_chainId', params: [] })).to.equal('0x1')
    expect(header).to.equal(`Basic ${btoa('keeper:100%25%zz')}`)
  })
})

describe('indexer: what is waited out once', function () {
  const lost = (): DatabaseError =>
    new DatabaseError('The connection was lost.', { cause: undefined, isTransient: true })
  /** A store whose method fails when `isFailing` says so. */
  const failing =
    (method: keyof Store, isFailing: (count: number) => boolean) =>
    (store: Store): Store => {
      let count = 0
      return new Proxy(store, {
        get(target, name) {
          const found = Reflect.get(target, name) as (...given: unknown[]) => unknown
          if (name !== method) return found
          return async (...given: unknown[]) => {
            if (isFailing((count += 1))) throw lost()
            return found.apply(target, given)
          }
        },
      })
    }

  for (const method of ['start', 'marks', 'mark', 'lastKey', 'append', 'makeIndexes'] as const) {
    it(`a database that is lost before anything is in it, in \`${method}\``, async function () {
      const { steps, checkpoint } = await run(node, { maxFailures: 2, change: failing(method, (count) => count < 3) })
      expect(kinds(steps).filter((kind) => kind === 'failure')).to.have.length(2)
      expect(checkpoint).to.include({ block: height })
    })
  }

  it('a database that is lost more often than is waited out in a row', async function () {
    const change = failing('append', (count) => count % 2 === 0)
    const { steps, checkpoint } = await run(node, { maxFailures: 2, target: 4, change })
    expect(kinds(steps).filter((kind) => kind === 'failure')).to.have.length.greaterThan(5)
    expect(checkpoint).to.include({ block: height })
  })

  it('not a database that stays lost, nor a node that cannot be reached at the start', async function () {
    const steps: IndexerStep[] = []
    const lostFor = run(node, { maxFailures: 2, change: failing('start', () => true) })
    expect(await lostFor.catch((error: Error) => error)).to.be.instanceOf(DatabaseError)
    const away = run(node, {
      maxFailures: 2,
      check: () => Promise.reject(new RpcError('connection', 'The node cannot be reached.')),
      onStep: (step) => void steps.push(step),
    })
    expect(await away.catch((error: Error) => error)).to.be.instanceOf(RpcError)
    expect(steps).to.deep.equal([])
  })
})
