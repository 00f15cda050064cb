/**
 * The upstream of bench/gateway.ts, in a process of its own: as cheap as Node allows, so that what is measured is the proxy. It answers any
 * request with one chat completion of 0.9 kB, or with a stream of 200 chunks where the body says `"stream":true`, as fast as one a
 * millisecond, or as slowly as `"pace":N` says. Each chunk of a paced stream says when it was sent, by the clock that all processes share.
 *
 * Usage: node bench/gateway/upstream.ts   (prints the port)
 */
import { createServer, type AddressInfo, type Socket } from 'node:net'

const CHUNKS = 200

const text = 'word '.repeat(130)
const answer = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_760_000_000,
  model: 'bench',
  choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 400, completion_tokens: 130, total_tokens: 530 },
})
const whole = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`
const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'

const CHUNK = frame(eventOf({}))
const USAGE = { prompt_tokens: 400, completion_tokens: CHUNKS, total_tokens: 400 + CHUNKS }
const END = `${frame(eventOf({ choices: [], usage: USAGE }))}${frame('data: [DONE]\n\n')}0\r\n\r\n`

const server = createServer({ noDelay: true }, (socket) => {
  let pending = ''
  socket.setEncoding('latin1')
  socket.on('error', () => socket.destroy())
  socket.on('data', (part) => {
    pending += part as unknown as string
    for (;;) {
      const end = pending.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = lengthOf(pending, end)
      if (length === undefined || pending.length < length) return
      const request = pending.slice(end + 4, length)
      pending = pending.slice(length)
      if (request.includes('"stream":true')) stream(socket, Number(/"pace":(\d+)/.exec(request)?.[1] ?? 1))
      else socket.write(whole)
    }
  })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
process.stdin.resume().once('end', () => process.exit())

/** Where the first request ends, by content-length or chunks; undefined while that has not come. */
function lengthOf(pending: string, end: number): number | undefined {
  const headers = pending.slice(0, end)
  const length = /^content-length: *(\d+)/im.exec(headers)
  if (length) return end + 4 + Number(length[1])
  if (!/^transfer-encoding: *chunked/im.test(headers)) return end + 4
  const last = pending.indexOf('\r\n0\r\n\r\n', end)
  return last < 0 ? undefined : last + 7
}

function stream(socket: Socket, pace: number): void {
  socket.write(head)
  let sent = 0
  const clock = setInterval(() => {
    if (socket.destroyed) return clearInterval(clock)
    sent += 1
    // Only paced streams are looked at; the others come from memory.
    socket.write(pace === 1 ? CHUNK : frame(eventOf({ sentAt: Number(process.hrtime.bigint()) / 1e6 })))
    if (sent < CHUNKS) return
    clearInterval(clock)
    socket.write(END)
  }, pace)
}

function eventOf(more: object): string {
  const choices = [{ index: 0, delta: { content: 'word ' }, finish_reason: null }]
  const base = { id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_760_000_000, model: 'bench' }
  return `data: ${JSON.stringify({ ...base, choices, ...more })}\n\n`
}

function frame(part: string): string {
  return `${part.length.toString(16)}\r\n${part}\r\n`
}
