import { createHash } from 'node:crypto'
import { createServer as createTcpServer, connect } from 'node:net'
import { once } from 'node:events'

import { expect } from 'chai'

import { callOfBatch } from '../../../packages/server/src/gateway/callOfBatch.ts'
import { SETTLEMENTS } from '../../../packages/server/src/gateway/settlement.ts'
import { behaviour, RETRY_HEADERS, startHostileUpstream, type HostileUpstream } from '../../fixtures/hostileUpstream.ts'
import { ask, chat, startBareGateway, type BareGateway } from './standIns.ts'

const CHAT = '/v1/chat/completions'
const ZERO = `0x${'0'.repeat(64)}`

describe('one call through the gateway', function () {
  this.timeout(30_000)
  let upstream: HostileUpstream
  const opened: BareGateway[] = []

  before(async function () {
    upstream = await startHostileUpstream()
  })

  afterEach(async function () {
    for (const each of opened.splice(0)) {
      expect(each.failures).to.deep.equal([])
      await each.close()
    }
  })

  after(() => upstream.close())

  async function started(settings: Parameters<typeof startBareGateway>[1] = {}): Promise<BareGateway> {
    const gateway = await startBareGateway(upstream.url, settings)
    opened.push(gateway)
    return gateway
  }

  /** A gate that a test opens. */
  function gate(): { closed: Promise<void>; open: () => void } {
    let open: () => void = () => undefined
    const closed = new Promise<void>((resolve) => (open = resolve))
    return { closed, open }
  }

  it('passes request and answer byte for byte, swaps the keys, and gives what proves the record', async function () {
    const bare = await started()
    const body = chat()
    const headers = { ...behaviour({ echo: true }), connection: 'x-hop', 'x-hop': '1', 'x-kept': 'yes', te: 'trailers' }
    const first = upstream.requests.length
    const answer = await ask(bare.url + CHAT, { body, headers })
    const received = upstream.requests[first]!
    expect(answer.status).to.equal(200)
    expect(received.body.toString()).to.equal(body)
    expect(received.headers.authorization).to.equal('Bearer up-key')
    expect(received.headers['accept-encoding']).to.equal('identity')
    expect(received.headers['x-kept']).to.equal('yes')
    expect(received.headers['x-hop']).to.equal(undefined)
    expect(received.headers.te).to.equal(undefined)
    expect(received.headers.host).to.equal(new URL(upstream.url).host)
    const [end] = await bare.recorded(1)
    const salted = (salt: unknown, bytes: string | Buffer): string =>
      `0x${createHash('sha256')
        .update(Buffer.from(String(salt).slice(2), 'hex'))
        .update(bytes)
        .digest('hex')}`
    expect(end).to.include({
      call: answer.headers['stemma-call'],
      outcome: 'served',
      request: salted(answer.headers['stemma-request-salt'], body),
      response: salted(answer.headers['stemma-response-salt'], answer.body),
    })
    expect(answer.headers['stemma-block']).to.equal('7')
    expect(answer.headers['stemma-model']).to.match(/^0x(11){32}$/)
  })

  it('sends the request at once, and no byte of the answer before the intent is on the disk', async function () {
    const bare = await started()
    const { closed, open } = gate()
    bare.disk.begin = closed
    const index = upstream.requests.length
    const answer = ask(bare.url + CHAT, { body: chat({ stream: true }), headers: behaviour({ chunks: 3 }) })
    const received = await upstream.request(index)
    await received.ended
    // The upstream is done, and the caller has nothing.
    expect(
      await Promise.race([answer.then(() => 'answered'), new Promise((done) => setImmediate(() => done('nothing')))]),
    ).to.equal('nothing')
    open()
    expect((await answer).body.toString()).to.contain('[DONE]')
  })

  it('asks for both records at once where the server is faster than the disk, and passes nothing before both are kept', async function () {
    const bare = await started()
    for (const stream of [true, false]) {
      const { closed, open } = gate()
      bare.disk.begin = closed
      let isAnswered = false
      const answer = ask(bare.url + CHAT, { body: chat({ stream }), headers: behaviour({ chunks: 3 }) })
      void answer.then(() => (isAnswered = true))
      const [end] = (await bare.recorded(stream ? 1 : 2)).slice(-1)
      await new Promise((done) => setImmediate(done))
      expect(isAnswered).to.equal(false)
      open()
      const { isWhole, body, headers } = await answer
      const digest = createHash('sha256')
        .update(Buffer.from(String(headers['stemma-response-salt']).slice(2), 'hex'))
        .update(body)
      expect([isWhole, end!.outcome, end!.response]).to.deep.equal([true, 'served', `0x${digest.digest('hex')}`])
    }
  })

  it('holds the end of an answer back until the record is on the disk', async function () {
    const bare = await started()
    for (const stream of [true, false]) {
      const { closed, open } = gate()
      bare.disk.end = closed
      let parts = ''
      const answer = ask(bare.url + CHAT, {
        body: chat({ stream }),
        headers: behaviour({ chunks: 3 }),
      }).then((whole) => {
        parts = whole.body.toString()
        return whole
      })
      const index = upstream.requests.length
      await (
        await upstream.request(index)
      ).ended
      expect(parts).to.equal('')
      open()
      expect((await answer).isWhole).to.equal(true)
      expect(parts).to.match(stream ? /\[DONE\]\s+$/ : /\}\s*$/)
    }
  })

  it('passes errors of the upstream as they are, with all headers for retries, and counts nothing', async function () {
    const bare = await started()
    const straight = await ask(upstream.url + CHAT, {
      body: chat(),
      headers: behaviour({ fails: { status: 429, headers: RETRY_HEADERS } }),
    })
    const answer = await ask(bare.url + CHAT, {
      body: chat(),
      headers: behaviour({ fails: { status: 429, headers: RETRY_HEADERS } }),
    })
    expect([answer.status, answer.body.toString()]).to.deep.equal([429, straight.body.toString()])
    expect(answer.headers).to.include(RETRY_HEADERS)
    expect(answer.headers['stemma-refusal']).to.equal(undefined)
    const [end] = await bare.recorded(1)
    expect(end).to.include({ outcome: 'failed', inputTokens: 0, outputTokens: 0 })
  })

  it('resets the connection where the upstream cut the answer, and never asks twice', async function () {
    const bare = await started()
    const before = upstream.requests.length
    for (const cut of ['mid-chunk', 'before-done'] as const) {
      const answer = await ask(bare.url + CHAT, {
        body: chat({ stream: true }),
        headers: behaviour({ chunks: 5, cut }),
      })
      expect([cut, answer.status, answer.isWhole]).to.deep.equal([cut, 200, false])
    }
    for (const cut of ['before-headers', 'in-headers'] as const) {
      const answer = await ask(bare.url + CHAT, { body: chat(), headers: behaviour({ cut }) })
      expect([answer.status, answer.headers['stemma-refusal']]).to.deep.equal([502, 'upstream_cut'])
    }
    const ends = await bare.recorded(4)
    expect(ends.map(({ outcome }) => outcome)).to.deep.equal(['failed', 'failed', 'failed', 'failed'])
    expect(upstream.requests.length - before).to.equal(4)
  })

  it('refuses broken framing of the upstream as a cut', async function () {
    const bare = await started()
    for (const framing of ['bad-size', 'short-chunk', 'no-last-chunk'] as const) {
      const answer = await ask(bare.url + CHAT, {
        body: chat({ stream: true }),
        headers: behaviour({ chunks: 3, framing }),
      })
      expect([framing, answer.isWhole && answer.status === 200]).to.deep.equal([framing, false])
    }
    expect((await bare.recorded(3)).every(({ outcome }) => outcome === 'failed')).to.equal(true)
  })

  it('stops the upstream when the caller leaves, before the answer and in its middle, with one record each', async function () {
    const bare = await started()
    // Before headers.
    let index = upstream.requests.length
    const raw = connect(Number(new URL(bare.url).port), '127.0.0.1')
    const body = chat()
    raw.write(
      `POST ${CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer one\r\ncontent-type: application/json\r\nx-behaviour: {"silent":"before-headers"}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    const silent = await upstream.request(index)
    raw.destroy()
    expect(await silent.ended).to.equal('left')
    const [first] = await bare.recorded(1)
    expect(first).to.include({ outcome: 'failed', outputTokens: 0, counted: 'estimated', response: ZERO })
    expect(first!.inputTokens).to.be.greaterThan(0)
    // In the middle.
    index = upstream.requests.length
    const cut = ask(bare.url + CHAT, {
      body: chat({ stream: true }),
      headers: behaviour({ chunks: 1000, pace: 2 }),
      leaves: ({ chunks }) => chunks >= 3,
    })
    await cut
    expect(await (await upstream.request(index)).ended).to.equal('left')
    const [, second] = await bare.recorded(2)
    expect(second).to.include({ outcome: 'failed', counted: 'estimated' })
    expect(second!.outputTokens).to.be.greaterThan(0)
    expect(second!.response).not.to.equal(ZERO)
    expect(bare.open.size).to.equal(0)
    expect(bare.settled).to.have.length(2)
  })

  it('reads on within bounds where the operator wants the usage of callers who left', async function () {
    const bare = await started({ onLeave: { drain: { seconds: 30, bytes: 10_000_000 } } })
    const answer = ask(bare.url + CHAT, {
      body: chat({ stream: true }),
      headers: behaviour({ chunks: 50, pace: 1, tokens: { input: 5, output: 77 } }),
      leaves: ({ chunks }) => chunks >= 2,
    })
    await answer.catch(() => undefined)
    const [end] = await bare.recorded(1)
    expect(end).to.include({ outcome: 'failed', inputTokens: 5, outputTokens: 77, counted: 'reported' })
  })

  it('stops reading on at the bound of bytes', async function () {
    const bare = await started({ onLeave: { drain: { seconds: 30, bytes: 1000 } } })
    const index = upstream.requests.length
    const answer = ask(bare.url + CHAT, {
      body: chat({ stream: true }),
      headers: behaviour({ bytes: 50_000_000 }),
      leaves: ({ chunks }) => chunks >= 1,
    })
    await answer.catch(() => undefined)
    expect(await (await upstream.request(index)).ended).to.equal('left')
    expect((await bare.recorded(1))[0]).to.include({ outcome: 'failed' })
  })

  it('lets an upstream wait while the caller does not read', async function () {
    const bare = await started()
    const { port } = new URL(bare.url)
    const index = upstream.requests.length
    const socket = connect(Number(port), '127.0.0.1')
    const body = chat({ stream: true })
    socket.write(
      `POST ${CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer one\r\ncontent-type: application/json\r\nx-behaviour: {"bytes":200000000}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    await once(socket, 'readable')
    const received = await upstream.request(index)
    let last = -1
    // Until nothing moves any more: the buffers of two sockets are full.
    for (let same = 0; same < 20;) {
      same = received.sent === last ? same + 1 : 0
      last = received.sent
      await new Promise((done) => setTimeout(done, 10))
    }
    expect(received.sent).to.be.lessThan(50_000_000)
    socket.destroy()
    expect(await received.ended).to.equal('left')
  })

  it('ends running calls whose credential lost its standing: at once, or after a grace', async function () {
    const refusal = { status: 403, code: 'credential_revoked', message: 'Revoked.' } as const
    const cut = await started()
    const before = ask(cut.url + CHAT, { body: chat(), headers: behaviour({ silent: 'before-headers' }) })
    await upstream.request(upstream.requests.length)
    for (const call of cut.open) call.onLost!(refusal)
    expect(await before).to.deep.include({ status: 403 })
    const running = ask(cut.url + CHAT, {
      body: chat({ stream: true }),
      headers: behaviour({ chunks: 1000, pace: 2 }),
      leaves: () => {
        for (const call of cut.open) call.onLost!(refusal)
        return false
      },
    })
    expect((await running).isWhole).to.equal(false)
    expect((await cut.recorded(2)).map(({ outcome }) => outcome)).to.deep.equal(['failed', 'failed'])
    expect(cut.ended.map(({ ending }) => ending)).to.deep.equal(['lost-before-answer', 'lost-mid-answer'])

    const graceful = await started({ onRevoke: { finish: { seconds: 20 } } })
    const finished = await ask(graceful.url + CHAT, {
      body: chat({ stream: true }),
      headers: behaviour({ chunks: 5, pace: 2 }),
      leaves: () => {
        for (const call of graceful.open) call.onLost!(refusal)
        return false
      },
    })
    expect(finished.isWhole).to.equal(true)
    expect((await graceful.recorded(1))[0]).to.include({ outcome: 'served' })
  })

  it('lets running calls end when it is stopped, admits no others, and cuts what is left', async function () {
    const bare = await started()
    const index = upstream.requests.length
    const whole = ask(bare.url + CHAT, { body: chat({ stream: true }), headers: behaviour({ chunks: 10, pace: 5 }) })
    await upstream.request(index)
    const stopping = bare.gateway.stop(30)
    const late = await ask(bare.url + CHAT, { body: chat() })
    expect([late.status, late.headers['stemma-refusal'], late.headers['retry-after']]).to.deep.equal([
      503,
      'gateway_stopping',
      '5',
    ])
    expect((await whole).isWhole).to.equal(true)
    await stopping
    expect((await bare.recorded(1))[0]).to.include({ outcome: 'served' })

    const cut = await started()
    const silent = ask(cut.url + CHAT, { body: chat(), headers: behaviour({ silent: 'before-headers' }) })
    await upstream.request(index + 1)
    await cut.gateway.stop(0)
    expect((await silent).headers['stemma-refusal']).to.equal('gateway_stopping')
    expect((await cut.recorded(1))[0]).to.include({ outcome: 'failed' })
  })

  it('begins nothing for a caller whose admission took until the gateway was stopped', async function () {
    const form = { headers: { 'content-type': 'multipart/form-data; boundary=b' }, body: Buffer.from('--b--\r\n') }
    for (const [path, sent] of [
      [CHAT, { body: chat() }],
      ['/v1/audio/transcriptions', form],
    ] as const) {
      const bare = await started()
      const asked = upstream.requests.length
      bare.refuses.after = () => bare.gateway.stop(0)
      const answer = await ask(bare.url + path, sent)
      expect([path, answer.status, answer.headers['stemma-refusal']]).to.deep.equal([path, 503, 'gateway_stopping'])
      expect([bare.open.size, upstream.requests.length]).to.deep.equal([0, asked])
    }
  })

  it('serves nothing that it cannot record', async function () {
    const bare = await started()
    bare.disk.begin = Promise.reject(new Error('EIO'))
    bare.disk.begin.catch(() => undefined)
    const answer = await ask(bare.url + CHAT, { body: chat() })
    expect([answer.status, answer.headers['stemma-refusal']]).to.deep.equal([503, 'usage_store_failed'])
    bare.disk.begin = Promise.resolve()
    bare.disk.end = Promise.reject(new Error('EIO'))
    bare.disk.end.catch(() => undefined)
    const late = await ask(bare.url + CHAT, { body: chat({ stream: true }), headers: behaviour({ chunks: 3 }) })
    expect(late.isWhole).to.equal(false)
    expect(late.body.toString()).not.to.contain('[DONE]')
    expect(bare.storeFailures).to.have.length(2)
    expect(bare.open.size).to.equal(0)
  })

  it('says in both dialects what to do when the upstream is away', async function () {
    const server = createTcpServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    server.close()
    await once(server, 'close')
    const bare = await startBareGateway(`http://127.0.0.1:${port}`)
    opened.push(bare)
    const openai = await ask(bare.url + CHAT, { body: chat() })
    expect(JSON.parse(openai.body.toString())).to.have.nested.property('error.code', 'upstream_away')
    const body = JSON.stringify({ model: 'hostile-1', max_tokens: 5, messages: [{ role: 'user', content: 'x' }] })
    const anthropic = await ask(`${bare.url}/v1/messages`, { body, headers: { 'x-api-key': 'one', authorization: '' } })
    expect(anthropic.status).to.equal(502)
    expect(JSON.parse(anthropic.body.toString())).to.deep.include({ type: 'error' })
    expect((await bare.recorded(2)).map((end) => [end.outcome, end.inputTokens])).to.deep.equal([
      ['failed', 0],
      ['failed', 0],
    ])
  })

  it('records refused calls of a known key, at most 60 a minute, and none of an unknown one', async function () {
    const bare = await started()
    bare.refuses.with = { status: 429, code: 'quota_calls', message: 'No calls are left.', retryAfter: 9.2 }
    for (let count = 0; count < 65; count++) await ask(bare.url + CHAT, { body: chat() })
    const answer = await ask(bare.url + CHAT, { body: chat(), headers: { authorization: 'Bearer stranger' } })
    expect(answer.status).to.equal(401)
    const ends = await bare.recorded(60)
    expect(ends).to.have.length(60)
    expect(ends.every(({ outcome }) => outcome === 'refused')).to.equal(true)
    expect(new Set(ends.map(({ call }) => call)).size).to.equal(60)
  })

  it('does not let one credential see what another stored', async function () {
    const bare = await started()
    const form = formOf([
      ['purpose', 'batch'],
      [
        'file',
        '{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"hostile-1","messages":[]}}\n',
      ],
    ])
    const stored = await ask(`${bare.url}/v1/files`, { body: form.body, headers: form.headers })
    expect(stored.status).to.equal(200)
    const { id } = JSON.parse(stored.body.toString()) as { id: string }
    expect((await ask(`${bare.url}/v1/files/${id}`, { method: 'GET' })).status).to.equal(200)
    const other = { authorization: 'Bearer two' }
    const answer = await ask(`${bare.url}/v1/files/${id}`, { method: 'GET', headers: other })
    expect([answer.status, answer.headers['stemma-refusal']]).to.deep.equal([404, 'id_unknown'])
    const batch = JSON.stringify({ input_file_id: id, endpoint: '/v1/chat/completions', completion_window: '24h' })
    const refused = await ask(`${bare.url}/v1/batches`, { body: batch, headers: other })
    expect(refused.headers['stemma-refusal']).to.equal('id_unknown')
    const escaped = batch.replace('input_file_id', 'input\\u005ffile_id')
    expect((await ask(`${bare.url}/v1/batches`, { body: escaped, headers: other })).status).to.be.within(400, 404)
  })

  it('cuts calls that take longer than a record may come after its call, before the answer and in its middle', async function () {
    const bare = await startBareGateway(upstream.url, { longest: 0.5 })
    opened.push(bare)
    const slow = await ask(bare.url + CHAT, { body: chat(), headers: behaviour({ headersAfter: 30_000 }) })
    expect([slow.status, slow.headers['stemma-refusal']]).to.deep.equal([504, 'call_too_long'])
    const endless = await ask(bare.url + CHAT, {
      body: chat({ stream: true }),
      headers: behaviour({ chunks: 5000, pace: 2 }),
    })
    // A machine under load may not have begun to answer by then.
    expect(endless.status === 504 || !endless.isWhole).to.equal(true)
    const ends = await bare.recorded(2)
    expect(ends.map(({ outcome }) => outcome)).to.deep.equal(['failed', 'failed'])
    expect(bare.open.size).to.equal(0)
  })

  for (const isCut of [false, true]) {
    const when = isCut ? 'also when a crash had cut that' : 'when it is first shown to be complete'
    it(`counts a batch once, ${when}`, () => countsBatch(isCut))
  }

  async function countsBatch(isCut: boolean): Promise<void> {
    const bare = await started()
    const line = {
      custom_id: 'a',
      method: 'POST',
      url: '/v1/chat/completions',
      body: { model: 'hostile-1', messages: [] },
    }
    const form = formOf([
      ['purpose', 'batch'],
      ['file', `${JSON.stringify(line)}\n`],
    ])
    const file = await ask(`${bare.url}/v1/files`, { body: form.body, headers: form.headers })
    const { id: input_file_id } = JSON.parse(file.body.toString()) as { id: string }
    const made = await ask(`${bare.url}/v1/batches`, {
      body: JSON.stringify({ input_file_id, endpoint: '/v1/chat/completions', completion_window: '24h' }),
    })
    const { id, created_at: createdAt } = JSON.parse(made.body.toString()) as { id: string; created_at: number }
    const counting = callOfBatch({ id, createdAt })
    if (isCut) {
      const none = { inputTokens: 0, outputTokens: 0, outcome: 'failed' as const }
      bare.ends.push({ ...bare.ends[0]!, ...none, call: counting })
    }
    type Batch = { status: string; output_file_id: string; usage: { total_tokens: number } }
    const look = async (): Promise<Batch> =>
      JSON.parse((await ask(`${bare.url}/v1/batches/${id}`, { method: 'GET' })).body.toString()) as Batch
    await look()
    // Callers that ask at once do not count it twice.
    const [batch] = (await Promise.all([look(), look(), look(), look()])) as [Batch, ...Batch[]]
    expect(bare.storeFailures).to.deep.equal([])
    expect(batch.status).to.equal('completed')
    const content = await ask(`${bare.url}/v1/files/${batch.output_file_id}/content`, { method: 'GET' })
    expect(content.status).to.equal(200)
    const ends = await bare.recorded(isCut ? 10 : 9)
    const counted = ends.filter(({ inputTokens, outputTokens }) => inputTokens + outputTokens > 0)
    expect(counted.map((each) => each.inputTokens + each.outputTokens)).to.deep.equal([batch.usage.total_tokens])
    // The quota has what the log has.
    expect(bare.settled.reduce((sum, { tokens }) => sum + tokens, 0)).to.equal(batch.usage.total_tokens)
    expect(bare.settled.reduce((sum, { calls }) => sum + calls, 0)).to.equal(ends.length - (isCut ? 1 : 0))
    expect(new Set(ends.map(({ call }) => call)).size).to.equal(ends.length)
    // Where no token is left, none is stored.
    expect(ends[1]).to.include({ reserved: 1 })
    expect(counted[0]!.call === counting).to.equal(!isCut)
    // The quota knows what the log has.
    const served = ends.filter(({ outcome }) => outcome === 'served')
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
    expect(sum(bare.settled.map(({ calls }) => calls))).to.equal(served.length)
    expect(sum(bare.settled.map(({ tokens }) => tokens))).to.equal(batch.usage.total_tokens)
  }

  it('keeps to the rule when the gateway stops in the middle of an answer, and when a body does not come whole', async function () {
    const bare = await started()
    const running = ask(bare.url + CHAT, {
      body: chat({ stream: true }),
      headers: behaviour({ chunks: 5000, pace: 2 }),
      leaves: ({ chunks }) => {
        if (chunks === 2) void bare.gateway.stop(0)
        return false
      },
    })
    expect((await running).isWhole).to.equal(false)
    const [end] = await bare.recorded(1)
    expect(end).to.include({ outcome: 'failed', counted: 'estimated' })
    expect(end!.outputTokens).to.be.greaterThan(0)

    const other = await started()
    const { body, headers } = formOf([['file', 'x'.repeat(1000)]])
    const answer = await ask(`${other.url}/v1/audio/transcriptions`, { body, headers })
    expect([answer.status, answer.headers['stemma-refusal']]).to.deep.equal([400, 'invalid_model'])
    expect((await other.recorded(1))[0]).to.include({ outcome: 'failed', inputTokens: 0, request: ZERO })
  })

  it('streams audio without keeping it, and ends the upload where the model that comes last is not covered', async function () {
    const bare = await started()
    const size = 4 * 1024 * 1024
    const good = formOf([
      ['file', 'x'.repeat(size)],
      ['model', 'hostile-1'],
    ])
    const index = upstream.requests.length
    const answer = await ask(`${bare.url}/v1/audio/transcriptions`, { body: good.body, headers: good.headers })
    expect(answer.status).to.equal(200)
    const received = upstream.requests[index]!
    expect(received.bodyDigest).to.equal(createHash('sha256').update(good.body).digest('hex'))
    const bad = formOf([
      ['file', 'x'.repeat(size)],
      ['model', 'other'],
    ])
    const refused = await ask(`${bare.url}/v1/audio/transcriptions`, { body: bad.body, headers: bad.headers })
    expect([refused.status, refused.headers['stemma-refusal']]).to.deep.equal([404, 'model_not_served'])
    const aborted = await upstream.request(index + 1)
    expect(aborted.bodyDigest).to.equal(undefined)
    const ends = await bare.recorded(2)
    expect(ends.map(({ outcome }) => outcome)).to.deep.equal(['served', 'refused'])
  })

  it('has a rule for each way in which a call can end', function () {
    for (const [ending, { outcome, tokens }] of Object.entries(SETTLEMENTS)) {
      expect([ending, outcome === 'served']).to.deep.equal([ending, ending === 'served'])
      if (ending.startsWith('upstream-error') || ending === 'upstream-away') expect(tokens).to.equal('none')
      if (ending.includes('mid-answer')) expect(tokens).to.equal('metered')
    }
  })
})

/** A multipart body, as clients send it. */
function formOf(fields: readonly (readonly [name: string, value: string])[]): {
  body: Buffer
  headers: Record<string, string>
} {
  const boundary = 'x-boundary-x'
  const parts = fields.map(
    ([name, value]) =>
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${name === 'file' ? '; filename="a.bin"\r\ncontent-type: application/octet-stream' : ''}\r\n\r\n${value}\r\n`,
  )
  const body = Buffer.from(`${parts.join('')}--${boundary}--\r\n`)
  return { body, headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } }
}
