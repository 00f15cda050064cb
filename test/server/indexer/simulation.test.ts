import { expect } from 'chai'

import { DatabaseError } from '../../../packages/server/src/indexer/database.ts'
import { createStore, openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import { runIndexer, type IndexerStep } from '../../../packages/server/src/indexer/indexer.ts'
import { createChainSource } from '../../../packages/server/src/indexer/chainSource.ts'
import { eventTable } from '../../../packages/server/src/indexer/reduce/events.ts'
import { createRpc, type Rpc } from '../../../packages/server/src/indexer/rpc.ts'
import type { Store } from '../../../packages/server/src/indexer/store.ts'
import { Random } from '../../fixtures/random.ts'
import { startChain, type Chain } from './chain.ts'
import { live } from './play/live.ts'
import { KINDS } from './stores.ts'
import { dump, expectSame, indexOnce, type Dump } from './world.ts'

/** How often each happens: to an answer of the node, to a look at its head, to a step of the indexer, to an operation of the database. */
const CHANCES = { nodeError: 0.05, newBlock: 0.5, reorganization: 0.05, restart: 0.005, databaseError: 0.001 }
/** Blocks that can be undone. */
const DEPTH = 12
/** Blocks of a simulation, beside those that take the place of others. */
const BLOCKS = 40
/** How many simulations run: 1,000 in `npm run deep`. */
const CASES = Number(process.env.STEMMA_FUZZ_CASES ?? 3)
const SEED = Number(process.env.STEMMA_FUZZ_SEED ?? 20_261_129)

/** What happened in a simulation. */
type Happened = Record<keyof typeof CHANCES, number>

describe('indexer: a simulation', function () {
  this.timeout(120_000 + CASES * 60_000)
  it('of chains whose nodes fail and whose blocks are replaced ends as an index that is built afresh', async function () {
    console.log(`      ${CASES} chains, seed ${SEED}`)
    const all: Happened = { nodeError: 0, newBlock: 0, reorganization: 0, restart: 0, databaseError: 0 }
    for (let seed = SEED; seed < SEED + CASES; seed++) {
      // One in four lives in PostgreSQL, which takes longer.
      const kind = seed % 4 === 0 ? KINDS[1]! : KINDS[0]!
      const random = new Random(seed)
      const chain = await startChain()
      await live(chain, random, 2, 4, true)
      const where = await kind.where()
      const happened = await followed(chain, random, where)
      for (const what of Object.keys(all) as (keyof Happened)[]) all[what] += happened[what]

      const store = createStore(where)
      await indexOnce(chain.deployment, chain.rpc, store, { depth: DEPTH })
      await store.close()
      const built = await kind.where()
      const fresh = createStore(built)
      await indexOnce(chain.deployment, chain.rpc, fresh, { depth: DEPTH })
      await fresh.close()
      expectSame(await dumpOf(where), await dumpOf(built), `seed ${seed} in ${kind.name}`)
      await chain.connection.close()
    }
    console.log(
      `      ${Object.entries(all)
        .map(([what, count]) => `${what} ${count}`)
        .join(', ')}`,
    )
    expect(all.newBlock).to.equal(CASES * BLOCKS)
    expect(all.nodeError, 'errors of nodes').to.be.greaterThan(CASES)
    expect(all.reorganization, 'reorganizations').to.be.greaterThan(0)
  })
})

/** Follows a chain while it grows and while everything fails now and then, until it has all its blocks. */
async function followed(chain: Chain, random: Random, where: string): Promise<Happened> {
  const happened: Happened = { nodeError: 0, newBlock: 0, reorganization: 0, restart: 0, databaseError: 0 }
  const happens = (what: keyof Happened): boolean => {
    if (!random.chance(CHANCES[what])) return false
    happened[what] += 1
    return true
  }
  const world = new MovingChain(chain, random)
  const { addresses, topics } = eventTable(chain.deployment)

  for (let isOver = false; !isOver;) {
    const stop = new AbortController()
    const rpc = createRpc({
      url: 'http://node.test',
      tries: 2,
      pause: 1,
      concurrency: 1,
      signal: stop.signal,
      fetch: async (_, init) => {
        const body = JSON.parse(String(init!.body)) as Asked | Asked[]
        const looksAtHead = [body].flat().some(({ params }) => params[0] === 'latest')
        if (looksAtHead && happened.newBlock < BLOCKS) {
          if (random.chance(CHANCES.newBlock)) {
            happened.newBlock += 1
            await world.grow()
          }
          if (happens('reorganization')) await world.reorganize()
        }
        return happens('nodeError') ? failure(random, body, chain.rpc) : answer(body, chain.rpc)
      },
    })
    const store = faultyStore(createStore(where), () => happens('databaseError'), random)
    const onStep = (step: IndexerStep): void => {
      if (happens('restart')) stop.abort()
      if (step.kind === 'alive' && happened.newBlock === BLOCKS) {
        isOver = true
        stop.abort()
      }
    }
    const source = createChainSource({ rpc, addresses, topics, pause: 1, tries: 2, signal: stop.signal })
    await runIndexer({
      deployment: chain.deployment,
      store,
      source,
      depth: DEPTH,
      interval: 1,
      pause: 1,
      signal: stop.signal,
      onStep,
    })
    await store.close()
  }
  return happened
}

/** A chain that grows, and whose last blocks are replaced by as many or more others. */
class MovingChain {
  readonly #chain: Chain
  readonly #random: Random
  #snapshots: unknown[] = []

  constructor(chain: Chain, random: Random) {
    this.#chain = chain
    this.#random = random
  }

  async grow(): Promise<void> {
    this.#snapshots.push(await this.#chain.request('evm_snapshot'))
    await live(this.#chain, this.#random, 1, 4, true)
  }

  async reorganize(): Promise<void> {
    const depth = Math.min(this.#random.integer(1, DEPTH - 2), this.#snapshots.length)
    if (depth === 0) return
    const [snapshot] = this.#snapshots.splice(-depth)
    await this.#chain.request('evm_revert', [snapshot])
    for (let count = 0; count < depth; count++) await this.grow()
  }
}

type Asked = { id: number; method: string; params: readonly unknown[] }

async function answer(body: Asked | Asked[], rpc: Rpc): Promise<Response> {
  const one = async ({ id, method, params }: Asked): Promise<object> => {
    try {
      return { jsonrpc: '2.0', id, result: await rpc.call({ method, params }) }
    } catch (error) {
      return { jsonrpc: '2.0', id, error: { code: -32000, message: String((error as Error).message) } }
    }
  }
  if (!Array.isArray(body)) return Response.json(await one(body))
  const answers: object[] = []
  for (const each of body) answers.push(await one(each))
  return Response.json(answers)
}

/** How a real node fails: one of the ways, at random. */
async function failure(random: Random, body: Asked | Asked[], rpc: Rpc): Promise<Response> {
  const refused = (code: number, message: string): Response => {
    const error = { code, message }
    const each = (id: number | null): object => ({ jsonrpc: '2.0', id, error })
    return Response.json(Array.isArray(body) ? body.map(({ id }) => each(id)) : each(body.id))
  }
  const whole = async (): Promise<string> => (await answer(body, rpc)).text()
  return random.pick<() => Response | Promise<Response>>([
    () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } })),
    () => new Response('<html>502 Bad Gateway</html>', { status: 502 }),
    () => new Response('', { status: 503 }),
    () => new Response('{"error":"slow down"}', { status: 429, headers: { 'retry-after': '0' } }),
    async () => new Response((await whole()).slice(0, -7)),
    () => new Response('null'),
    () => refused(-32005, 'project ID request rate exceeded'),
    () => refused(-32007, '15/second request limit reached'),
    () => refused(-32602, 'block range extends beyond current head block'),
    () => refused(-32000, 'header not found'),
    () => refused(-32603, 'Internal error'),
    async () => new Response((await whole()).replaceAll(/"result":\{/g, '"result":null,"was":{')),
    async () => {
      const answers = JSON.parse(await whole()) as { result?: unknown } | { result?: unknown }[]
      for (const each of [answers].flat()) {
        if (Array.isArray(each.result)) each.result = [...each.result, ...each.result].toReversed()
      }
      return Response.json(answers)
    },
  ])()
}

/** A store whose operations fail now and then as a lost connection does: before they have done anything, or after they have done everything. */
function faultyStore(store: Store, fails: () => boolean, random: Random): Store {
  const lost = (): DatabaseError =>
    new DatabaseError('The connection was lost.', { cause: undefined, isTransient: true })
  return new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function' || name === 'close') return method
      return async (...given: unknown[]): Promise<unknown> => {
        const isFailing = fails()
        if (isFailing && random.chance(0.5)) throw lost()
        const result: unknown = await method.apply(target, given)
        if (isFailing) throw lost()
        return result
      }
    },
  })
}

async function dumpOf(where: string): Promise<Dump> {
  const database = openDatabase(where)
  try {
    return await dump(database)
  } finally {
    await database.close()
  }
}
