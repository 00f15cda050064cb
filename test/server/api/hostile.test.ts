import { spawn } from 'node:child_process'
import { join } from 'node:path'

import { expect } from 'chai'

import { generateLineage } from '../../../bench/lineage/generate.ts'
import { syntheticId, writeLineage } from '../../../bench/lineage/rows.ts'
import { createStore } from '../../../packages/server/src/indexer/openDatabase.ts'
import { listen } from '../../../packages/server/src/api/listen.ts'
import { Random } from '../../fixtures/random.ts'
import { KINDS, open } from '../indexer/stores.ts'
import { connectTo } from './rawHttp.ts'
import { apiOver } from './world.ts'

const CASES = Number(process.env.STEMMA_FUZZ_CASES ?? 1000)
const SEED = Number(process.env.STEMMA_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))
const MODELS = 500
const ID = syntheticId('model', 9)
/** How many requests are open at once. */
const AT_ONCE = 20
const PROGRAM = join(import.meta.dirname, '../../../packages/server/src/cli/main.ts')
/** What no answer may hold: stack traces, and paths of the server's machine. */
const LEAK = /\\n\s+at |\n\s+at |node:internal|node_modules|file:\/\/|\.[jt]s:\d|\/(work|home|root|tmp|usr)\//

const PATHS = [
  '/',
  '/v1',
  '/health',
  '/ready',
  '/metrics',
  '/openapi.json',
  '/graphql',
  '/nothing',
  '//',
  '/..',
  '*',
  '',
  '/%00',
  '/%zz',
  '/\x00',

  '/v1/activity/stream',
  '/v1/activity/stream?after=abc',
  '/v1/activity/stream?after=1',
  `/v1/models/${ID}`,
  '/v1/models/x',
  '/v1/models?first=1e9',

  `/v1/models/${ID}/findings?use=commercial`,
  '/v1/models?after=%ff',
  '/v1/search?text=%ed%a0%80',
  'http://[/',
  'http://a@b/',
  'a',
  '/v1/models?block=99999999999999999999',

  `/${'x'.repeat(9000)}`,
  `/v1/models?name=${'%'.repeat(3000)}`,
  '/graphql?query={',
  '/graphql?query=%7Bledger%7Bnow%7D%7D',
  '/graphql?query=subscription%7Bactivity%7Breplaced%7D%7D',
]
const METHODS = [
  'GET',
  'GET',
  'GET',
  'POST',
  'POST',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'TRACE',
  'CONNECT',
  'FOO',
  'get',
  'G\x00T',
  '',
]
const VERSIONS = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9.9', 'HTTP', '']
const HEADERS = [
  'Host: a',
  'Host: a',
  'Host: a b c',
  'Host: [',
  'Host: \xff',
  'Host:',
  'Content-Type: application/json',
  'Content-Type: text/plain',
  'Accept: text/event-stream',
  'Accept: */*;q=x',

  'Accept-Encoding: gzip',
  'Accept-Encoding: br;q=9,,;',
  'If-None-Match: *',
  'If-None-Match: "',
  'Last-Event-ID: 1.2.3',
  'Last-Event-ID: 1',
  'Expect: 100-continue',
  'Expect: x',
  'Upgrade: websocket',

  'Connection: upgrade',
  'Connection: close',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip',
  'Content-Length: 5',
  'Content-Length: -1',
  'Content-Length: 99999999999',
  'Content-Encoding: br',

  `X: ${'y'.repeat(20_000)}`,
  'X',
  ': x',
  'Origin: null',
  'Range: bytes=0-1',
  'Cookie: a=b',
  'X: \x00',
  'X: a\rb',
  'X: a\nb',
  'HTTP2-Settings: x',
  'Authorization: Basic eA==',
]
const BODIES = [
  '',
  '{',
  '{}',
  '[]',
  'null',
  '"\\ud800"',
  '5\r\nhello\r\n0\r\n\r\n',
  'zz\r\n',
  '{"query":"{ ledger { now } }"}',
  '{"query":"subscription{activity{replaced}}"}',
  '\xff\xfe',
  'x'.repeat(150_000),
  '0\r\n\r\nGET / HTTP/1.1\r\n\r\n',
]
/** How a client leaves: after the answer, or before it. */
const LEAVES = ['wait', 'wait', 'end', 'destroy', 'reset'] as const

