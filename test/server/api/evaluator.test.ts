import { expect } from 'chai'
import fc from 'fast-check'

import { generator } from '../../../bench/lineage/generate.ts'
import { createApi, type Api } from '../../../packages/server/src/api/api.ts'
import { LIMITS } from '../../../packages/server/src/api/graphql/limits.ts'
import type { Database } from '../../../packages/server/src/indexer/database.ts'
import { KINDS_IN_DEPTH, open } from '../indexer/stores.ts'
import { append, ask, idOf, IDENTITY, post, type GraphqlAnswer, type TestEdge } from './world.ts'

/** Models of a ladder, of which each is made from the two before it. */
const RUNGS = 600

/** Lineages of random shape behind the ladder. */
const RANDOM = 60

function edges(): TestEdge[] {
  const found: TestEdge[] = []
  const add = (child: number, parent: number): void => void found.push({ child, parent, block: child, attested: false })
  for (let child = 2; child <= RUNGS; child++) {
    for (const parent of new Set([child - 1, Math.max(1, child - 2)])) add(child, parent)
  }
  const random = generator(7)
  for (let child = RUNGS + 2; child <= RUNGS + RANDOM; child++) {
    const parents = new Set(Array.from({ length: 3 }, () => RUNGS + 1 + Math.floor(random() * (child - RUNGS - 1))))
    for (const parent of parents) add(child, parent)
  }
  return found
}

/** Asks for the findings of several models at once. */
function findingsOf(models: readonly number[]): string {
  const fields = models.map(
    (model, at) =>
      `f${at}: findings(model: "${idOf(model)}", use: "commercial") { verdict findings { code model } obligations { path } }`,
  )
  return `{ ledger { ${fields.join(' ')} } }`
}

