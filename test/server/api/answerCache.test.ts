import { expect } from 'chai'

import { syntheticId } from '../../../bench/lineage/rows.ts'
import type { Database } from '../../../packages/server/src/indexer/database.ts'
import type { Api } from '../../../packages/server/src/api/api.ts'
import { AnswerCache, type Question } from '../../../packages/server/src/api/http/answerCache.ts'
import { Representation } from '../../../packages/server/src/api/http/representation.ts'
import { createRoutes } from '../../../packages/server/src/api/rest/routes.ts'
import { KINDS_IN_DEPTH, open } from '../indexer/stores.ts'
import { apiOver, append, idOf, IDENTITY, post, timeOf, type TestLedger } from './world.ts'

const IMMUTABLE = 'public, max-age=31536000, immutable'
/** The last block is 30, and block 25 is final. */
const LEDGER: TestLedger = {
  models: 30,
  edges: [3, 6, 9, 12, 15, 18, 21, 24, 27].map((child) => ({
    child,
    parent: child / 3,
    block: child,
    attested: false,
  })),
  credentials: [5, 20, 28].map((block) => ({ block, validUntil: timeOf(26) })),
  externals: [{ child: 8, parent: { model: 29 } }],
  bindings: [{ block: 27, of: { model: 29 }, to: { model: 4 }, bound: true }],
  blocks: 30,
}

describe('answers as of final blocks', function () {
  this.timeout(60_000)
  // What is tested lies above the database.
  for (const kind of KINDS_IN_DEPTH) {
    describe(`with ${kind.name}`, function () {
      async function world(
        blocks = LEDGER.blocks,
      ): Promise<{ database: Database; grow: () => Promise<void>; close: () => Promise<void> }> {
        const { store, read } = await open(kind)
        await store.start(IDENTITY)
        await append(store, { ...LEDGER, blocks })
        const database = read()
        return {
          database,
          grow: () => append(store, { ...LEDGER, models: 60, blocks: 60 }, blocks),
          async close() {
            await database.close()
            await store.close()
          },
        }
      }

      it('are immutable as of a final block, or of a time before one, and nothing else is', async function () {
        const { database, close } = await world()
        const api = apiOver(database)
        const query = (at: string, more = ''): string =>
          `/graphql?query=${encodeURIComponent(`{ ledger${at} { block { number } models { totalCount } ${more} } }`)}`
        for (const [path, control] of [
          ['/v1/models?block=25', IMMUTABLE],
          ['/v1/models?block=1', IMMUTABLE],
          ['/v1/models?block=26', 'no-cache'],
          ['/v1/models?block=30', 'no-cache'],
          ['/v1/models', 'no-cache'],
          // Its answer says how far the index is.
          ['/v1/status?block=7', 'no-cache'],
          [`/v1/models?time=${timeOf(24)}`, IMMUTABLE],
          [`/v1/models?time=${timeOf(24) + 9}`, IMMUTABLE],
          // A later block may have the time of the last final one.
          [`/v1/models?time=${timeOf(25)}`, 'no-cache'],
          [`/v1/models?time=${timeOf(28)}`, 'no-cache'],
          [`/v1/models/${idOf(27)}?block=25`, 'no-store'],
          ['/v1/models?block=31', 'no-store'],
          ['/v1/models?block=25&first=1000', 'no-store'],
          [query('(at: { block: 25 })'), IMMUTABLE],
          [query('(at: { block: 26 })'), 'no-cache'],
          [query(''), 'no-cache'],
          [query('(at: { block: 25 })', 'progress { head }'), 'no-cache'],
          [
            query(
              '(at: { block: 25 })',
              `model(id: "${idOf(3)}") { ancestors(after: "x") { totalCount nodes { depth } } }`,
            ),
            'no-store',
          ],
        ] as const) {
          const response = await api.fetch(new Request(`http://api.test${path}`))
          expect([path, response.headers.get('cache-control')]).to.deep.equal([path, control])
          expect(response.headers.has('etag'), path).to.equal(control !== 'no-store')
          await response.text()
        }
        const both = '{ a: ledger(at: { block: 7 }) { now } b: ledger { now } }'
        const mixed = await api.fetch(new Request(`http://api.test/graphql?query=${encodeURIComponent(both)}`))
        expect(mixed.headers.get('cache-control')).to.equal('no-cache')
        await close()
      })

      it('are byte for byte what they were, from memory or not, after the ledger has grown', async function () {
        const { database, grow, close } = await world()
        const [kept, computed] = [apiOver(database), apiOver(database, { cacheBytes: 0 })]
        const paths = ['block=25', `time=${timeOf(13) + 3}`].flatMap((at) => addresses(at))
        const first = await Promise.all(paths.map((path) => answer(kept, path)))
        const before = first.filter(({ control }) => control === IMMUTABLE)
        expect(before.length).to.be.greaterThan(40)
        await grow()
        const fresh = apiOver(database, { cacheBytes: 0 })
        for (const { path, text, etag } of before) {
          for (const api of [kept, computed, fresh]) {
            const after = await answer(api, path)
            expect(after.text, path).to.equal(text)
            expect([path, after.control, after.etag]).to.deep.equal([path, IMMUTABLE, etag])
          }
        }
        expect(await hits(kept)).to.equal(before.length)
        expect(await hits(computed)).to.equal(0)
        await close()
      })

      it('are kept for GraphQL by body too, and not when they name the newest block or have errors', async function () {
        const { database, close } = await world()
        const api = apiOver(database)
        const text = async (query: string): Promise<string> => (await post(api, { query })).text()
        const final = '{ ledger(at: { block: 20 }) { models { totalCount } } }'
        const one = await text(final)
        expect(await text(final)).to.equal(one)
        expect(await hits(api)).to.equal(1)
        for (const query of [
          '{ ledger { now } }',
          `{ ledger(at: { block: 20 }) { model(id: "0x1") { id } } }`,
          '{ ledger(at: { block: 20 }) { models(after: "x") { nodes { id } } } }',
          '{ __typename }',
        ]) {
          expect(await text(query)).to.equal(await text(query))
        }
        expect(await hits(api)).to.equal(1)
        await close()
      })

      it('are forgotten when the database is another one, also of the same ledger', async function () {
        const [one, other] = [await world(), await world(29)]
        let current = one.database
        const { where: _where, ...database } = one.database
        const api = apiOver({
          ...database,
          all: (sql, parameters) => current.all(sql, parameters),
          snapshot: (run, first) => current.snapshot(run, first),
          close: () => Promise.resolve(),
        })
        const path = '/v1/statistics?block=20'
        await answer(api, path)
        await answer(api, path)
        expect(await hits(api)).to.equal(1)
        // Of the same ledger, but another: its rows may have other keys.
        current = other.database
        await answer(api, path)
        expect(await hits(api)).to.equal(1)
        await answer(api, path)
        expect(await hits(api)).to.equal(2)
        const { store, read } = await open(kind)
        await store.start(IDENTITY)
        await append(store, { models: 10, edges: [], blocks: 30, fork: 'other' })
        const third = read()
        current = third
        const changed = await answer(api, path)
        expect(JSON.parse(changed.text)).to.have.nested.property('statistics.models', 10)
        expect(await hits(api)).to.equal(2)
        for (const { close } of [one, other]) await close()
        await third.close()
        await store.close()
      })
    })
  }

  it('hold at most as many bytes as allowed, and the last used stay', function () {
    const cache = new AnswerCache(20_000)
    const question = (search: string): Question => ({ method: 'GET', path: '/', search, accept: '', body: '' })
    const answerOf = (bytes: number): Representation =>
      new Representation({ status: 200, headers: {}, body: null, lifetime: 'final' }, new Uint8Array(bytes))
    for (let i = 0; i < 50; i++) {
      cache.keep('one', question(String(i)), answerOf(1000))
      cache.find('one', question('0'))
      expect(cache.figures.bytes).to.be.at.most(20_000)
    }
    expect(cache.find('one', question('0'))).to.not.equal(undefined)
    expect(cache.find('one', { ...question('0'), method: 'HEAD' })).to.not.equal(undefined)
    expect(cache.find('one', question('1'))).to.equal(undefined)
    cache.keep('one', question('large'), answerOf(30_000))
    expect(cache.find('one', question('large'))).to.equal(undefined)
    expect(cache.find('two', question('0'))).to.equal(undefined)
    expect(cache.figures).to.include({ answers: 0, bytes: 0 })
  })
})

