import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { request as ask, type IncomingHttpHeaders } from 'node:http'

import { expect } from 'chai'

import { generateLineage } from '../../../bench/lineage/generate.ts'
import { syntheticId, writeLineage } from '../../../bench/lineage/rows.ts'
import type { Database } from '../../../packages/server/src/indexer/database.ts'
import { LIMITS } from '../../../packages/server/src/api/graphql/limits.ts'
import { listen, type Listening } from '../../../packages/server/src/api/listen.ts'
import { createRoutes } from '../../../packages/server/src/api/rest/routes.ts'
import { KINDS, open } from '../indexer/stores.ts'
import { connectTo, responsesIn, sendRaw, type RawResponse } from './rawHttp.ts'
import { apiOver } from './world.ts'

const MODELS = 2000
const ID = syntheticId('model', MODELS - 3)
/** Words that only a stack trace or a path of the server's machine has. */
const LEAK = /\n\s+at |node:internal|node_modules|file:\/\/|\.ts:\d|\/(work|home|root|tmp|var|usr)\//

type Answered = { status: number; headers: IncomingHttpHeaders; body: Buffer }

describe('query API as an HTTP server', function () {
  this.timeout(60_000)
  let database: Database
  let server: Listening

  before(async function () {
    const { store, read } = await open(KINDS[0]!)
    await writeLineage(store, generateLineage(MODELS))
    await store.close()
    database = read()
    const api = apiOver(database)
    server = await listen((request, caller) => api.fetch(request, caller), { port: 0, host: '127.0.0.1' })
  })
  after(async function () {
    await server.close(0)
    await database.close()
  })

  const raw = async (head: string, body = ''): Promise<RawResponse> => {
    const text = await sendRaw(server.url, `${head}\r\n\r\n${body}`)
    expect(text).to.not.match(LEAK)
    const found = responsesIn(text, head.startsWith('HEAD'))
    expect(found, head).to.have.length(1)
    return found[0]!
  }
  const codeOf = ({ body }: RawResponse): string => (JSON.parse(body) as { error: { code: string } }).error.code
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answered> =>
    new Promise((resolve, reject) => {
      ask(server.url + path, { method, headers, agent: false }, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part)).on('error', reject)
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) }),
        )
      })
        .on('error', reject)
        .end()
    })

  it('refuses a request without one valid host, in JSON', async function () {
    const bad = [
      'a b c',
      '[',
      ']',
      '[::1',
      'a/b',
      'a?b',
      'a#b',
      'user@a',
      'a:b',
      'a:99999',
      'a:-1',
      '',
      '<x>',
      'a\\b',
      '::1',
      '\u00e9',
      '%zz',
      '[::g]',
      'a,b c',
      '"a"',
      'http://a',
    ]
    for (const host of bad) {
      const answer = await raw(`GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close`)
      expect([host, answer.status, codeOf(answer)]).to.deep.equal([host, 400, 'INVALID_REQUEST'])
    }
    for (const head of ['', '\r\nHost: a\r\nHost: b', '\r\nHost: a\r\nhost: a']) {
      const answer = await raw(`GET /health HTTP/1.1${head}\r\nConnection: close`)
      expect([head, answer.status, codeOf(answer)]).to.deep.equal([head, 400, 'INVALID_REQUEST'])
    }
    for (const host of ['a', 'A.test:80', '[::1]:8600', '[::1]', '127.0.0.1', 'a.', 'a:', 'x_y.test']) {
      expect((await raw(`GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close`)).status, host).to.equal(200)
    }
    expect((await raw('GET /health HTTP/1.0')).status).to.equal(200)
  })

  it('reads every form of a target, and refuses what is none', async function () {
    const asked = async (target: string, method = 'GET'): Promise<number> =>
      (await raw(`${method} ${target} HTTP/1.1\r\nHost: a.test\r\nConnection: close`)).status
    for (const [target, status] of [
      ['http://other.test/health', 200],
      ['HTTP://other.test:80/health?x=1', 200],
      ['https://other.test/health', 200],
      ['/v1/../health', 200],
      ['/%68ealth', 404],
      ['//health', 404],
      ['//evil.test/health', 404],
      ['/v1//models', 404],
      ['/v1/models/%00', 400],
      ['/v1/models/%zz', 400],
      ['/v1/models/%ed%a0%80', 400],
      ['/v1/models?name=%zz', 200],
      ['/v1/models/..%2f..%2fetc%2fpasswd', 400],
      ['/v1/nothing', 404],
      ['http://a b/health', 400],
      ['http:///health', 400],
      ['http://user@a.test/health', 400],
      ['http://[/health', 400],
      ['ftp://a.test/health', 400],
      ['/health#x', 400],
      ['health', 400],
      ['*', 400],
    ] as const) {
      expect([target, await asked(target)]).to.deep.equal([target, status])
    }
    const all = await raw('OPTIONS * HTTP/1.1\r\nHost: a.test\r\nConnection: close')
    expect([all.status, all.headers.allow]).to.deep.equal([204, 'GET, HEAD, POST, OPTIONS'])
  })

  it('refuses addresses and headers that are too long with 414 and 431', async function () {
    for (const length of [8193, 12_000, 17_000, 70_000]) {
      const answer = await raw(`GET /${'x'.repeat(length)} HTTP/1.1\r\nHost: a\r\nConnection: close`)
      expect([length, answer.status, codeOf(answer)]).to.deep.equal([length, 414, 'TARGET_TOO_LONG'])
      // Whatever a browser takes a refusal for, it runs nothing in it.
      expect(answer.headers['x-content-type-options']).to.equal('nosniff')
      expect(answer.headers['content-security-policy']).to.contain("default-src 'none'")
    }
    for (const length of [17_000, 70_000]) {
      const answer = await raw(`GET /health HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(length)}`)
      expect([length, answer.status, codeOf(answer)]).to.deep.equal([length, 431, 'HEADERS_TOO_LARGE'])
    }
  })

  it('answers 501 to unknown methods, and 405 with the allowed ones on every path', async function () {
    for (const method of ['FOO', 'get', 'PROPFIND', 'TRACE', 'M-SEARCH', 'CONNECT', 'QUERY']) {
      const target = method === 'CONNECT' ? 'a.test:443' : '/health'
      const answer = await raw(`${method} ${target} HTTP/1.1\r\nHost: a.test\r\nConnection: close`)
      expect([method, answer.status, codeOf(answer)]).to.deep.equal([method, 501, 'UNKNOWN_METHOD'])
    }
    const paths = [
      '/',
      '/v1',
      '/health',
      '/ready',
      '/metrics',
      '/openapi.json',
      '/graphql',
      ...REST.map(({ path }) => path),
    ]
    for (const path of paths) {
      const takesBody = path === '/graphql' || REST.some((route) => route.path === path && route.takesBody)
      const allow = takesBody ? 'GET, HEAD, POST, OPTIONS' : 'GET, HEAD, OPTIONS'
      for (const method of ['PUT', 'DELETE', 'PATCH', ...(takesBody ? [] : ['POST'])]) {
        const answer = await raw(
          `${method} ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3`,
          'abc',
        )
        expect([path, method, answer.status, answer.headers.allow, codeOf(answer)]).to.deep.equal([
          path,
          method,
          405,
          allow,
          'METHOD_NOT_ALLOWED',
        ])
      }
      const options = await raw(`OPTIONS ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nOrigin: https://b.test`)
      expect([path, options.status, options.headers.allow]).to.deep.equal([path, 204, allow])
      expect(options.headers['access-control-allow-methods']).to.equal(allow)
    }
    expect((await raw('OPTIONS /nothing HTTP/1.1\r\nHost: a\r\nConnection: close')).status).to.equal(404)
  })

  it('answers HEAD as GET, with its length and without its body', async function () {
    const query = encodeURIComponent('{ ledger { block { number } } }')
    const paths = ['/', '/v1/', '/health', '/ready', '/openapi.json', '/graphql', `/graphql?query=${query}`, '/nothing']
    const routes = ['/v1/models?first=100', `/v1/models/${ID}`, '/v1/models/0x12', '/v1/status?block=7']
    for (const path of [...paths, ...routes]) {
      for (const headers of [{}, { 'accept-encoding': 'gzip' }] as Record<string, string>[]) {
        const [whole, head] = [await get(path, headers), await get(path, headers, 'HEAD')]
        expect(head.body.length, path).to.equal(0)
        expect(head.status, path).to.equal(whole.status)
        expect(Number(head.headers['content-length']), path).to.equal(whole.body.length)
        const { date: _one, ...got } = whole.headers
        const { date: _other, ...heads } = head.headers
        expect(heads, path).to.deep.equal(got)
      }
    }
    // Their values change with every request.
    const [figures, stream] = [await get('/metrics', {}, 'HEAD'), await get('/v1/activity/stream', {}, 'HEAD')]
    expect([figures.status, figures.body.length]).to.deep.equal([200, 0])
    expect([stream.status, stream.headers['content-type']]).to.deep.equal([200, 'text/event-stream'])
    expect((await get('/v1/activity/stream?after=abc', {}, 'HEAD')).status).to.equal(400)
    expect((await get('/metrics')).body.toString()).to.match(/^stemma_api_watchers 0$/m)
  })

  it('compresses long answers as the client prefers, and never streams', async function () {
    const path = '/v1/models?first=100&block=7'
    const plain = await get(path)
    expect(plain.headers['content-encoding']).to.equal(undefined)
    expect(plain.headers.vary).to.contain('accept-encoding')
    for (const [accepted, coding] of [
      ['gzip', 'gzip'],
      ['br', 'br'],
      ['gzip, deflate, br', 'gzip'],
      ['gzip;q=0.1, br', 'br'],
      ['gzip;q=0', undefined],
      ['identity', undefined],
      ['identity;q=1, gzip;q=0.5', undefined],
      ['*', 'gzip'],
      ['deflate', undefined],
      [';;,q=', undefined],
      ['', undefined],
    ] as const) {
      const answer = await get(path, { 'accept-encoding': accepted })
      expect([accepted, answer.headers['content-encoding']]).to.deep.equal([accepted, coding])
      const text =
        coding === 'gzip' ? gunzipSync(answer.body) : coding === 'br' ? brotliDecompressSync(answer.body) : answer.body
      expect(text.equals(plain.body), accepted).to.equal(true)
      if (coding) expect(answer.body.length).to.be.lessThan(plain.body.length / 4)
    }
    expect((await get('/health', { 'accept-encoding': 'gzip' })).headers['content-encoding']).to.equal(undefined)
    const stop = new AbortController()
    const stream = await fetch(`${server.url}/v1/activity/stream?after=0`, {
      headers: { 'accept-encoding': 'gzip, br' },
      signal: stop.signal,
    })
    expect(stream.headers.get('content-encoding')).to.equal(null)
    stop.abort()
  })

  it('has ETags by which an answer is not sent again', async function () {
    const query = encodeURIComponent('{ ledger { block { number } models(first: 50) { nodes { id } } } }')
    for (const path of ['/v1/models?first=100', '/v1/status', '/openapi.json', '/', `/graphql?query=${query}`]) {
      const tags = new Set<string>()
      for (const coding of ['identity', 'gzip', 'br']) {
        const headers = { 'accept-encoding': coding }
        const whole = await get(path, headers)
        const etag = whole.headers.etag!
        expect(whole.headers['cache-control'], path).to.equal('no-cache')
        tags.add(etag)
        for (const tag of [etag, `"x", ${etag}`, `W/${etag}`, '*']) {
          const again = await get(path, { ...headers, 'if-none-match': tag })
          expect([path, tag, again.status, again.body.length]).to.deep.equal([path, tag, 304, 0])
          expect([again.headers.etag, again.headers.vary]).to.deep.equal([etag, whole.headers.vary])
        }
        expect((await get(path, { ...headers, 'if-none-match': '"x"' })).status).to.equal(200)
        expect((await get(path, { ...headers, 'if-none-match': etag }, 'HEAD')).status).to.equal(304)
      }
      expect(tags.size, path).to.equal((await get(path)).body.length > 1024 ? 3 : 1)
    }
    for (const path of ['/health', '/ready', '/metrics', '/nothing', '/v1/models/0x12']) {
      const { headers } = await get(path)
      expect([path, headers['cache-control'], headers.etag]).to.deep.equal([path, 'no-store', undefined])
    }
  })

  it('refuses bodies that are too long before they have come, on every path', async function () {
    const most = LIMITS.body
    const statuses = async (request: string): Promise<number[]> =>
      responsesIn(await sendRaw(server.url, `${request}\r\n\r\n`)).map(({ status }) => status)
    const post = (path: string): string => `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json`
    const reading = ['/graphql', `/v1/models/${ID}/findings?use=commercial`].map(async (path) => {
      // Nothing of the body is sent.
      const stated = statuses(`${post(path)}\r\nContent-Length: ${most + 1}`)
      const expected = statuses(`${post(path)}\r\nExpect: 100-continue\r\nContent-Length: 999999999`)
      const counted = endless(server.url, `${post(path)}\r\nTransfer-Encoding: chunked`)
      expect([await stated, await expected, (await counted).status], path).to.deep.equal([[413], [413], 413])
    })
    const others = (
      [
        ['GET', '/health', 200],
        ['GET', '/graphql', 200],
        ['POST', '/health', 405],
        ['POST', '/nothing', 404],
        ['DELETE', '/v1/models', 405],
        ['OPTIONS', '/graphql', 204],
      ] as const
    ).map(async ([method, path, status]) => {
      const answer = await endless(server.url, `${method} ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked`)
      expect([method, path, answer.status]).to.deep.equal([method, path, status])
    })
    await Promise.all([...reading, ...others])
  })

  it('asks for a body only when it reads it', async function () {
    const body = JSON.stringify({ query: '{ ledger { chainId } }' })
    const socket = connectTo(server.url)
    let text = ''
    const came = (what: string): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (text.includes(what)) resolve()
          else socket.once('data', look)
        }
        look()
      })
    socket.on('data', (chunk: Buffer) => void (text += chunk.toString()))
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
    )
    await came('HTTP/1.1 100')
    socket.write(body)
    await came('"chainId"')
    socket.destroy()
  })

  it('refuses bodies of other types, codings and character sets', async function () {
    const body = '{"query":"{ ledger { chainId } }"}'
    for (const path of ['/graphql', `/v1/models/${ID}/findings?use=commercial`]) {
      for (const [header, status] of [
        ['Content-Type: text/plain', 415],
        ['Content-Type: application/x-www-form-urlencoded', 415],
        ['Content-Type: multipart/form-data; boundary=x', 415],
        ['Content-Type: application/graphql', 415],
        ['Content-Type: application/json; charset=utf-16', 415],
        ['Content-Type: application/json\r\nContent-Encoding: gzip', 415],
        ['Content-Type: ;;;', 415],
        ['Content-Type: Application/JSON; Charset="UTF-8"', path === '/graphql' ? 200 : 400],
        ['X: y', path === '/graphql' ? 200 : 400],
      ] as const) {
        const answer = await raw(
          `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${header}\r\nContent-Length: ${body.length}`,
          body,
        )
        expect([path, header, answer.status]).to.deep.equal([path, header, status])
        if (status === 415) expect(codeOf(answer)).to.equal('UNSUPPORTED_BODY')
      }
      const bad = await raw(
        `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 3`,
        '"\xff"',
      )
      expect([bad.status, codeOf(bad)]).to.deep.equal([400, 'INVALID_BODY'])
    }
  })

  it('answers pipelined requests in order, also after bodies that nobody reads', async function () {
    const one = (method: string, path: string, more = ''): string => `${method} ${path} HTTP/1.1\r\nHost: a\r\n${more}`
    const text = [
      one('GET', '/health', '\r\n'),
      one('DELETE', '/v1/models', 'Content-Length: 5\r\n\r\nhello'),
      one('GET', '/v1/models?first=1', 'Content-Length: 4\r\n\r\nbody'),
      one('HEAD', '/nothing', '\r\n').replace('HEAD', 'OPTIONS'),
      one('GET', '/v1/status', 'Connection: close\r\n\r\n'),
    ].join('')
    const statuses = responsesIn(await sendRaw(server.url, text)).map(({ status }) => status)
    expect(statuses).to.deep.equal([200, 405, 200, 404, 200])
  })

  it('ends slow requests, and refuses what is not HTTP', async function () {
    const slow = await listen(() => Promise.resolve(new Response('done', { headers: { 'content-length': '4' } })), {
      port: 0,
      host: '127.0.0.1',
      timeouts: { headers: 40, request: 80 },
    })
    for (const begun of ['GET /health HTTP/1.1\r\nHost: a\r\n', 'GET /hea']) {
      const [answer] = responsesIn(await sendRaw(slow.url, begun))
      expect([answer!.status, codeOf(answer!)]).to.deep.equal([408, 'REQUEST_TIMEOUT'])
    }
    await slow.close(0)
    for (const bytes of [
      '\x16\x03\x01\x02\x00',
      'hello\r\n\r\n',
      'GET /health\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'GET / HTTP/1.1\r\nHost\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n',
    ]) {
      const text = await sendRaw(server.url, bytes)
      expect(text).to.not.match(LEAK)
      const [answer] = responsesIn(text)
      expect(answer!.status, JSON.stringify(bytes)).to.be.oneOf([400, 501])
      expect(codeOf(answer!)).to.be.oneOf(['INVALID_REQUEST', 'UNKNOWN_METHOD'])
    }
  })

  it('closes connections beyond its limit, and cuts off who does not read', async function () {
    const chunk = new Uint8Array(1 << 20)
    let cut: () => void
    const isCut = new Promise<void>((resolve) => (cut = resolve))
    const endlessBody = (): ReadableStream<Uint8Array> =>
      new ReadableStream({ pull: (controller) => controller.enqueue(chunk), cancel: () => cut() })
    const small = await listen(() => Promise.resolve(new Response(endlessBody())), {
      port: 0,
      host: '127.0.0.1',
      timeouts: { stall: 30 },
      connections: 1,
    })
    const reader = connectTo(small.url)
    reader.on('error', () => {}).pause()
    reader.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await isCut
    reader.destroy()
    const [one, other] = [connectTo(small.url), connectTo(small.url)]
    const closed = (socket: typeof one): Promise<typeof one> =>
      new Promise((resolve) => socket.on('error', () => {}).once('close', () => resolve(socket)))
    expect([one, other]).to.include(await Promise.race([closed(one), closed(other)]))
    one.destroy()
    other.destroy()
    await small.close(0)
  })
})

const REST = createRoutes().map(({ path, body, operation }) => ({
  path: path.replaceAll(/\{\w+\}/g, ID),
  takesBody: body.length > 0,
  isStream: operation.operation === 'subscription',
}))

/** Sends a chunked body without end, until the server closes the connection. Returns its answer. */
async function endless(url: string, head: string): Promise<RawResponse> {
  const socket = connectTo(url)
  let text = ''
  socket.on('data', (part: Buffer) => void (text += part.toString())).on('error', () => {})
  const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`
  socket.write(`${head}\r\n\r\n`)
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  }
  socket.on('drain', more)
  more()
  await new Promise((resolve) => socket.once('close', resolve))
  return responsesIn(text)[0]!
}
