import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'

import { expect } from 'chai'
import pg from 'pg'

import { createApi, type Answered, type Api } from '../../../packages/server/src/api/api.ts'
import type { Database } from '../../../packages/server/src/indexer/database.ts'
import { openDatabase } from '../../../packages/server/src/indexer/openDatabase.ts'
import { KINDS, open } from '../indexer/stores.ts'
import { append, idOf, IDENTITY, type TestLedger } from './world.ts'

const LEDGER: TestLedger = { models: 200, blocks: 200, edges: [] }
/** What a large request asks, in the thread of its own. */
const LARGE = `{ ledger { ${Array.from({ length: 12 }, (_, at) => `a${at}: models(first: 100) { nodes { id name } }`).join(' ')} } }`

const [SQLITE, POSTGRES] = [KINDS[0]!, KINDS[1]!]

describe('api: a database that cannot be read', function () {
  this.timeout(120_000)
  it('is answered for with 503 and without words of the machine, however its file is broken, until it is mended', async function () {
    const { where, store } = await open(SQLITE)
    await store.start(IDENTITY)
    await append(store, LEDGER)
    await store.close()
    const whole = readFileSync(where)
    const broken: [what: string, breaks: () => void][] = [
      ['gone', () => {}],
      ['a folder', () => mkdirSync(where)],
      ['empty', () => writeFileSync(where, '')],
      ['half', () => writeFileSync(where, whole.subarray(0, whole.length / 2))],
      ['of another kind', () => writeFileSync(where, 'x'.repeat(whole.length))],
      ['garbage after its first page', () => writeFileSync(where, Buffer.from(whole).fill(0xa5, 4096))],
    ]
    const remove = (): void => {
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${where}${suffix}`, { recursive: true, force: true })
    }
    const database = openDatabase(where)
    const { api, answered } = watched(database)
    // The thread of large requests begins with the first of them, so without a database.
    for (const [what, breaks] of broken) {
      remove()
      breaks()
      await expectUnavailable(api, where, what)
      // The operator learns why, of each.
      const unexplained = answered.filter(({ status, error }) => status >= 500 && error === undefined)
      expect(unexplained, what).to.deep.equal([])
      remove()
      writeFileSync(where, whole)
      await expectServed(api, what)
    }
    await api.close()
    await database.close()
  })

  it('is answered for with 503 while its file is cut off in place, and from it when it has been written again', async function () {
    const { where, store } = await open(SQLITE)
    await store.start(IDENTITY)
    await append(store, LEDGER)
    await store.close()
    const whole = readFileSync(where)
    const database = openDatabase(where)
    const { api } = watched(database)
    await expectServed(api, 'at first')
    for (const length of [0, 100, 4096, whole.length / 2]) {
      truncateSync(where, length)
      await expectUnavailable(api, where, `cut off at ${length}`)
      writeFileSync(where, whole)
      await expectServed(api, `after ${length}`)
    }
    await api.close()
    await database.close()
  })

  it('is answered for with 503 when it has another encoding or no tables', async function () {
    const where = await POSTGRES.where()
    const client = new pg.Client({ connectionString: where })
    await client.connect()
    await client.query("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    await client.end()
    for (const [place, code] of [
      [where.replace(/\/[^/]*$/, '/latin'), 'DATABASE_ENCODING'],
      [where.replace(/\/[^/]*$/, '/nothing_of_this_name'), 'DATABASE'],
      [where, 'DATABASE'],
    ] as const) {
      const database = openDatabase(place)
      const { api } = watched(database)
      expect(await expectUnavailable(api, new URL(place).pathname.slice(1), code)).to.equal(code)
      await api.close()
      await database.close()
    }
  })

  it('fails only the snapshot whose connection is lost, also between two of its queries', async function () {
    const where = await POSTGRES.where()
    const database = openDatabase(where)
    const admin = new pg.Client({ connectionString: where })
    await admin.connect()
    const isOpen = async (pid: unknown): Promise<boolean> =>
      (await admin.query('SELECT FROM pg_stat_activity WHERE pid = $1', [pid])).rowCount === 1
    const failure: unknown = await database
      .snapshot(async ({ all }) => {
        const [row] = await all('SELECT pg_backend_pid() AS pid')
        await admin.query('SELECT pg_terminate_backend($1)', [row!.pid])
        while (await isOpen(row!.pid));
        // What the driver says of it, it says in a turn of the event loop: an error that nobody hears would end the test.
        for (let turn = 0; turn < 100; turn++) await new Promise((next) => setImmediate(next))
        await all('SELECT 1 AS n')
      })
      .catch((error: unknown) => error)
    expect(failure).to.include({ code: 'DATABASE', isTransient: true })
    expect(await database.all('SELECT 1 AS n')).to.deep.equal([{ n: 1 }])
    await admin.end()
    await database.close()
  })

  for (const kind of KINDS) {
    it(`is not read for requests that come after the API was closed: ${kind.name}`, async function () {
      const { store, read } = await open(kind)
      await store.start(IDENTITY)
      await append(store, LEDGER)
      await store.close()
      const database = read()
      const { api } = watched(database)
      const asked = statusOfLarge(api)
      await new Promise((next) => setImmediate(next))
      await api.close()
      expect(await asked).to.equal(503)
      expect(await statusOfLarge(api)).to.equal(503)
      await database.close()
    })
  }
})

function watched(database: Database): { api: Api; answered: Answered[] } {
  const answered: Answered[] = []
  return { api: createApi({ database, interval: 10, onAnswer: (each) => void answered.push(each) }), answered }
}

function large(): Request {
  return new Request('http://api.test/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: LARGE }),
  })
}

async function statusOfLarge(api: Api): Promise<number> {
  return (await api.fetch(large())).status
}

function requests(): Request[] {
  const paths = ['/v1/models?first=100', `/v1/models/${idOf(3)}`, '/v1/search?text=model-150', '/ready']
  return [...paths.map((path) => new Request(`http://api.test${path}`)), large(), large()]
}

/** Expects a refusal of each kind of request, with no words about where the database is. Returns its code. */
async function expectUnavailable(api: Api, where: string, what: string): Promise<string> {
  const codes = new Set<string>()
  const look = (text: string): void => {
    expect(text, what).to.not.contain(where)
    codes.add(/"code":"([A-Z_]+)"/.exec(text)?.[1] ?? text)
  }
  for (const request of requests()) {
    const response = await api.fetch(request)
    const text = await response.text()
    expect(response.status, `${what}: ${request.url}: ${text}`).to.equal(503)
    look(text)
  }
  look(await (await api.fetch(new Request('http://api.test/v1/activity/stream?after=1'))).text())
  expect([...codes], what).to.have.length(1)
  return [...codes][0]!
}

async function expectServed(api: Api, what: string): Promise<void> {
  for (const request of requests()) {
    const response = await api.fetch(request)
    expect(response.status, `${what}: ${request.url}: ${await response.text()}`).to.equal(200)
  }
}
