/**
 * The plain proxy of bench/gateway.ts, in a process of its own: `node:http` before the dispatch of undici, the request buffered, the answer
 * passed on as it comes. What any gateway in Node costs before it does anything.
 *
 * Usage: node bench/gateway/plain.ts UPSTREAM   (prints the port)
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { Pool } from 'undici'

const upstream = new Pool(process.argv[2]!, { connections: 1024, pipelining: 1 })

const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const headers = { ...request.headers }
    for (const name of ['connection', 'host', 'transfer-encoding', 'content-length', 'expect']) delete headers[name]
    const body = Buffer.concat(parts)
    upstream.dispatch(
      { path: request.url!, method: 'POST', headers, body },
      {
        onRequestStart(controller) {
          response.once('close', () => response.writableFinished || controller.abort(new Error('The caller has left.')))
          response.on('drain', () => controller.resume())
        },
        onResponseStart(_controller, status, answered) {
          const passed = { ...answered }
          for (const name of ['connection', 'keep-alive', 'transfer-encoding']) delete passed[name]
          response.writeHead(status, passed)
        },
        onResponseData(controller, chunk) {
          if (!response.write(chunk)) controller.pause()
        },
        onResponseEnd: () => void response.end(),
        onResponseError: () => void response.destroy(),
      },
    )
  })
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
console.log((server.address() as AddressInfo).port)
process.stdin.resume().once('end', () => process.exit())