describe('query API: requests that take long', function () {
  this.timeout(240_000)
  // What is tested lies above the database.
  for (const kind of KINDS_IN_DEPTH) {
    describe(`with ${kind.name}`, function () {
      let database: Database
      /** Runs what takes long in a thread. */
      let api: Api
      /** Runs everything on the thread of the test. */
      let plain: Api

      before(async function () {
        const { store, read } = await open(kind)
        await store.start(IDENTITY)
        await append(store, { models: RUNGS + RANDOM, edges: edges(), blocks: RUNGS + RANDOM })
        await store.close()
        database = read()
        api = createApi({ database })
        const { where: _, ...alone } = database
        plain = createApi({ database: alone })
      })
      after(async function () {
        await api.close()
        await database.close()
      })

      it('refuses a request by the ancestors that it would evaluate, before it evaluates any, and names the remedy', async function () {
        for (const each of [api, plain]) {
          const asked = await ask(each, findingsOf(Array.from({ length: 24 }, (_, at) => RUNGS - at)))
          expect(asked.data).to.equal(undefined)
          expect(asked.errors).to.have.length(1)
          const [{ message, extensions }] = asked.errors as [NonNullable<GraphqlAnswer['errors']>[0]]
          expect(extensions?.code).to.equal('QUERY_TOO_LARGE')
          expect(message).to.match(
            new RegExp(
              `with (5\\d\\d|600) models of the lineage of 0x[0-9a-f]{64} its cost exceeds ${LIMITS.cost}; request fewer`,
            ),
          )
        }
      })

      it('answers while dear requests run: the event loop turns between any two pieces of their work', async function () {
        let turns = 0
        let isDone = false
        const count = (): void => {
          turns += 1
          if (!isDone) setImmediate(count)
        }
        setImmediate(count)
        const order: string[] = []
        const dear = Array.from({ length: 10 }, async (_, at) => {
          const { data } = await ask(api, findingsOf([RUNGS - at, RUNGS - 20 - at]))
          order.push('dear')
          return data
        })
        const cheap = ask(api, '{ ledger { now } }').then(() => order.push('cheap'))
        const answers = await Promise.all(dear)
        await cheap
        isDone = true
        expect(order[0]).to.equal('cheap')
        // Evaluations in this thread would leave it some turns each.
        expect(turns).to.be.greaterThan(1000)
        for (const data of answers) {
          const { f0 } = (data as unknown as { ledger: { f0: { verdict: string } } }).ledger
          expect(f0.verdict).to.be.a('string')
        }
      })

      it('gives the answer that this thread would give, byte by byte', async function () {
        const model = fc.integer({ min: RUNGS + 1, max: RUNGS + RANDOM })
        const questions = fc.oneof(
          fc.tuple(model, model).map((models) => findingsOf([...models, RUNGS])),
          model.map(
            (each) => `{ ledger { findings(model: "${idOf(RUNGS)}", use: "modify") { verdict }
              lineage(model: "${idOf(each)}") { models { registration { id uri parents { model } } status } terms { id } } } }`,
          ),
          model.map(
            (each) => `{ a: ledger { findings(model: "${idOf(RUNGS)}", use: "modify") { verdict } }
              b: ledger { text: contract model(id: "${idOf(each)}") { id ancestors(first: 100) { totalCount nodes { depth model { name } } } } } }`,
          ),
          model.map(
            (each) => `{ ledger { findings(model: "${idOf(RUNGS)}", use: "modify") { verdict }
            bad: path(from: "${idOf(each)}", to: "0x${'f'.repeat(64)}") { model { id } } } }`,
          ),
        )
        await fc.assert(
          fc.asyncProperty(questions, async (query) => {
            const [moved, stayed] = await Promise.all([post(api, { query }), post(plain, { query })])
            const text = await moved.text()
            expect(text).to.contain('"data":{')
            expect(text).to.equal(await stayed.text())
            expect(moved.status).to.equal(stayed.status)
          }),
          { numRuns: 8 },
        )
      })

      it('answers REST out of the thread as it answers GraphQL', async function () {
        const url = `http://api.test/v1/models/${idOf(RUNGS)}/findings?use=commercial`
        const [moved, stayed] = [await api.fetch(new Request(url)), await plain.fetch(new Request(url))]
        const text = await moved.text()
        expect(moved.status, text).to.equal(200)
        expect(text).to.equal(await stayed.text())
        const none = `http://api.test/v1/models/0x${'f'.repeat(64)}/findings?use=commercial`
        expect((await api.fetch(new Request(none))).status).to.equal(404)
      })

      it('gives up a request whose client has gone, also one that waits, and serves the others', async function () {
        const gone = new AbortController()
        const request = (signal?: AbortSignal): Promise<Response> =>
          api.fetch(
            new Request('http://api.test/graphql', {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify({ query: findingsOf([RUNGS, RUNGS - 1, RUNGS - 2]) }),
              ...(signal && { signal }),
            }),
          )
        const [first, second, third] = [request(gone.signal), request(gone.signal), request()]
        gone.abort()
        for (const each of await Promise.allSettled([first, second])) {
          if (each.status === 'fulfilled') expect(each.value.status).to.be.greaterThan(499)
        }
        const { status, data } = await third.then(async (each) => ({ status: each.status, ...(await each.json()) }))
        expect(status).to.equal(200)
        expect(Object.keys(data.ledger)).to.have.length(3)
      })

      it('refuses dear requests when too many wait, and says when to ask again', async function () {
        const query = findingsOf([RUNGS])
        const small = createApi({ database, limits: { cost: 1100 } })
        try {
          const asked = Array.from({ length: 200 }, () => post(small, { query }))
          const answers = await Promise.all(asked)
          const busy = answers.filter(({ status }) => status === 503)
          expect(busy.length).to.be.greaterThan(0)
          expect(busy[0]!.headers.get('retry-after')).to.equal('5')
          expect(await busy[0]!.text()).to.contain('EVALUATOR_BUSY')
        } finally {
          await small.close()
        }
      })
    })
  }
})
