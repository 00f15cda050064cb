import { once } from 'node:events'
import { request as open } from 'node:http'
import { connect } from 'node:net'

import { expect } from 'chai'

import { generateLineage } from '../../../bench/lineage/generate.ts'
import { syntheticId, writeLineage } from '../../../bench/lineage/rows.ts'
import { createApi } from '../../../packages/server/src/api/api.ts'
import { createStore, openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import { Random } from '../../fixtures/random.ts'
import { KINDS_IN_DEPTH } from '../indexer/stores.ts'
import { Served } from './served.ts'

const MODELS = 1000
/** Requests of a soak: in `npm run deep` forty times as many. */
const REQUESTS = 10 * Number(process.env.STEMMA_FUZZ_CASES ?? 25)
const SEED = Number(process.env.STEMMA_FUZZ_SEED ?? 20_261_129)
/** Clients that each send one request after the other. */
const CLIENTS = 10
/** Which request of a client is invalid. */
const INVALID = 0.1

describe('stemma-server api in long use', function () {
  this.timeout(60_000 + 100 * REQUESTS)
  // What is tested lies above the database.
  for (const kind of KINDS_IN_DEPTH) {
    it(`answers ${REQUESTS} requests, of which one in ten is invalid, from ${kind.name} without a wrong answer, a failure or a leak (seed ${SEED})`, async function () {
      const where = await kind.where()
      const store = createStore(where)
      await writeLineage(store, generateLineage(MODELS))
      await store.close()
      const random = new Random(SEED)
      const right = await rightAnswers(where, validPaths(random))
      const served = await Served.start(where)
      const { port } = new URL(served.url)
      const wrong: string[] = []
      const statuses = new Map<string, number>()
      const count = (what: string): void => void statuses.set(what, (statuses.get(what) ?? 0) + 1)
      const paths = [...right.keys()]

      let left = 0
      const client = async (): Promise<void> => {
        while (left-- > 0) {
          if (random.chance(INVALID)) {
            const [what, send] = random.pick(INVALID_REQUESTS)
            const status = await send(Number(port), random)
            count(`invalid ${status === undefined ? 'cut' : String(status)[0]}xx`)
            if (!isRefusal(status)) wrong.push(`${what}: ${status}`)
            continue
          }
          const path = random.pick(paths)
          const { status, body } = await get(Number(port), path)
          count(`valid ${status}`)
          if (status !== 200 || body !== right.get(path)) wrong.push(`${path}: ${status} ${body.slice(0, 200)}`)
        }
      }
      const run = async (requests: number): Promise<number> => {
        left = requests
        await Promise.all(Array.from({ length: CLIENTS }, client))
        return residentBytes(served)
      }
      // What is kept fills up first, and the heap is as large as it gets.
      const before = await run(Math.ceil(REQUESTS / 3))
      const after = await run(REQUESTS - Math.ceil(REQUESTS / 3))
      console.log(`      ${[...statuses].map(([what, times]) => `${what}: ${times}`).join(', ')}`)
      console.log(`      memory after a third ${mega(before)} MB, at the end ${mega(after)} MB`)
      expect(wrong).to.deep.equal([])
      expect(after, 'memory').to.be.lessThan(before * 1.25 + 150e6)
      expect(await served.stop()).to.equal(0)
    })
  }
})

/** Whether a request was refused for what it is: by a status, or by cutting its connection. */
function isRefusal(status: number | undefined): boolean {
  // 501 refuses methods that nobody knows.
  return status === undefined || status === 501 || (status >= 400 && status < 500)
}

function mega(bytes: number): number {
  return Math.round(bytes / 1e6)
}

function validPaths(random: Random): string[] {
  const model = (): string => syntheticId('model', random.integer(1, MODELS))
  const each = [
    () => '/v1/models?first=20',
    () => `/v1/models?first=5&name=model-${random.integer(1, 99)}`,
    () => `/v1/models/${model()}`,
    () => `/v1/models/${model()}/ancestors?first=20`,
    () => `/v1/models/${model()}/descendants?first=20`,
    () => `/v1/models/${model()}/family?first=10`,
    () => `/v1/models/${model()}/findings?use=commercial`,
    () => `/v1/blast-radius?model=${model()}&first=20`,
    () => `/v1/search?text=model-${random.integer(1, MODELS)}`,
    () => '/v1/statistics',
    () => '/v1/publishers?first=10',
  ]
  return Array.from({ length: 12 }, () => each.map((make) => make())).flat()
}

/** The answers of an API in this process, one after the other. */
async function rightAnswers(where: string, paths: readonly string[]): Promise<Map<string, string>> {
  const database = openDatabase(where)
  const api = createApi({ database })
  const right = new Map<string, string>()
  for (const path of paths) {
    const response = await api.fetch(new Request(`http://api.test${path}`))
    const body = await response.text()
    expect(response.status, `${path}: ${body}`).to.equal(200)
    right.set(path, body)
  }
  await api.close()
  await database.close()
  return right
}

/** Requests that are refused: what each is, and how it is sent. Undefined stands for a connection that was cut. */
const INVALID_REQUESTS: readonly [string, (port: number, random: Random) => Promise<number | undefined>][] = [
  ['an id', async (port) => (await get(port, '/v1/models/0x12')).status],
  ['a parameter', async (port) => (await get(port, '/v1/models?firts=2')).status],
  ['a page size', async (port) => (await get(port, '/v1/models?first=-1')).status],
  ['a route', async (port) => (await get(port, `/v1/%ff${'/x'.repeat(30)}`)).status],
  ['a cursor', async (port) => (await get(port, '/v1/models?after=%00%00')).status],
  ['a stream', async (port) => (await get(port, '/v1/activity/stream?after=abc')).status],
  ['a method', async (port) => (await send(port, 'DELETE', '/v1/models')).status],
  ['a body in another format', async (port) => (await send(port, 'POST', '/graphql', '{"query":')).status],
  ['a query', async (port) => (await send(port, 'POST', '/graphql', '{"query":"{ ledger { nothing } }"}')).status],
  ['a deep query', async (port) => (await send(port, 'POST', '/graphql', deepQuery())).status],
  ['a dear query', async (port) => (await send(port, 'POST', '/graphql', dearQuery())).status],
  ['a large body', async (port) => (await send(port, 'POST', '/graphql', `{"query":"${'x'.repeat(3e5)}"}`)).status],
  ['a Host', (port) => raw(port, 'GET / HTTP/1.1\r\nHost: a b c\r\nConnection: close\r\n\r\n')],
  ['bytes', (port, random) => raw(port, `${String.fromCharCode(random.integer(1, 255))}\u0016\u0003\u0001\r\n\r\n`)],
  ['half a request', (port) => raw(port, 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{', true)],
]

function deepQuery(): string {
  const query = `{ ledger { model(id: "${syntheticId('model', 1)}") ${'{ parents '.repeat(40)}{ id }${'}'.repeat(40)} } }`
  return JSON.stringify({ query })
}

function dearQuery(): string {
  const fields = Array.from({ length: 100 }, (_, index) => `a${index}: models(first: 100) { nodes { id } }`)
  return JSON.stringify({ query: `{ ledger { ${fields.join(' ')} } }` })
}

function get(port: number, path: string): Promise<{ status: number; body: string }> {
  return send(port, 'GET', path)
}

function send(port: number, method: string, path: string, body?: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    // With this type, an answer of GraphQL has a status that says whether the query was run.
    const accept = 'application/graphql-response+json, application/json'
    const headers = body === undefined ? {} : { accept, 'content-type': 'application/json' }
    let answered = false
    const sent = open({ port, host: '127.0.0.1', method, path, headers, agent: false }, (response) => {
      answered = true
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => void (text += chunk))
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode!, body: text }))
    })
    // A server that refuses a body may close the connection while it is still sent.
    sent.on('error', (error) => (answered ? undefined : reject(error)))
    sent.end(body)
  })
}

/** Sends bytes, and returns the status of the answer; undefined when the connection ended without one. */
async function raw(port: number, text: string, isLeft = false): Promise<number | undefined> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => void (answer += chunk))
  socket.on('error', () => {})
  await once(socket, 'connect')
  if (isLeft) socket.write(text, () => socket.destroy())
  else socket.end(text, 'latin1')
  await once(socket, 'close')
  const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]
  return status === undefined ? undefined : Number(status)
}

async function residentBytes({ url }: Served): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)![1])
}
