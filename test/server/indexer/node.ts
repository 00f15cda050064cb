import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { RpcError, type Call, type Rpc } from '../../../packages/server/src/indexer/rpc.ts'

/** A node over HTTP in front of another that is asked in process. */
export async function serveNode(rpc: Rpc): Promise<{ url: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => (text += chunk))
    request.on('end', async () => {
      const asked = JSON.parse(text) as (Call & { id: number }) | (Call & { id: number })[]
      const answer = async ({ id, method, params }: Call & { id: number }): Promise<object> => {
        try {
          return { jsonrpc: '2.0', id, result: await rpc.call({ method, params }) }
        } catch (error) {
          const isTooLarge = error instanceof RpcError && error.reason === 'size'
          return { jsonrpc: '2.0', id, error: { code: isTooLarge ? -32005 : -32000, message: String(error) } }
        }
      }
      const answers = Array.isArray(asked) ? await Promise.all(asked.map(answer)) : await answer(asked)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answers))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
