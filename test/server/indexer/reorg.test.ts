import { expect } from 'chai'

import { createStore, openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import { inDepth } from '../../fixtures/inDepth.ts'
import { Random } from '../../fixtures/random.ts'
import { startChain, type Action } from './chain.ts'
import { live } from './play/live.ts'
import { KINDS } from './stores.ts'
import { dump, expectSame, indexOnce, type Dump } from './world.ts'

const DEPTH = 12
/** The lives that SQLite follows; in the deep run PostgreSQL follows one too. */
const SEEDS = inDepth([1], [1, 2, 3])

describe('indexer: a chain that is reorganized', function () {
  this.timeout(300_000)

  const ofPostgres = inDepth([], [[KINDS[1]!, 4] as const])
  for (const [kind, seed] of [...SEEDS.map((each) => [KINDS[0]!, each] as const), ...ofPostgres]) {
    it(`leaves ${kind.name} as a database that is built afresh (seed ${seed})`, async function () {
      const random = new Random(seed)
      const chain = await startChain()
      const followed = await kind.where()
      const store = createStore(followed)
      await live(chain, random, DEPTH, 4, true)
      let undone = 0

      for (let turn = 0; turn < 12; turn++) {
        const depth = random.integer(1, DEPTH - 2)
        const snapshot = await chain.request('evm_snapshot')
        const mined = await live(chain, random, depth, 4, true)
        await indexOnce(chain.deployment, chain.rpc, store, {
          depth: DEPTH,
          onStep: (step) => void (undone += step.kind === 'reorg' ? step.depth : 0),
        })
        if (random.chance(0.75)) {
          await chain.request('evm_revert', [snapshot])
          const kind = random.pick(['same', 'fewer', 'other'] as const)
          await replay(kind, mined)
        }
        await indexOnce(chain.deployment, chain.rpc, store, {
          depth: DEPTH,
          onStep: (step) => void (undone += step.kind === 'reorg' ? step.depth : 0),
        })

        const built = await kind.where()
        const fresh = createStore(built)
        await indexOnce(chain.deployment, chain.rpc, fresh, { depth: DEPTH })
        await fresh.close()
        expectSame(await dumpOf(followed), await dumpOf(built), `turn ${turn}`)
      }
      await store.close()
      expect(undone).to.be.greaterThan(10)

      /** Mines another end of the chain: of the same transactions at other times, of a part of them, or of others. */
      async function replay(kind: 'same' | 'fewer' | 'other', mined: Action[][]): Promise<void> {
        if (kind === 'other') await live(chain, random, random.integer(1, DEPTH - 2), 4, true)
        for (const actions of kind === 'other' ? [] : mined) {
          await chain.mine(kind === 'same' ? actions : random.some(actions, 0.5), random.integer(2, 90))
        }
      }
    })
  }
})

async function dumpOf(where: string): Promise<Dump> {
  const database = openDatabase(where)
  try {
    return await dump(database)
  } finally {
    await database.close()
  }
}
