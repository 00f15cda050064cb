import { expect } from 'chai'

import type { NodeAnswer } from '../../src/sdk/nodeAnswers.ts'
import { NodeSocket } from '../../src/sdk/nodeSocket.ts'
import { nodeProvider } from '../../src/sdk/nodeProvider.ts'
import { rejectionOf } from '../fixtures/sdk.ts'

type Sent = { id: number; method: string }
/** What a socket sends back for what it got; it may do so later. */
type Answering = (sent: Sent, give: (data: unknown) => void) => void

const text = (sent: Sent, result: unknown): string => JSON.stringify({ jsonrpc: '2.0', id: sent.id, result })

describe('NodeSocket', function () {
  const Original = globalThis.WebSocket
  let answering: Answering
  let opened: number

  beforeEach(function () {
    opened = 0
    globalThis.WebSocket = class {
      onopen?: () => void
      onmessage?: (event: { data: unknown }) => void
      onclose?: (event: { code: number }) => void
      constructor() {
        opened += 1
        queueMicrotask(() => this.onopen?.())
      }
      send(data: string): void {
        answering(JSON.parse(data) as Sent, (answer) => this.onmessage?.({ data: answer }))
      }
      close(): void {
        this.onclose?.({ code: 1000 })
      }
    } as unknown as typeof WebSocket
  })
  afterEach(() => (globalThis.WebSocket = Original))

  const ask = (socket: NodeSocket, method: string, timeout = 1000): Promise<NodeAnswer> =>
    socket.ask({ id: 0, jsonrpc: '2.0', method, params: [] }, timeout)

  it('answers calls of the same id each by its own answer, in any order', async function () {
    const late: (() => void)[] = []
    answering = (sent, give) => {
      late.unshift(() => give(text(sent, sent.method)))
      if (late.length === 3) for (const each of late) each()
    }
    const socket = new NodeSocket('ws://node.example')
    const answers = await Promise.all(['a', 'b', 'c'].map((method) => ask(socket, method)))
    expect(answers).to.deep.equal(['a', 'b', 'c'].map((result) => ({ id: 0, result })))
    expect(opened).to.equal(1)
  })

  it('gives up a socket that sends without end what nobody asked for, and an endless answer', async function () {
    const notification = JSON.stringify({ method: 'eth_subscription', params: { result: 'x'.repeat(1 << 20) } })
    const floods: Answering[] = [
      (sent, give) => {
        for (let count = 0; count < 70; count += 1) give(notification)
        give(text(sent, '0x1'))
      },
      (_, give) => give(new ArrayBuffer(65 * 1024 * 1024)),
    ]
    for (const flood of floods) {
      const socket = new NodeSocket('ws://node.example')
      answering = flood
      expect(await rejectionOf(ask(socket, 'eth_chainId'))).to.include({ code: 'BAD_DATA' })
      // The next call opens another.
      answering = (sent, give) => {
        for (let count = 0; count < 60; count += 1) give(notification)
        give(text(sent, '0x1'))
      }
      for (const _ of [1, 2]) expect(await ask(socket, 'eth_chainId')).to.deep.equal({ id: 0, result: '0x1' })
    }
    expect(opened).to.equal(4)
  })

  it('reads binary frames, and passes over what is not an answer', async function () {
    answering = (sent, give) => {
      for (const other of ['', 'no JSON', 'null', '7', '[]', '{"method":"eth_subscription"}', new ArrayBuffer(3)])
        give(other)
      give(new TextEncoder().encode(text(sent, '0x1')).buffer)
    }
    expect(await ask(new NodeSocket('ws://node.example'), 'eth_chainId')).to.deep.equal({ id: 0, result: '0x1' })
  })

  it('takes an error without an id for the answer to what waits', async function () {
    const error = { code: -32_005, message: 'too many requests' }
    for (const id of [{ id: null }, {}]) {
      answering = (_sent, give) => give(JSON.stringify({ jsonrpc: '2.0', ...id, error }))
      expect(await ask(new NodeSocket('ws://node.example'), 'eth_chainId')).to.deep.equal({ id: 0, error })
    }
  })

  it('ends what waits when it is closed', async function () {
    const socket = new NodeSocket('ws://node.example')
    answering = () => socket.close()
    expect(await rejectionOf(ask(socket, 'eth_chainId', 60_000))).to.have.property('code', 'NETWORK_ERROR')
    expect(await rejectionOf(ask(socket, 'eth_chainId', 60_000))).to.have.property('code', 'NETWORK_ERROR')
  })

  it('serves nodes that are to agree, though several questions are asked at once', async function () {
    const heads = { eth_chainId: '0x1', eth_blockNumber: '0x10', eth_getCode: '0x' } as Record<string, string>
    answering = (sent, give) => setImmediate(() => give(text(sent, heads[sent.method])))
    const urls = ['ws://one.example', 'ws://two.example']
    const provider = nodeProvider(urls, { chainId: 1 }, { agree: 2, timeout: 1000, pause: 1 })
    const asked = Array.from({ length: 5 }, () => provider.send('eth_chainId', []))
    expect(await Promise.all(asked)).to.deep.equal(asked.map(() => '0x1'))
    provider.destroy()
  })
})
