import { EventEmitter, once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'

import { expect } from 'chai'

import { CannotListenError, listen, PortTakenError, type Listening } from '../../../packages/server/src/api/listen.ts'

const ANYWHERE = { port: 0, host: '127.0.0.1' }

describe('listen', function () {
  /** A server that holds its answers back until `letGo`. */
  async function slow(): Promise<{ server: Listening; begun: Promise<unknown>; letGo: () => void }> {
    const events = new EventEmitter()
    const [begun, gone] = [once(events, 'begun'), once(events, 'gone')]
    const server = await listen(async () => {
      events.emit('begun')
      await gone
      return new Response('done')
    }, ANYWHERE)
    return { server, begun, letGo: () => events.emit('gone') }
  }

  function answer(url: string, agent: Agent): Promise<string> {
    return new Promise((resolve, reject) => {
      get(url, { agent }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part) => (text += part))
        response.on('end', () => resolve(text)).on('error', reject)
      }).on('error', reject)
    })
  }

  it('closes when its answers have left, and not when they were written', async function () {
    const body = 'a'.repeat(30_000_000)
    const server = await listen(
      async () => new Response(body, { headers: { 'content-length': String(body.length) } }),
      ANYWHERE,
    )
    const response = await new Promise<IncomingMessage>((resolve) => void get(server.url, resolve))
    // The first part has come, and what is left waits at the server for a client that does not read.
    await once(response, 'readable')
    const closed = server.close(60_000)
    let length = 0
    for await (const part of response) length += (part as Buffer).length
    expect(length).to.equal(body.length)
    await closed
  })

  it('ends streams when it closes, and connections that wait for a request', async function () {
    const headers = { 'content-type': 'text/event-stream' }
    const endless = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('first')) })
    const server = await listen(async () => new Response(endless, { headers }), ANYWHERE)
    const idle = connect(Number(new URL(server.url).port), '127.0.0.1')
    await once(idle, 'connect')
    const response = await new Promise<IncomingMessage>((resolve) => void get(server.url, resolve))
    await once(response, 'readable')
    await Promise.all([server.close(60_000), once(idle.resume(), 'close'), once(response.resume(), 'end')])
  })

  it('rejects a port that is taken', async function () {
    const { server } = await slow()
    const port = Number(new URL(server.url).port)
    const error = await listen(() => Promise.reject(new Error('nobody asks')), { ...ANYWHERE, port }).catch(
      (reason: unknown) => reason,
    )
    expect(error).to.be.instanceOf(PortTakenError)
    await server.close()
  })

  it('rejects addresses that cannot be listened on, and says why and what to do', async function () {
    for (const [host, why] of [
      ['', /is not known/],
      ['a b', /is not known/],
      ['nothing.invalid', /is not known/],
      ['192.0.2.1', /not one of this machine/],
      ['[192.0.2.1]', /not one of this machine/],
    ] as const) {
      const error = await listen(() => Promise.reject(new Error('nobody asks')), { port: 0, host }).then(
        (server) => server.close(),
        (reason: unknown) => reason,
      )
      expect(error, host).to.be.instanceOf(CannotListenError)
      expect((error as Error).message)
        .to.match(why)
        .and.to.match(/--host/)
    }
  })

  it('takes an address of IPv6 as a URL writes it', async function () {
    const server = await listen(() => Promise.resolve(new Response('done')), { port: 0, host: '[::1]' })
    expect(server.url).to.match(/^http:\/\/\[::1\]:\d+$/)
    expect(await (await fetch(server.url)).text()).to.equal('done')
    await server.close()
  })

  it('closes after the last open answer, although its connection is kept alive', async function () {
    // Node itself closes such a connection after five seconds.
    this.timeout(4000)
    const { server, begun, letGo } = await slow()
    const agent = new Agent({ keepAlive: true })
    const answered = answer(server.url, agent)
    await begun
    // Much longer than the test may take.
    const closed = server.close(10 * 60_000)
    letGo()
    expect(await answered).to.equal('done')
    await closed
    agent.destroy()
  })

  it('cuts off open requests after the grace', async function () {
    const { server, begun, letGo } = await slow()
    const agent = new Agent()
    const answered = answer(server.url, agent).catch((reason: unknown) => reason)
    await begun
    await server.close(10)
    expect(await answered).to.have.property('code', 'ECONNRESET')
    letGo()
  })
})
