import { expect } from 'chai'

import { openDatabase, createStore } from '../../../packages/server/src/indexer/openDatabase.ts'
import { createQueryClient, type QueryClient, type QueryName } from '../../../src/query/client.ts'
import { IndexerMismatchError } from '../../../src/query/indexerReader.ts'
import type { Operations } from '../../../src/query/operations.ts'
import { openLedger, type Ledger } from '../../../src/sdk/connect.ts'
import { queryIndexer } from '../../../src/sdk/compliance/queryIndexer.ts'
import { SourcesDisagreeError } from '../../../src/sdk/compliance/askIndexer.ts'
import { createApi, type Api } from '../../../packages/server/src/api/api.ts'
import { Random } from '../../fixtures/random.ts'
import { startChain, type Chain } from '../../server/indexer/chain.ts'
import { live } from '../../server/indexer/play/live.ts'
import { KINDS } from '../../server/indexer/stores.ts'
import { indexOnce } from '../../server/indexer/world.ts'

type Asked = { [Name in QueryName]: { query: Name; variables: Operations[Name]['variables'] } }[QueryName]

describe('queryIndexer', function () {
  this.timeout(600_000)
  let chain: Chain
  let ledger: Ledger
  let api: Api
  let indexer: QueryClient
  let questions: Asked[]
  let close: () => Promise<void>

  before(async function () {
    chain = await startChain()
    await live(chain, new Random(11), 60)
    const where = await KINDS[0]!.where()
    const store = createStore(where)
    await indexOnce(chain.deployment, chain.rpc, store)
    const database = openDatabase(where)
    api = createApi({ database })
    indexer = createQueryClient({ url: 'http://api.test', fetch: (request) => api.fetch(request) })
    ledger = openLedger(chain.connection.ethers.provider as never, chain.deployment)
    close = async () => {
      await database.close()
      await store.close()
    }
    questions = await questionsOf(chain, indexer)
  })
  after(async function () {
    await close()
  })

  /** An indexer that changes what the real one answers. */
  const lying = (lie: (text: string) => string): QueryClient =>
    createQueryClient({
      url: 'http://api.test',
      fetch: async (request) => new Response(lie(await (await api.fetch(request)).text())),
    })
  const ask = (from: QueryClient, asked: Asked, source: 'indexer' | 'both'): Promise<unknown> =>
    queryIndexer(ledger, { indexer: from, ...asked, source } as never).catch((error: unknown) => error)
  const asking = (query: QueryName): Asked => questions.find((asked) => asked.query === query)!

  it('answers every question, names the source and the block, and agrees with the node', async function () {
    for (const asked of questions) {
      const indexed = (await ask(indexer, asked, 'indexer')) as { source: string; block: { number: number } }
      expect(indexed, asked.query).to.include({ source: 'indexer', chainId: chain.deployment.chainId })
      expect(indexed.block.number).to.be.greaterThan(0)
      expect(await ask(indexer, asked, 'both'), asked.query).to.deep.equal({ ...indexed, source: 'both' })
    }
    expect(questions.length).to.be.greaterThan(12)
  })

  it('refuses a model whose registration has another id, in every answer that shows models', async function () {
    const liar = lying((text) => text.replaceAll(/"weights":"0x../g, '"weights":"0xee'))
    const queries = ['Models', 'Model', 'Ancestors', 'Descendants', 'Path', 'Search', 'BlastRadius'] as const
    for (const query of queries) {
      expect(await ask(liar, asking(query), 'indexer'), query).to.be.instanceOf(IndexerMismatchError)
    }
  })

  it('refuses an edge as declared that the registration does not name', async function () {
    const ancestors = asking('Ancestors')
    const honest = JSON.stringify(await ask(indexer, ancestors, 'indexer'))
    expect(honest).to.contain('"grade":"declared"')
    const liar = lying((text) => text.replaceAll(/"edges":\[\{"relation":"[a-z-]+"/g, '"edges":[{"relation":"copy"'))
    expect(await ask(liar, ancestors, 'indexer')).to.be.instanceOf(IndexerMismatchError)
  })

  it('refuses the credential of another holder', async function () {
    const one = chain.history.credentials[0]!.holder
    const other = chain.accounts.find((account) => account !== one)!
    const liar = lying((text) => text.replaceAll(`"holder":"${one}"`, `"holder":"${other}"`))
    const asked: Asked = { query: 'Credentials', variables: { filter: { holder: one } } }
    expect(await ask(liar, asked, 'indexer')).to.be.instanceOf(IndexerMismatchError)
  })

  it('refuses an answer about another model than was asked for', async function () {
    const [first, last] = [chain.history.models[0]!, chain.history.models.at(-1)!]
    const swapping: QueryClient = { ...indexer, query: (name) => indexer.query(name, { id: last.id } as never) }
    const asked: Asked = { query: 'Model', variables: { id: first.id } }
    expect(await ask(swapping, asked, 'indexer'))
      .to.be.instanceOf(IndexerMismatchError)
      .with.property('message')
      .that.contains(first.id)
  })

  it('believes an indexer alone about status, validity and blocks, and finds its lies with the node', async function () {
    const lies: [Asked, (text: string) => string][] = [
      [asking('Model'), (text) => text.replaceAll(/"status":"\w+"/g, '"status":"recalled"')],
      [asking('Credentials'), (text) => text.replaceAll(/"validUntil":\d+/g, '"validUntil":1')],
      [asking('Status'), (text) => text.replaceAll(/"hash":"0x../g, '"hash":"0xee')],
    ]
    for (const [asked, lie] of lies) {
      expect(await ask(lying(lie), asked, 'indexer'), asked.query).to.include({ source: 'indexer' })
      expect(await ask(lying(lie), asked, 'both'), asked.query).to.be.instanceOf(SourcesDisagreeError)
    }
  })

  it('refuses the indexer of another chain', async function () {
    const liar = lying((text) => text.replaceAll(/"chainId":\d+/g, '"chainId":5'))
    expect(await ask(liar, asking('Status'), 'indexer')).to.be.instanceOf(SourcesDisagreeError)
  })
})

/** One question of each kind that shows models or credentials, about models that have relatives. */
async function questionsOf(chain: Chain, indexer: QueryClient): Promise<Asked[]> {
  const { models } = await indexer.query('Models', { first: 100 })
  const known = new Set(models.nodes.map(({ id }) => id))
  const parentOf = ({ declared }: (typeof models.nodes)[number]) =>
    declared.find(({ model }) => known.has(model))?.model
  const child = models.nodes.find(parentOf)!
  const parent = parentOf(child)!
  const { model, tier } = chain.history.credentials[0]!
  return [
    { query: 'Status', variables: {} },
    { query: 'Models', variables: { first: 50 } },
    { query: 'Model', variables: { id: child.id } },
    { query: 'Children', variables: { id: parent } },
    { query: 'Ancestors', variables: { id: child.id } },
    { query: 'Descendants', variables: { id: parent } },
    { query: 'Family', variables: { id: child.id } },
    { query: 'Path', variables: { id: child.id, to: parent } },
    { query: 'CommonAncestors', variables: { models: [child.id, parent] } },
    { query: 'Search', variables: { text: child.id } },
    { query: 'CredentialsOfModel', variables: { id: model } },
    { query: 'Credentials', variables: { first: 50 } },
    { query: 'Tier', variables: { id: tier } },
    { query: 'BlastRadius', variables: { cause: { model: parent } } },
    { query: 'Claims', variables: {} },
    { query: 'Activity', variables: {} },
    { query: 'Statistics', variables: {} },
  ]
}
