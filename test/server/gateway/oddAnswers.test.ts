import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

import { expect } from 'chai'

import type { StoredIds } from '../../../packages/server/src/gateway/storedIds.ts'
import { ask, chat, startBareGateway, type BareGateway } from './standIns.ts'

const CHAT = '/v1/chat/completions'

describe('an answer that no good server gives', function () {
  let upstream: Server
  let answer: Buffer
  let bare: BareGateway
  const sockets = new Set<Socket>()

  before(async function () {
    upstream = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined).on('data', () => socket.write(answer))
    })
    upstream.listen(0, '127.0.0.1')
    await once(upstream, 'listening')
  })

  after(function () {
    upstream.close()
    for (const socket of sockets) socket.destroy()
  })

  async function start(settings: Parameters<typeof startBareGateway>[1] = {}): Promise<void> {
    bare = await startBareGateway(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`, settings)
  }

  afterEach(() => bare.close())

  const WHOLE = 'content-type: application/json\r\ncontent-length: 2\r\n\r\n{}'

  it('passes with words beside its status in any bytes, before the disk is ready and after', async function () {
    await start()
    for (const words of ['caf\u00e9', Buffer.from('\u2603').toString('latin1'), '']) {
      for (const isLate of [false, true]) {
        let open: () => void = () => undefined
        bare.disk.begin = isLate ? new Promise((resolve) => (open = resolve)) : Promise.resolve()
        answer = Buffer.from(`HTTP/1.1 200 ${words}\r\n${WHOLE}`, 'latin1')
        const asked = ask(bare.url + CHAT, { body: chat() })
        setImmediate(open)
        const { status, body, isWhole } = await asked
        expect([status, body.toString(), isWhole]).to.deep.equal([200, '{}', true])
      }
    }
    expect(bare.failures).to.deep.equal([])
  })

  it('cannot say that the gateway refused, nor name another record', async function () {
    await start()
    answer = Buffer.from(`HTTP/1.1 200 OK\r\nstemma-refusal: key_ended\r\nStemma-Call: other\r\n${WHOLE}`)
    const { headers } = await ask(bare.url + CHAT, { body: chat() })
    expect(headers['stemma-refusal']).to.equal(undefined)
    expect(headers['stemma-call']).to.equal((await bare.recorded(1))[0]!.call)
  })

  it('is whole with its last event, though the server keeps the connection open', async function () {
    await start({ endWithin: 0.01 })
    const events = 'data: {"choices":[{"delta":{"content":"hi"}}]}\n\ndata: [DONE]\n\n'
    answer = Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${events}`)
    const { body, isWhole } = await ask(bare.url + CHAT, { body: chat({ stream: true }) })
    expect([body.toString(), isWhole]).to.deep.equal([events, true])
    expect((await bare.recorded(1))[0]).to.include({ outcome: 'served' })
    expect(bare.open.size).to.equal(0)
  })

  it('is settled and passed on when the list of stored objects cannot be written', async function () {
    const storedIds: StoredIds = {
      add: () => {
        throw new Error('database or disk is full')
      },
      owns: () => false,
      close: () => undefined,
    }
    await start({ storedIds })
    answer = Buffer.from(
      'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n{"id":"resp_1"}',
    )
    const { status } = await ask(`${bare.url}/v1/responses`, { body: '{"model":"hostile-1","input":"a"}' })
    expect(status).to.equal(200)
    expect((await bare.recorded(1))[0]).to.include({ outcome: 'served' })
    expect([bare.open.size, bare.failures.length]).to.deep.equal([0, 1])
  })

  /** Sends a form whose model comes last, in two halves, the second when there is an answer, and then another request. */
  async function upload(): Promise<string> {
    const part = (name: string, value: string): string =>
      `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
    const half = part('prompt', 'x'.repeat(400_000))
    const other = `${part('language', 'x'.repeat(400_000))}${part('model', 'hostile-1')}--b--\r\n`
    const caller = connect(Number(new URL(bare.url).port), '127.0.0.1')
    caller.write(
      `POST /v1/audio/transcriptions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer one\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: ${half.length + other.length}\r\n\r\n${half}`,
    )
    let text = ''
    for await (const chunk of caller) {
      if (text === '') {
        caller.write(other)
        caller.write('GET /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: Bearer one\r\nconnection: close\r\n\r\n')
      }
      text += String(chunk)
    }
    return text
  }

  it('does not stop an upload that it does not wait for, nor is served before the form was checked', async function () {
    await start()
    answer = Buffer.from(`HTTP/1.1 413 Too Large\r\n${WHOLE}`)
    expect(await upload()).to.match(/^HTTP\/1\.1 413 [^]*HTTP\/1\.1 200 /)
    answer = Buffer.from(`HTTP/1.1 200 OK\r\n${WHOLE}`)
    expect(await upload()).to.match(/^HTTP\/1\.1 502 [^]*HTTP\/1\.1 200 /)
    expect((await bare.recorded(2)).map(({ outcome }) => outcome)).not.to.include('served')
    await bare.close()
    // Nobody takes the body where nobody listens.
    const away = createServer().listen(0, '127.0.0.1')
    await once(away, 'listening')
    const { port } = away.address() as AddressInfo
    away.close()
    await once(away, 'close')
    bare = await startBareGateway(`http://127.0.0.1:${port}`)
    expect(await upload()).to.match(/^HTTP\/1\.1 502 [^]*HTTP\/1\.1 200 /)
  })

  it('does not hold the connection of a caller who does not read it', async function () {
    await start({ stall: 0.05 })
    // More than the sockets on the way can hold.
    const events = `: ${'x'.repeat(65_536)}\n\n`.repeat(500)
    answer = Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${events}`)
    const body = chat({ stream: true })
    const caller = connect(Number(new URL(bare.url).port), '127.0.0.1').on('error', () => undefined)
    caller.pause()
    caller.write(
      `POST ${CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer one\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    expect((await bare.recorded(1))[0]).to.include({ outcome: 'failed' })
    while ((await bare.connections()) > 0) await new Promise((resolve) => setImmediate(resolve))
    caller.destroy()
  })
})
