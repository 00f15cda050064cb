import { expect } from 'chai'

import { createApi } from '../../../packages/server/src/api/api.ts'
import { createStore, openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import { MODEL_STATUSES } from '../../../src/core/lineage.ts'
import { MODEL_ORDERS, nameOfUri, shortNameOf } from '../../../src/core/modelName.ts'
import { createQueryClient, QueryError, type QueryClient } from '../../../src/query/client.ts'
import { openLedger, type Ledger } from '../../../src/sdk/connect.ts'
import { InvalidPlaceError, listModels } from '../../../src/sdk/registry/listModels.ts'
import type { ListedModel } from '../../../src/sdk/registry/listedModel.ts'
import { searchModels } from '../../../src/sdk/registry/searchModels.ts'
import { Random } from '../../fixtures/random.ts'
import { expectError } from '../../fixtures/sdk.ts'
import { startChain } from '../../server/indexer/chain.ts'
import { live } from '../../server/indexer/play/live.ts'
import { KINDS } from '../../server/indexer/stores.ts'
import { indexOnce } from '../../server/indexer/world.ts'

describe('listModels and searchModels', function () {
  this.timeout(600_000)
  let ledger: Ledger
  let indexer: QueryClient
  let close: () => Promise<void>
  let all: ListedModel[]

  before(async function () {
    const chain = await startChain()
    await live(chain, new Random(15), 60)
    const where = await KINDS[0]!.where()
    const store = createStore(where)
    await indexOnce(chain.deployment, chain.rpc, store)
    const database = openDatabase(where)
    const api = createApi({ database })
    indexer = createQueryClient({ url: 'http://api.test', fetch: (request) => api.fetch(request) })
    ledger = openLedger(chain.connection.ethers.provider as never, chain.deployment)
    close = async () => {
      await database.close()
      await store.close()
    }
    all = await pages({ order: 'oldest' })
  })
  after(async function () {
    await close()
  })

  /** The models of all pages. */
  async function pages(parameters: listModels.Parameters): Promise<ListedModel[]> {
    const found: ListedModel[] = []
    for (let after: string | undefined; ;) {
      const { models, next } = await listModels(ledger, { limit: 100, ...parameters, after })
      found.push(...models)
      if (next === null) return found
      after = next
    }
  }

  it('list the same models in the same order from the node and from an index, in pages of any size', async function () {
    expect(all.length).to.be.greaterThan(8)
    for (const order of MODEL_ORDERS) {
      const found = await pages({ order })
      expect(found, order).to.deep.equal(await pages({ order, indexer }))
      expect(found, order).to.deep.equal(await pages({ order, limit: 3 }))
      expect(found, order).to.have.deep.members(all)
    }
    expect(await pages({ order: 'newest' })).to.deep.equal(all.toReversed())
  })

  it('meet every filter, alike from both', async function () {
    const filters: listModels.Parameters[] = [
      ...all.slice(0, 3).map(({ publisher }) => ({ publisher })),
      ...[...new Set(all.map(({ license }) => license))].flatMap((license) => (license === null ? [] : [{ license }])),
      ...MODEL_STATUSES.map((status) => ({ status })),
      ...all.slice(0, 3).map(({ uri }) => ({ name: shortNameOf(uri).slice(0, 3).toUpperCase() })),
      { name: '%' },
      { name: '_' },
      { license: 'no such license' },
      { publisher: all[0]!.publisher, status: 'active' },
    ]
    const counts = []
    for (const filter of filters) {
      const found = await pages({ order: 'oldest', ...filter })
      expect(found, JSON.stringify(filter)).to.deep.equal(await pages({ order: 'oldest', ...filter, indexer }))
      counts.push(found.length)
    }
    expect(Math.max(...counts.slice(0, 3))).to.be.greaterThan(0)
    expect(counts).to.include(0)
  })

  it('refuse to go on after what is not in the list', async function () {
    await expectError(listModels(ledger, { after: 'x' }), InvalidPlaceError)
    await expectError(listModels(ledger, { after: 'x', indexer }), QueryError)
  })

  it('find the same by ids, digests, accounts and names from the node and from an index', async function () {
    const { model, weights, publisher, uri } = all[0]!
    const name = nameOfUri(uri)
    for (const text of [
      model,
      weights,
      publisher,
      uri,
      `${uri}/`,
      name,
      shortNameOf(uri),
      shortNameOf(uri).slice(0, 2),
    ]) {
      const [mine, theirs] = await Promise.all([
        searchModels(ledger, { text, limit: 100 }),
        searchModels(ledger, { text, limit: 100, indexer }),
      ])
      const idsOf = ({ hits }: searchModels.ReturnType) => hits.map((hit) => `${hit.by} ${hit.model}`)
      expect(idsOf(mine), text).to.include.members(idsOf(mine).filter((id) => idsOf(theirs).includes(id)))
      expect(new Set(idsOf(mine)), text).to.deep.equal(new Set(idsOf(theirs)))
      expect(
        idsOf(mine).some((id) => id.endsWith(model)),
        text,
      ).to.equal(true)
    }
  })

  it('suggest what was meant, alike from both', async function () {
    const { uri } = all[0]!
    const name = nameOfUri(uri)
    const text = `${name}x`
    const [mine, theirs] = await Promise.all([searchModels(ledger, { text }), searchModels(ledger, { text, indexer })])
    expect(mine.suggestions).to.include(name).and.to.deep.equal(theirs.suggestions)
    for (const hostile of ['%', 'x'.repeat(2000), '\u202e', '0x12']) {
      expect(await searchModels(ledger, { text: hostile }), hostile.slice(0, 9)).to.deep.equal({
        hits: [],
        suggestions: [],
      })
    }
  })
})
