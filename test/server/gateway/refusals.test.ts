import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'

import { expect } from 'chai'

import { listenAt } from '../../../packages/server/src/gateway/listen.ts'
import { behaviour, startHostileUpstream, type HostileUpstream } from '../../fixtures/hostileUpstream.ts'
import { ask, chat, startBareGateway, type BareGateway, type RawRequest } from './standIns.ts'

const CHAT = '/v1/chat/completions'

describe('refusals of the gateway', function () {
  let upstream: HostileUpstream
  let bare: BareGateway

  before(async function () {
    upstream = await startHostileUpstream()
    bare = await startBareGateway(upstream.url)
  })

  after(async function () {
    expect(bare.failures).to.deep.equal([])
    await bare.close()
    await upstream.close()
  })

  async function refusalOf(path: string, asked: RawRequest): Promise<[status: number, code: string]> {
    const before = upstream.requests.length
    const answer = await ask(bare.url + path, asked)
    const code = String(answer.headers['stemma-refusal'])
    const { error } = JSON.parse(answer.body.toString()) as { error: { code: string; message: string } }
    expect(error.code).to.equal(code)
    // What happened, and what to do.
    expect(error.message).to.match(/^[A-Z].*\. [A-Z/].*\.$/s)
    expect(upstream.requests.length, 'nothing goes upstream').to.equal(before)
    return [answer.status, code]
  }

  it('say what is wrong with a request, and what to do, before anything goes upstream', async function () {
    const body = chat()
    for (const [path, asked, status, code] of [
      [CHAT, { body, headers: { authorization: '' } }, 401, 'key_missing'],
      [CHAT, { body, headers: { authorization: 'Basic b25l' } }, 401, 'key_missing'],
      [CHAT, { body, headers: { 'x-api-key': 'two' } }, 401, 'key_ambiguous'],
      [
        CHAT,
        { body: gzipSync(body), headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
        415,
        'encoding_refused',
      ],
      [CHAT, { body, headers: { 'content-type': 'text/plain' } }, 415, 'content_type_refused'],
      [CHAT, { body: chat({ padding: 'x'.repeat(1024 * 1024) }) }, 413, 'body_too_large'],
      [CHAT, { body, headers: { upgrade: 'websocket', connection: 'upgrade' } }, 400, 'upgrade_refused'],
      [`${CHAT}?lora=x`, { body }, 400, 'query_refused'],
      ['/v1/load_lora_adapter', { body }, 404, 'path_refused'],
      ['/v1/responses/resp_of_another', { method: 'GET' }, 404, 'id_unknown'],
      ['/v1/files/file-1', { method: 'PUT' }, 405, 'method_refused'],
    ] as const) {
      expect(await refusalOf(path, asked), `${path} ${code}`).to.deep.equal([status, code])
    }
  })

  it('name the methods that a path takes, and the pages of the gateway where one was misspelled', async function () {
    expect((await ask(bare.url + CHAT, { method: 'PUT' })).headers.allow).to.equal('POST')
    for (const [path, words] of [
      ['/stemma/calls/1', '/stemma/calls/<id>'],
      ['/stemma', '/stemma/gateway'],
      ['/health/', '/ready, each spelled exactly so'],
    ] as const) {
      const { status, body } = await ask(bare.url + path, { method: 'GET' })
      expect([status, body.toString()], path).to.satisfy(
        ([code, text]: [number, string]) => code === 404 && text.includes(words),
      )
    }
  })

  it('are in the words of the API that the caller speaks', async function () {
    const openai = await ask(bare.url + CHAT, { body: chat(), headers: { authorization: '' } })
    expect(JSON.parse(openai.body.toString())).to.have.nested.property('error.type', 'authentication_error')
    const anthropic = await ask(`${bare.url}/v1/messages`, { body: '{}', headers: { authorization: '' } })
    expect(JSON.parse(anthropic.body.toString())).to.deep.include({ type: 'error' })
    expect(JSON.parse(anthropic.body.toString())).to.have.nested.property('error.type', 'authentication_error')
  })

  it('come before a body that waits to be asked for', async function () {
    const outgoing = request(bare.url + CHAT, {
      method: 'POST',
      headers: { authorization: 'Bearer stranger', expect: '100-continue', 'content-length': '1000000' },
      agent: false,
    })
    let isAsked = false
    outgoing.on('continue', () => (isAsked = true)).on('error', () => undefined)
    outgoing.flushHeaders()
    const [incoming] = (await once(outgoing, 'response')) as [{ statusCode: number; resume(): void }]
    expect([incoming.statusCode, isAsked]).to.deep.equal([401, false])
    incoming.resume()
    outgoing.destroy()
    // Who has a key is asked for it.
    const body = chat()
    const known = request(bare.url + CHAT, {
      method: 'POST',
      headers: {
        authorization: 'Bearer one',
        'content-type': 'application/json',
        expect: '100-continue',
        'content-length': String(body.length),
      },
      agent: false,
    })
    known.flushHeaders()
    await once(known, 'continue')
    known.end(body)
    const [answer] = (await once(known, 'response')) as [{ statusCode: number; resume(): void }]
    answer.resume()
    expect(answer.statusCode).to.equal(200)
  })

  /** Sends a request of these lines, and gives the status and the code of the refusal. */
  async function rawRefusal(lines: readonly string[], body = chat()): Promise<[status: string, code: string]> {
    const socket = connect(Number(new URL(bare.url).port), '127.0.0.1')
    socket.write([...lines, 'connection: close', '', body].join('\r\n'))
    let text = ''
    for await (const part of socket) text += String(part)
    return [/^HTTP\/1.1 (\d+)/.exec(text)![1]!, /^stemma-refusal: (.*)$/m.exec(text)?.[1] ?? '']
  }

  it('meet headers that two readers could take in different ways', async function () {
    const usual = ['host: x', 'authorization: Bearer one', 'content-type: application/json']
    const length = `content-length: ${chat().length}`
    const before = upstream.requests.length
    for (const header of [
      'Content-Type: multipart/form-data; boundary=b',
      'content_type: text/plain',
      'Authorization: Bearer two',
      'host: y',
    ]) {
      const refusal = await rawRefusal([`POST ${CHAT} HTTP/1.1`, ...usual, length, header])
      expect(refusal, header).to.deep.equal(['400', 'header_twice'])
    }
    const chunks = `${chat().length.toString(16)}\r\n${chat()}\r\n0\r\n\r\n`
    expect(
      await rawRefusal([`POST ${CHAT} HTTP/1.1`, ...usual, 'transfer-encoding: gzip, chunked'], chunks),
    ).to.deep.equal(['415', 'encoding_refused'])
    expect(await rawRefusal(['GET /v1/models?after=one HTTP/1.1', ...usual], '')).to.deep.equal(['400', 'key_in_path'])
    expect(upstream.requests.length).to.equal(before)
  })

  it('are not mixed into an answer on its way, where what follows the request is none', async function () {
    const listening = await listenAt(0, '127.0.0.1', (incoming, outgoing, asksFirst) =>
      bare.gateway.handle(incoming, outgoing, asksFirst),
    )
    const body = chat()
    for (const expects of ['expect: 100-continue\r\n', '']) {
      const caller = connect(Number(new URL(listening.url).port), '127.0.0.1').on('error', () => undefined)
      caller.write(
        `POST ${CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer one\r\ncontent-type: application/json\r\n${expects}content-length: ${body.length}\r\n\r\n${body}NO REQUEST\r\n\r\n`,
      )
      let text = ''
      caller.on('data', (part) => (text += String(part)))
      await once(caller, 'close')
      expect(text).not.to.contain('request_unreadable')
    }
    await listening.close(60_000)
  })

  it('are not needed where a header is taken out: the key wherever it stands, and what names another method, path or model', async function () {
    const index = upstream.requests.length
    const taken = {
      'x-mine': 'token=one;x',
      x_api_key: 'one',
      'x-http-method-override': 'DELETE',
      'X-Original-URL': '/v1/load_lora_adapter',
      x_rewrite_url: '/metrics',
      'x-portkey-config': '{"provider":"x"}',
      X_Portkey_Custom_Host: 'https://x',
      'Helicone-Target-Url': 'https://x',
    }
    await ask(bare.url + CHAT, { body: chat(), headers: { ...taken, 'x-kept': 'someone' } })
    const { headers } = upstream.requests[index]!
    for (const name of Object.keys(taken)) expect(headers, name).not.to.have.property(name.toLowerCase())
    expect(headers).to.include({ 'x-kept': 'someone' })
  })

  it('hold no key of the upstream, nor do the headers of its answers', async function () {
    const headers = behaviour({ fails: { status: 401, headers: { 'x-debug': 'key=up-key', 'x-kept': 'yes' } } })
    const answer = await ask(bare.url + CHAT, { body: chat(), headers })
    expect(answer.status).to.equal(401)
    expect(answer.headers).to.include({ 'x-kept': 'yes' })
    expect(JSON.stringify(answer.headers)).not.to.contain('up-key')
    // A server that shows what it was sent.
    const echo = await ask(bare.url + CHAT, { body: chat(), headers: behaviour({ echo: true, trickle: 3 }) })
    expect(echo.body.toString()).to.contain('"authorization":"Bearer ******"')
    expect(echo.body.toString()).not.to.contain('up-key')
  })

  it('are the only thing that comes in place of an answer: no call is sent twice over a connection that was closed', async function () {
    const before = upstream.requests.length
    const statuses = new Set<number>()
    for (let count = 0; count < 20; count++) {
      const headers = behaviour({ closesIdle: true, informs: true })
      statuses.add((await ask(bare.url + CHAT, { body: chat(), headers })).status)
    }
    expect(upstream.requests.length - before).to.be.at.most(20)
    for (const status of statuses) expect(status).to.be.oneOf([200, 502])
    expect(statuses).to.include(200)
  })
})
