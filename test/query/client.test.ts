import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { expect } from 'chai'

import {
  createQueryClient,
  InvalidQueryUrlError,
  QueryAnswerError,
  QueryError,
  QueryUnreachableError,
} from '../../src/query/client.ts'

describe('createQueryClient', function () {
  let server: Server
  let url: string
  /** How the server answers the next request. */
  let reply: (response: ServerResponse) => void
  let asked: { path?: string; body: string }

  before(async function () {
    server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => (body += chunk))
      request.on('end', () => {
        asked = { ...(request.url && { path: request.url }), body }
        reply(response)
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  const status = (settings: { timeout?: number; limit?: number } = {}): Promise<unknown> =>
    createQueryClient({ url: `${url}//`, ...settings })
      .query('Status', {})
      .catch((error: unknown) => error)

  it('sends the id of an operation and its variables, and returns the ledger of the answer', async function () {
    reply = (response) => response.end('{"data":{"ledger":{"chainId":7}}}')
    expect(await status()).to.deep.equal({ chainId: 7 })
    expect(asked.path).to.equal('/graphql')
    expect(JSON.parse(asked.body).extensions.persistedQuery.sha256Hash).to.match(/^[0-9a-f]{64}$/)
  })

  it('throws the refusal of the server, cleaned', async function () {
    const fault = { message: 'no\u001b[31m model', path: ['ledger', 'model'], extensions: { code: 'NOT_FOUND' } }
    reply = (response) => response.end(JSON.stringify({ errors: [fault] }))
    const error = (await status()) as QueryError
    expect(error).to.be.instanceOf(QueryError)
    expect([error.serverCode, error.message]).to.deep.equal([
      'NOT_FOUND',
      'The query API refused at ledger.model: no\ufffd[31m model',
    ])
  })

  it('refuses an answer that is not JSON, has no data or is too long', async function () {
    for (const [text, limit] of [
      ['<html>', 1000],
      ['null', 1000],
      ['{"data":null}', 1000],
      ['{"data":{"ledger":{}}}', 10],
    ] as const) {
      reply = (response) => response.end(text)
      expect(await status({ limit }), text).to.be.instanceOf(QueryAnswerError)
    }
  })

  it('gives up on a server that does not answer in time, hangs up or is not there', async function () {
    reply = () => {}
    expect(await status({ timeout: 50 })).to.be.instanceOf(QueryUnreachableError)
    reply = (response) => response.destroy()
    expect(await status()).to.be.instanceOf(QueryUnreachableError)
    const nobody = createQueryClient({ url: 'http://127.0.0.1:9' })
    expect(await nobody.query('Status', {}).catch((error: unknown) => error)).to.be.instanceOf(QueryUnreachableError)
  })

  it('refuses what is not the address of an API', function () {
    for (const address of ['', 'ftp://x', 'http://', 'http:// x', 'localhost:8600']) {
      expect(() => createQueryClient({ url: address }), address).to.throw(InvalidQueryUrlError)
    }
  })

  it('follows events over a broken connection, from the last that it has', async function () {
    const event = (id: string): string =>
      `event: next\ndata: {"data":{"activity":{"event":{"id":"${id}"},"replaced":null}}}\n\n`
    const asks: unknown[] = []
    reply = (response) => {
      asks.push(JSON.parse(asked.body).variables.after)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(event(String(asks.length)), () => response.destroy())
    }
    const stop = new AbortController()
    const ids: unknown[] = []
    for await (const { event: found } of createQueryClient({ url }).watch({}, { signal: stop.signal })) {
      ids.push(found?.id)
      if (ids.length === 2) stop.abort()
    }
    expect([ids, asks.slice(0, 2)]).to.deep.equal([
      ['1', '2'],
      [undefined, '1'],
    ])
  })
})
