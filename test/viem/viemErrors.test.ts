import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { expect } from 'chai'
import { FetchRequest } from 'ethers'
import { createPublicClient, http, webSocket } from 'viem'

import { StemmaError } from '../../src/core/errors.ts'
import { parseModelId } from '../../src/core/hex.ts'
import { connect, openLedger } from '../../src/sdk/connect.ts'
import { NodeTimeoutError, NodeUnreachableError } from '../../src/sdk/nodeFailures.ts'
import { nodeProvider } from '../../src/sdk/nodeProvider.ts'
import { readLineage } from '../../src/sdk/registry/readLineage.ts'
import { connectViem, viemRunner } from '../../src/viem/connectViem.ts'
import { networkHelpers, provider as chain } from '../fixtures/ledger.ts'
import { deployModels, expectError, rejectionOf } from '../fixtures/sdk.ts'

const { loadFixture } = networkHelpers

type Call = { id: number; method: string; params: unknown[] }
/** Answers a call, or the whole request. */
type Answer = (response: ServerResponse, calls: readonly Call[]) => void

const json = (response: ServerResponse, body: unknown, status = 200): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
const refuse =
  (error: object, status = 200): Answer =>
  (response, calls) => {
    const answers = calls.map(({ id }) => ({ jsonrpc: '2.0', id, error }))
    json(response, answers.length === 1 ? answers[0] : answers, status)
  }
const page =
  (status: number): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'text/html' }).end('<html>no</html>')

/** Answers a call as the chain does. */
async function answerOfChain({ id, method, params }: Call): Promise<object> {
  const asked = chain.request({ method, params: params as never })
  return asked.then(
    (result) => ({ jsonrpc: '2.0', id, result }),
    ({ code, message, data }: { code: number; message: string; data?: unknown }) => ({
      jsonrpc: '2.0',
      id,
      error: { code, message, data },
    }),
  )
}

/** What a node answers to every call. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  'HTTP 401': page(401),
  'HTTP 403': page(403),
  'HTTP 404': page(404),
  'HTTP 413': page(413),
  'HTTP 500': page(500),
  'HTTP 502': page(502),
  'a page of HTML with status 200': page(200),
  'an empty answer of another kind': (response) => json(response, 'no'),
  'a method that it does not know': refuse({
    code: -32_601,
    message: 'the method eth_call does not exist/is not available',
  }),
  'parameters that it does not take': refuse({ code: -32_602, message: 'invalid argument 0' }),
  'an error of its own': refuse({ code: -32_603, message: 'Internal error' }),
  'a limit': refuse({ code: -32_005, message: 'project ID request rate exceeded' }),
  'state that it pruned': refuse({ code: -32_000, message: 'missing trie node 0xab (path )' }),
  'a block that it lacks': refuse({ code: -32_001, message: 'header not found' }),
  'a code of its own': refuse({ code: 429, message: 'slow down' }),
  'a connection that it cuts': (response) => void response.destroy(),
}

describe('errors of viem', function () {
  let server: Server
  let url: string
  let answer: Answer

  before(async function () {
    server = createServer((request, response) => {
      void (async () => {
        let body = ''
        for await (const part of request.setEncoding('utf8')) body += part
        answer(response, [JSON.parse(body) as Call | Call[]].flat())
      })()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  after(function () {
    server.close()
    server.closeAllConnections()
  })

  const once = (options: object = {}) => createPublicClient({ transport: http(url, { retryCount: 0, ...options }) })

  for (const [what, given] of Object.entries(ANSWERS)) {
    it(`are those of ethers for ${what}`, async function () {
      const { deployment, base } = await loadFixture(deployModels)
      answer = given
      const provider = nodeProvider(new FetchRequest(url), deployment, { timeout: 300, pause: 1 })
      const codes: unknown[][] = []
      for (const runner of [provider, viemRunner({ public: once() }, deployment)]) {
        const ledger = openLedger(runner, deployment)
        const errors = [
          await rejectionOf(connect(runner, deployment)),
          await rejectionOf(readLineage(ledger, { model: base })),
        ]
        codes.push(errors.map((error) => (error instanceof StemmaError ? [error.code, error.kind] : error)))
      }
      provider.destroy()
      expect(codes[1]).to.deep.equal(codes[0])
      expect(
        codes[0]!.flat().every((code) => typeof code === 'string'),
        String(codes[0]),
      ).to.equal(true)
    })
  }

  it('quote the words of the node, not those of viem', async function () {
    const { deployment } = await loadFixture(deployModels)
    answer = refuse({ code: -32_005, message: 'project ID request rate exceeded' })
    const error = (await rejectionOf(viemRunner({ public: once() }, deployment).provider!.getBlockNumber())) as {
      error: unknown
    }
    expect(error.error).to.deep.equal({ code: -32_005, message: 'project ID request rate exceeded' })
  })

  it('say that nobody listens, over HTTP and over a WebSocket', async function () {
    const { deployment } = await loadFixture(deployModels)
    const transports = [
      http('http://127.0.0.1:1', { retryCount: 0 }),
      webSocket('ws://127.0.0.1:1', { retryCount: 0, reconnect: false }),
    ]
    for (const transport of transports) {
      const clients = { public: createPublicClient({ transport }) }
      await expectError(connectViem(clients, deployment), NodeUnreachableError)
    }
  })

  it('say that a node took too long', async function () {
    const { deployment } = await loadFixture(deployModels)
    answer = () => {}
    await expectError(connectViem({ public: once({ timeout: 20 }) }, deployment), NodeTimeoutError)
  })

  it('leave to the transport how often it asks again', async function () {
    const { deployment } = await loadFixture(deployModels)
    let failures = 0
    answer = (response, calls) => {
      if (failures < 2) {
        failures += 1
        return page(503)(response, calls)
      }
      void Promise.all(calls.map(answerOfChain)).then((answers) => json(response, answers))
    }
    const transport = http(url, { retryCount: 3, retryDelay: 1, batch: true })
    const ledger = await connectViem({ public: createPublicClient({ transport }) }, deployment)
    expect(failures).to.equal(2)
    const unknown = parseModelId(`0x${'11'.repeat(32)}`)
    expect(((await rejectionOf(readLineage(ledger, { model: unknown }))) as StemmaError).code).to.equal(
      'MODEL_NOT_REGISTERED',
    )
  })
})
