import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'

import { expect } from 'chai'

import { listenAt } from '../../../packages/server/src/gateway/listen.ts'

const BODY = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n'

describe('listenAt', () => {
  it('closes when its answers have left, and not when they were written', async () => {
    const body = Buffer.alloc(30_000_000)
    const listening = await listenAt(0, '127.0.0.1', (_, outgoing) => void outgoing.end(body))
    const response = await new Promise<IncomingMessage>((resolve) => void get(listening.url, resolve))
    await once(response, 'readable')
    const closed = listening.close(60_000)
    let length = 0
    for await (const part of response) length += (part as Buffer).length
    expect(length).to.equal(body.length)
    await closed
  })

  it('is not kept open by callers who never end their requests', async () => {
    const listening = await listenAt(0, '127.0.0.1', (incoming) => void incoming.resume())
    const callers = ['POST / HT', `${BODY}\r\n{`].map((part) => {
      const socket = connect(Number(new URL(listening.url).port), '127.0.0.1').on('error', () => undefined)
      socket.write(part)
      return socket
    })
    await Promise.all(callers.map((socket) => once(socket, 'connect')))
    // A reset is an error, and an end.
    const closed = callers.map((socket) => new Promise((resolve) => void socket.on('close', resolve)))
    await listening.close(1)
    await Promise.all(closed)
  })

  for (const [who, header] of [
    ['sends its body at once', ''],
    ['waits for 100 first', 'expect: 100-continue\r\n'],
  ] as const) {
    it(`mixes no refusal into the answer of a caller that ${who} and then sends noise`, async () => {
      const listening = await listenAt(0, '127.0.0.1', (incoming, outgoing, asksFirst) => {
        if (asksFirst) outgoing.writeContinue()
        incoming.resume().on('end', () => outgoing.writeHead(200).write('a part of the answer'))
      })
      const socket = connect(Number(new URL(listening.url).port), '127.0.0.1')
      let got = ''
      socket.setEncoding('latin1').on('error', () => undefined)
      socket.on('data', (part: string) => {
        got += part
        if (got.endsWith('a part of the answer\r\n')) socket.write('\x00 noise\r\n\r\n')
      })
      socket.write(`${BODY}${header}\r\n{}`)
      await once(socket, 'close')
      expect(got).to.include('a part of the answer')
      expect(got).not.to.include('request_unreadable')
      await listening.close(60_000)
    })
  }
})
