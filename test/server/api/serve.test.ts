import { get } from 'node:http'

import { expect } from 'chai'

import { generateLineage } from '../../../bench/lineage/generate.ts'
import { syntheticId, writeLineage } from '../../../bench/lineage/rows.ts'
import { createStore } from '../../../packages/server/src/indexer/openDatabase.ts'
import { KINDS_IN_DEPTH } from '../indexer/stores.ts'
import { Served } from './served.ts'

const MODELS = 2000
/** Number of concurrent clients, each of which sends one request after the other. */
const CLIENTS = 6

/** The outcome of a request: a whole answer, a part of it, or a refused connection. */
type Outcome = { kind: 'whole'; status: number; body: string } | { kind: 'cut' } | { kind: 'refused' }

describe('stemma-server api as processes', function () {
  this.timeout(120_000)
  for (const kind of KINDS_IN_DEPTH) {
    describe(`over ${kind.name}`, function () {
      let where: string
      const running: Served[] = []

      before(async function () {
        where = await kind.where()
        const store = createStore(where)
        await writeLineage(store, generateLineage(MODELS))
        await store.close()
      })
      after(() => Promise.all(running.map((served) => served.stop())))

      const start = async (): Promise<Served> => {
        const served = await Served.start(where)
        running.push(served)
        return served
      }

      it('gives the same answers from several processes, and continues with the cursor of another', async function () {
        const [one, other, third] = [await start(), await start(), await start()]
        for (const path of [`/v1/models/${syntheticId('model', 77)}/family?first=7`, '/v1/statistics', '/v1/models']) {
          const answers = await Promise.all([one, other, third].map((served) => whole(served.url + path)))
          expect(new Set(answers).size, path).to.equal(1)
        }
        const list = `/v1/models/${syntheticId('model', 1)}/descendants?first=10`
        const ids = new Set<string>()
        let total = 0
        let after = ''
        for (let page = 0; page === 0 || after !== ''; page++) {
          const answer = JSON.parse(await whole([one, other, third][page % 3]!.url + list + after)) as Answer
          const { nodes, totalCount, pageInfo } = answer.model.descendants
          for (const { model } of nodes) ids.add(model.id)
          total = totalCount
          after = pageInfo.hasNextPage ? `&after=${pageInfo.endCursor}` : ''
        }
        expect(total).to.be.greaterThan(30)
        expect(ids.size).to.equal(total)
      })

      it('answers all accepted requests after SIGTERM, and exits with 0', async function () {
        const served = await start()
        const paths = [
          `/v1/models/${syntheticId('model', MODELS - 3)}/findings?use=commercial`,
          `/v1/blast-radius?model=${syntheticId('model', 1)}&first=20`,
          '/v1/models?first=20',
        ]
        const outcomes: Outcome[] = []
        let isStopped = false
        const clients = Array.from({ length: CLIENTS }, async (_, client) => {
          for (let turn = client; !isStopped; turn++) {
            const outcome = await request(served.url + paths[turn % paths.length]!)
            outcomes.push(outcome)
            if (outcome.kind === 'refused') return
          }
        })
        await served.answered(3 * CLIENTS)
        expect(await served.stop()).to.equal(0)
        isStopped = true
        await Promise.all(clients)

        expect(outcomes.filter(({ kind }) => kind === 'cut')).to.deep.equal([])
        const answers = outcomes.filter((outcome) => outcome.kind === 'whole')
        expect(answers.every(({ status }) => status === 200)).to.equal(true)
        expect(answers.every(({ body }) => 'chainId' in JSON.parse(body))).to.equal(true)
        // Every answer that the server reports has arrived.
        expect(answers.length).to.equal(served.count)
        expect(await request(served.url)).to.deep.equal({ kind: 'refused' })
      })
    })
  }
})

type Answer = {
  model: {
    descendants: {
      nodes: { model: { id: string } }[]
      totalCount: number
      pageInfo: { hasNextPage: boolean; endCursor: string }
    }
  }
}

/** Sends a request on a new connection, so that a refusal is never that of an idle one. */
function request(url: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const refused = (): void => resolve({ kind: 'refused' })
    get(url, { agent: false }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => void (body += chunk.toString()))
      response.on('end', () => resolve({ kind: 'whole', status: response.statusCode!, body }))
      response.on('error', () => resolve({ kind: 'cut' }))
    }).on('error', refused)
  })
}

async function whole(url: string): Promise<string> {
  const outcome = await request(url)
  if (outcome.kind !== 'whole') throw new Error(`${url} was ${outcome.kind}`)
  expect(outcome.status, outcome.body).to.equal(200)
  return outcome.body
}
