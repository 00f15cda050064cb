import { expect } from 'chai'

import type { Database } from '../../../packages/server/src/indexer/database.ts'
import type { Store } from '../../../packages/server/src/indexer/store.ts'
import type { Api, ApiSettings } from '../../../packages/server/src/api/api.ts'
import { Turns } from '../../../packages/server/src/api/chain/turns.ts'
import { listen, type Listening } from '../../../packages/server/src/api/listen.ts'
import { KINDS, KINDS_IN_DEPTH, open } from '../indexer/stores.ts'
import { connectTo } from './rawHttp.ts'
import { apiOver, append, IDENTITY } from './world.ts'

const STREAM = '/v1/activity/stream'
const SUBSCRIPTION = encodeURIComponent('subscription { activity(after: "0") { event { id } replaced } }')
const EVENT_STREAM = { accept: 'text/event-stream' }

/** Paths, hosts and stack traces. */
const LEAK = /\/(tmp|work|home)\/|127\.0\.0\.1|\n\s+at /

describe('streams of the query API', function () {
  this.timeout(60_000)
  // What is tested lies above the database.
  for (const kind of KINDS_IN_DEPTH) {
    describe(`with ${kind.name}`, function () {
      let store: Store
      let database: Database
      let server: Listening
      let api: Api
      const ledger = { models: 300, edges: [], blocks: 300 }

      const start = async (settings: Partial<ApiSettings> = {}): Promise<void> => {
        api = apiOver(database, settings)
        server = await listen((request, caller) => api.fetch(request, caller), { port: 0, host: '127.0.0.1' })
      }
      beforeEach(async function () {
        const opened = await open(kind)
        store = opened.store
        await store.start(IDENTITY)
        await append(store, ledger)
        database = opened.read()
      })
      afterEach(async function () {
        await server.close(0)
        await database.close().catch(() => undefined)
        await store.close()
      })

      it('refuses ids that are none before it begins', async function () {
        await start()
        const bad = [
          'abc',
          '1.2.3',
          '-1',
          '1.',
          '.1',
          '1e3',
          '0x10',
          '1,2',
          '9007199254740993',
          '1.9999999999',
          '1'.repeat(400),
          '1.-1',
          '\u0661',
          ' ',
          'NaN',
          '1 2',
          "1'--",
        ]
        for (const id of bad) {
          const responses = [
            await fetch(`${server.url}${STREAM}?after=${encodeURIComponent(id)}`),
            await fetch(
              `${server.url}/graphql?query=${SUBSCRIPTION.replace('%220%22', encodeURIComponent(JSON.stringify(id)))}`,
              { headers: EVENT_STREAM },
            ),
          ]
          for (const response of responses) {
            expect(await response.text(), id).to.contain('INVALID_EVENT_ID')
            expect([id, response.status]).to.deep.equal([id, 400])
          }
        }
        for (const id of ['abc', '1, 2', '9007199254740993.1', '1.2.3']) {
          const response = await fetch(server.url + STREAM, { headers: { 'last-event-id': id } })
          expect([id, response.status, ((await response.json()) as Failure).error.code]).to.deep.equal([
            id,
            400,
            'INVALID_EVENT_ID',
          ])
        }
        const empty = await fetch(`${server.url}${STREAM}?after=`)
        expect(empty.status).to.equal(400)
        await empty.text()
        expect(await watchers(api)).to.equal(0)
      })

      it('takes the id of the header before that of the address, as a browser that reconnects means it', async function () {
        await start()
        const stream = await watch(`${server.url}${STREAM}?after=1`, { 'last-event-id': '298.1' })
        expect(await stream.until('id: 300.1')).to.not.contain('id: 297.1')
        await stream.end()
      })

      it('ends only the streams, with an event, when the database fails', async function () {
        await start()
        const streams = [await watch(`${server.url}${STREAM}?after=298`), await watch(`${server.url}${STREAM}`)]
        await streams[0]!.until('id: 300.1')
        const graphql = await watch(`${server.url}/graphql?query=${SUBSCRIPTION}`, EVENT_STREAM)
        await graphql.until('300.1')
        expect(await watchers(api)).to.equal(3)
        await database.close()
        for (const stream of streams) {
          const text = await stream.whole()
          expect(text).to.match(
            /event: error\ndata: \{"error":\{"code":"(DATABASE|INTERNAL)","message":"[^"]+"\}\}\n\n$/,
          )
          expect(text).to.not.match(LEAK)
        }
        const text = await graphql.whole()
        expect(text).to.match(/event: next\ndata: \{.*"errors":\[\{.*"code":"(DATABASE|INTERNAL)".*\n\nevent: complete/)
        expect(text).to.not.match(LEAK)
        expect(await (await fetch(`${server.url}/health`)).text()).to.equal('{"status":"ok"}')
        expect(await watchers(api)).to.equal(0)
      })

      it('limits watchers, all and by address, and lets in others when they leave', async function () {
        await start({ limits: { watchers: 3, watchersPerAddress: 2 } })
        const from = (address: string, path = STREAM): Promise<Response> =>
          api.fetch(new Request(`http://api.test${path}`, { headers: EVENT_STREAM }), { address })
        const [one, two] = [await from('1.1.1.1'), await from('::ffff:1.1.1.1')]
        for (const path of [STREAM, `/graphql?query=${SUBSCRIPTION}`]) {
          const refused = await from('1.1.1.1', path)
          expect([path, refused.status, refused.headers.get('retry-after')]).to.deep.equal([path, 429, '30'])
          expect(await refused.text()).to.contain('TOO_MANY_WATCHERS')
        }
        const three = await from('2001:db8::1')
        const full = await from('2.2.2.2')
        expect([full.status, full.headers.get('retry-after')]).to.deep.equal([503, '30'])
        expect(((await full.json()) as Failure).error.code).to.equal('WATCHERS_FULL')
        expect(await watchers(api)).to.equal(3)
        await one.body!.cancel()
        const four = await from('2001:db8::9')
        expect(four.status).to.equal(200)
        await two.body!.cancel()
        // The third of one network of IPv6.
        expect((await from('2001:db8:0:0:ffff::1')).status).to.equal(429)
        for (const { body } of [three, four]) await body!.cancel()
        expect(await watchers(api)).to.equal(0)
      })

      it('forgets watchers that leave in any way', async function () {
        await start()
        for (const path of [`${STREAM}?after=0`, STREAM, `/graphql?query=${SUBSCRIPTION}`]) {
          const socket = connectTo(server.url)
          socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n`)
          await new Promise((resolve) => socket.once('data', resolve))
          socket.resetAndDestroy()
          await until(async () => (await watchers(api)) === 0)
        }
        // One that cannot be answered as a stream.
        const refused = await fetch(`${server.url}/graphql?query=${SUBSCRIPTION}`, {
          headers: { accept: 'application/json' },
        })
        await refused.text()
        expect(await watchers(api)).to.equal(0)
      })
    })
  }

  it('answers others between the events of many who return', async function () {
    const { store, read } = await open(KINDS[0]!)
    await store.start(IDENTITY)
    await append(store, { models: 300, edges: [], blocks: 300 })
    const database = read()
    const api = apiOver(database)
    const streams = await Promise.all(
      Array.from({ length: 30 }, () =>
        api.fetch(new Request(`http://api.test${STREAM}?after=150`), { address: '1.1.1.1' }),
      ),
    )
    let events = 0
    const atOnce: number[] = []
    const reading = Promise.all(
      streams.map(async ({ body }) => {
        const reader = body!.getReader()
        for (let mine = 0; mine < 150;) {
          const { value } = await reader.read()
          const text = new TextDecoder().decode(value)
          const count = text.split('event: activity').length - 1
          mine += count
          events += count
        }
        await reader.cancel()
      }),
    )
    // What a cycle of the event loop sends is what any other request waits for.
    const all = 30 * 150
    for (let before = 0; events < all; before = events) {
      await new Promise((resolve) => setImmediate(resolve))
      atOnce.push(events - before)
    }
    await reading
    expect(Math.max(...atOnce)).to.be.at.most(8)
    await database.close()
    await store.close()
  })

  it('gives turns in order, one in a cycle', async function () {
    const turns = new Turns()
    const taken: number[] = []
    const all = [1, 2, 3].map(async (who) => {
      await turns.take()
      taken.push(who)
    })
    await turns.take()
    expect(taken).to.deep.equal([1, 2, 3])
    await Promise.all(all)
  })
})

type Failure = { error: { code: string } }

/** How many watchers an API says that it has. */
async function watchers(api: Api): Promise<number> {
  const text = await (await api.fetch(new Request('http://api.test/metrics'))).text()
  return Number(/^stemma_api_watchers (\d+)$/m.exec(text)![1])
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve))
}

/** Opens a stream, and reads it until a text comes or to its end. */
async function watch(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ until: (text: string) => Promise<string>; whole: () => Promise<string>; end: () => Promise<void> }> {
  const stop = new AbortController()
  const response = await fetch(url, { headers, signal: stop.signal })
  expect(response.status).to.equal(200)
  expect(response.headers.get('content-type')).to.contain('text/event-stream')
  expect(response.headers.get('cache-control')).to.equal('no-store')
  const reader = response.body!.getReader()
  const decoder = new TextDecoder()
  let text = ''
  const read = async (isEnough: () => boolean): Promise<string> => {
    while (!isEnough()) {
      const { value, done } = await reader.read()
      if (done) break
      text += decoder.decode(value, { stream: true })
    }
    return text
  }
  return {
    until: (what) => read(() => text.includes(what)),
    whole: () => read(() => false),
    async end() {
      stop.abort()
      await reader.cancel().catch(() => undefined)
    },
  }
}