describe('query API: hostile requests', function () {
  this.timeout(CASES * 600 + 120_000)

  it('leave the process, its sockets and its timers as they were, and learn nothing of its machine', async function () {
    const { store, read } = await open(KINDS[0]!)
    await writeLineage(store, generateLineage(MODELS))
    await store.close()
    const database = read()
    const api = apiOver(database)
    const failures: unknown[] = []
    const note = (failure: unknown): void => void failures.push(failure)
    process.on('unhandledRejection', note).on('uncaughtException', note)
    const timeouts = { headers: 150, request: 300, idle: 100, stall: 200 }
    const server = await listen((request, caller) => api.fetch(request, caller), {
      port: 0,
      host: '127.0.0.1',
      timeouts,
    })
    const before = resources()
    try {
      await attack(server.url, CASES, SEED)
      const figures = await (await api.fetch(new Request('http://api.test/metrics'))).text()
      expect(figures, again()).to.match(/^stemma_api_watchers 0$/m)
      // What is left is closed by the limits of the server.
      while (extra(before, resources()).length > 0) await new Promise((resolve) => setImmediate(resolve))
      expect(failures, again()).to.deep.equal([])
      const refused = /status="5\d\d"\} (\d+)$/gm
      for (const [line] of figures.matchAll(refused)) expect(line, again()).to.match(/status="50[13]"/)
    } finally {
      process.off('unhandledRejection', note).off('uncaughtException', note)
      await server.close(0)
      await database.close()
    }
  })

  it('do not end a server of its own process, nor make it write of failures', async function () {
    const where = await KINDS[0]!.where()
    const store = createStore(where)
    await writeLineage(store, generateLineage(MODELS))
    await store.close()
    const options = ['--conditions=source', PROGRAM, 'api', '--database', where, '--port', '0', '--json']
    const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = new Promise((resolve) => child.once('close', resolve))
    let [lines, failures] = ['', '']
    child.stderr.on('data', (chunk: Buffer) => void (failures += chunk.toString()))
    const url = await new Promise<string>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        lines += chunk.toString()
        const [first, more] = lines.split('\n')
        if (more !== undefined) resolve((JSON.parse(first!) as { url: string }).url)
      })
    })
    await attack(url, Math.min(CASES, 200), SEED)
    expect(await (await fetch(`${url}/health`)).json()).to.deep.equal({ status: 'ok' })
    child.kill('SIGTERM')
    expect(await ended, again()).to.equal(0)
    expect([failures, lines.includes('"kind":"failure"')], again()).to.deep.equal(['', false])
  })
})

function again(): string {
  return `run again with STEMMA_FUZZ_SEED=${SEED} STEMMA_FUZZ_CASES=${CASES}`
}

/** Sends hostile requests, some at once. */
async function attack(url: string, cases: number, seed: number): Promise<void> {
  const random = new Random(seed)
  let left = cases
  const clients = Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) await send(url, requestOf(random), random.pick(LEAVES))
  })
  await Promise.all(clients)
}

function requestOf(random: Random): string {
  const one = (): string => {
    const head = `${random.pick(METHODS)} ${random.pick(PATHS)} ${random.pick(VERSIONS)}`
    const headers = [...random.some(['Host: a'], 0.8), ...random.sample(HEADERS, random.integer(0, 3))]
    return `${[head, ...headers].join('\r\n')}\r\n\r\n${random.pick(BODIES)}`
  }
  const text = random.chance(0.2) ? one() + one() : one()
  return random.chance(0.1) ? text.slice(0, random.integer(1, text.length)) : text
}

/** Sends a request, and checks that what comes back tells nothing of the server's machine. */
function send(url: string, text: string, leave: (typeof LEAVES)[number]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connectTo(url)
    let came = ''
    const go = (): void => {
      if (leave === 'end') socket.end()
      else if (leave === 'reset') socket.resetAndDestroy()
      else socket.destroy()
    }
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      came += chunk.toString('latin1')
      // The answer has begun; streams have no end.
      if (came.includes('\r\n\r\n') && leave !== 'end') setImmediate(go)
    })
    // A server that waits for more of a request is left.
    let isLeft = false
    socket.setTimeout(100, () => {
      if (isLeft) socket.destroy()
      else go()
      isLeft = true
    })
    socket.once('close', () => {
      if (LEAK.test(came))
        reject(new Error(`${again()}: ${JSON.stringify(text.slice(0, 300))} gave ${came.slice(0, 500)}`))
      else resolve()
    })
    socket.write(Buffer.from(text, 'latin1'))
    if (leave === 'destroy' || leave === 'reset') setImmediate(go)
  })
}

/** What keeps the process running, by kind. */
function resources(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) {
    // What the test itself waits with.
    if (kind !== 'Immediate') counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return counts
}

function extra(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
  return [...after.keys()].filter((kind) => after.get(kind)! > (before.get(kind) ?? 0))
}