/** An address for every route, as of a moment. */
function addresses(at: string): string[] {
  const values: Readonly<Record<string, string>> = {
    id: idOf(9),
    to: idOf(1),
    use: 'commercial',
    text: 'model-1',
    models: `${idOf(9)}&models=${idOf(6)}`,
    address: `0x${'1'.padStart(40, '0')}`,
    model: idOf(3),
    places: '0',
  }
  const byRoute: Readonly<Record<string, string>> = { Credential: syntheticId('credential', 1) }
  return createRoutes()
    .filter(({ operation }) => operation.operation !== 'subscription')
    .map(({ name, path, parameters }) => {
      const filled = path.replaceAll(/\{(\w+)\}/g, (_, key: string) => byRoute[name] ?? values[key]!)
      const query = parameters
        .filter(
          ({ in: place, required, name: key }) =>
            place === 'query' && (required || (name.startsWith('BlastRadius') && key === 'model')),
        )
        .map(({ name: key }) => `${key}=${values[key]!}`)
      return `${filled}?${[...query, at].join('&')}`
    })
}

async function answer(
  api: Api,
  path: string,
): Promise<{ path: string; text: string; control: string | null; etag: string | null }> {
  const response = await api.fetch(new Request(`http://api.test${path}`))
  const { headers } = response
  return { path, text: await response.text(), control: headers.get('cache-control'), etag: headers.get('etag') }
}

/** How many requests an API says that it answered from memory. */
async function hits(api: Api): Promise<number> {
  const { text } = await answer(api, '/metrics')
  return Number(/^stemma_api_kept_hits (\d+)$/m.exec(text)![1])
}
