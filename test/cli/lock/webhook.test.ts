import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { expect } from 'chai'

import type { Context } from '../../../src/console/context.ts'
import { MOST_WAITING, parseWebhookUrl, Webhook, WEBHOOK_SECRET } from '../../../src/cli/webhook.ts'

const SECRET = 'a secret that nobody guesses'
const NOW = 1_800_000_000

type Got = { headers: IncomingMessage['headers']; body: string; at: string }

describe('webhook', function () {
  let got: Got[] = []
  let answer: (response: ServerResponse, request: IncomingMessage) => void
  let stderr = ''
  let pauses: number[] = []
  let abort: AbortController
  let url = ''

  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      got.push({ headers: request.headers, body, at: request.url! })
      answer(response, request)
    })
  })

  before(async function () {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hidden-path`
  })

  after(function () {
    server.closeAllConnections()
    server.close()
  })

  beforeEach(function () {
    ;[got, stderr, pauses] = [[], '', []]
    abort = new AbortController()
    answer = (response) => response.writeHead(204).end()
  })

  const contextOf = (env: NodeJS.ProcessEnv = { [WEBHOOK_SECRET]: SECRET }): Context => ({
    stdout: () => {},
    stderr: (text) => void (stderr += text),
    env,
    cwd: '/',
    now: () => NOW * 1000,
    signal: abort.signal,
  })
  const webhookOf = (target = url, env?: NodeJS.ProcessEnv): Webhook =>
    new Webhook(contextOf(env), target, async (milliseconds) => void pauses.push(milliseconds))
  const message = (id: string, block = 7) => ({ id, body: `{"id":"${id}"}`, block })
  const answering = (...statuses: number[]): void => {
    answer = (response) => response.writeHead(statuses.shift() ?? 204).end()
  }

  it('posts messages in their order, each signed over id, time and body', async function () {
    const webhook = webhookOf()
    for (const id of ['one', 'two', 'three']) webhook.send(message(id))
    await webhook.drain()
    expect(got.map(({ body }) => body)).to.deep.equal(['{"id":"one"}', '{"id":"two"}', '{"id":"three"}'])
    for (const { headers, body } of got) {
      const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
      const signature = createHmac('sha256', SECRET).update(signed).digest('base64')
      expect(headers['webhook-signature']).to.equal(`v1,${signature}`)
      expect(headers['webhook-timestamp']).to.equal(String(NOW))
      expect(headers['content-type']).to.equal('application/json')
    }
    expect(webhook.oldestBlock).to.equal(undefined)
  })

  it('signs with what follows whsec_ in base64', async function () {
    const key = Buffer.from(SECRET).toString('base64')
    const webhook = webhookOf(url, { [WEBHOOK_SECRET]: `whsec_${key}` })
    webhook.send(message('one'))
    await webhook.drain()
    const signature = createHmac('sha256', SECRET).update(`one.${NOW}.{"id":"one"}`).digest('base64')
    expect(got[0]!.headers['webhook-signature']).to.equal(`v1,${signature}`)
  })

  it('signs the example of the Standard Webhooks specification as it does', async function () {
    const env = { [WEBHOOK_SECRET]: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }
    const context = { ...contextOf(env), now: () => 1_614_265_330_000 }
    const webhook = new Webhook(context, url)
    webhook.send({ id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}', block: 1 })
    await webhook.drain()
    expect(got[0]!.headers['webhook-signature']).to.equal('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  it('tries again after 5xx, 429 and 408, later each time, with the same id', async function () {
    answering(503, 429, 408)
    const webhook = webhookOf()
    webhook.send(message('one'))
    await webhook.drain()
    expect(got.map(({ headers }) => headers['webhook-id'])).to.deep.equal(['one', 'one', 'one', 'one'])
    expect(pauses).to.deep.equal([1000, 2000, 4000])
    expect([stderr, webhook.oldestBlock]).to.deep.equal(['', undefined])
  })

  it('waits as long as the host asks, up to a minute', async function () {
    const asked = ['10', '99999999', 'nonsense']
    answer = (response) => {
      const after = asked.shift()
      if (after === undefined) response.writeHead(200).end()
      else response.writeHead(503, { 'retry-after': after }).end()
    }
    const webhook = webhookOf()
    webhook.send(message('one'))
    await webhook.drain()
    expect(pauses).to.deep.equal([10_000, 60_000, 4000])
  })

  it('gives a message up after eight tries, says so without the path, and goes on with the next', async function () {
    answer = (response) => response.writeHead(got.at(-1)!.body.includes('one') ? 500 : 200).end()
    const webhook = webhookOf()
    webhook.send(message('one', 5))
    webhook.send(message('two', 6))
    await webhook.drain()
    expect(got.map(({ headers }) => headers['webhook-id'])).to.deep.equal([...Array(8).fill('one'), 'two'])
    expect(pauses).to.deep.equal([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000])
    expect(stderr).to.match(
      /^Note: webhook http:\/\/127\.0\.0\.1:\d+: one of block 5 was not delivered: the host answered 500, 8 times\.\n$/,
    )
    // So that the next watcher sends it again.
    expect(webhook.oldestBlock).to.equal(5)
  })

  it('gives up at once what the host refuses, and follows no redirect', async function () {
    const { port } = server.address() as AddressInfo
    for (const status of [400, 401, 404, 410]) {
      answering(status)
      const webhook = webhookOf()
      webhook.send(message(`refused-${status}`))
      await webhook.drain()
      expect(webhook.oldestBlock).to.equal(7)
    }
    for (const status of [301, 302, 307, 308]) {
      answer = (response) => response.writeHead(status, { location: `http://127.0.0.1:${port}/elsewhere` }).end()
      const webhook = webhookOf()
      webhook.send(message(`moved-${status}`))
      await webhook.drain()
    }
    expect(got.map(({ at }) => at)).to.deep.equal(Array(8).fill('/hidden-path'))
    expect(pauses).to.deep.equal([])
    expect(stderr).to.not.contain('hidden-path')
  })

  it('tries again when the host hangs up, and does not wait for a body without an end', async function () {
    answer = (response, request) => {
      if (got.length === 1) request.socket.destroy()
      else if (got.length === 2) response.writeHead(200, { 'content-type': 'text/plain' }).write('for a long time')
      else response.writeHead(200).end()
    }
    const webhook = webhookOf()
    webhook.send(message('one'))
    webhook.send(message('two'))
    await webhook.drain()
    expect(got.map(({ headers }) => headers['webhook-id'])).to.deep.equal(['one', 'one', 'two'])
  })

  it('never makes the sender wait, and drops what finds no place', async function () {
    const held: ServerResponse[] = []
    answer = (response) => void held.push(response)
    const webhook = webhookOf()
    for (let index = 0; index < MOST_WAITING + 2; index++) webhook.send(message(`m${index}`, index))
    expect(stderr.split('\n').filter((line) => line.includes('was dropped'))).to.have.length(2)
    expect(stderr).to.contain(`m${MOST_WAITING} of block ${MOST_WAITING} was dropped`)
    const drained = webhook.drain()
    abort.abort()
    await drained
    // What was not delivered is still to be sent by the next watcher.
    expect(webhook.oldestBlock).to.not.equal(undefined)
    for (const response of held) response.end()
  })

  it('sends what comes just after the queue was empty', async function () {
    const webhook = webhookOf()
    for (const id of ['one', 'two', 'three']) {
      webhook.send(message(id))
      await webhook.drain()
    }
    expect(got).to.have.length(3)
  })

  it('goes to https, or to this machine, and takes no password in the URL', function () {
    for (const target of [
      'https://ci.example/x',
      'http://localhost:1/x',
      'http://127.0.0.1/',
      'http://127.9.9.9/',
      'http://[::1]:8/',
    ]) {
      expect(parseWebhookUrl(target).href).to.equal(target)
    }
    const refused = [
      'http://ci.example/x',
      'http://127.0.0.1.evil.example/',
      'http://localhost.evil.example/',
      'http://10.0.0.1/',
      'http://0.0.0.0/',
      'ftp://ci.example/',
      'file:///etc/passwd',
      'ci.example',
      '',
      'https://me:word@ci.example/',
      'https://me@ci.example/',
    ]
    for (const target of refused)
      expect(() => parseWebhookUrl(target), target)
        .to.throw(Error)
        .with.property('code', 'USAGE')
    expect(() => parseWebhookUrl('https://me:password@ci.example/'))
      .to.throw()
      .with.property('message')
      .that.does.not.contain('password@')
    expect(() => parseWebhookUrl('http://ci.example/hidden'))
      .to.throw()
      .with.property('message')
      .that.does.not.contain('hidden')
  })

  it('needs a secret of some length', function () {
    for (const secret of [undefined, '', 'short', 'whsec_', 'whsec_c2hvcnQ=', `whsec_${'-_*!'.repeat(9)}`]) {
      const env = secret === undefined ? {} : { [WEBHOOK_SECRET]: secret }
      expect(() => webhookOf(url, env), secret)
        .to.throw(Error, /at least 16 bytes|not base64/)
        .with.property('code', 'USAGE')
    }
  })
})
