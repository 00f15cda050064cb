import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Call, Rpc } from '../../../packages/server/src/indexer/rpc.ts'

/** A call as it comes over HTTP. */
export type Asked = Call & { id: number }

/** An entry of an answer. */
export type Entry = { jsonrpc?: string; id?: unknown; result?: unknown; error?: unknown }

/** What a scripted node answers: a status, a body (text, or a value that is sent as JSON), and headers; or it drops the connection. */
export type Reply = { status?: number; body: unknown; headers?: Record<string, string> } | 'drop' | 'cut'

/**
 * What a node does instead of answering. Gets the calls of a request, whether they came as a batch, and the right answers; returns
 * a reply, or nothing for the right answers, which it may change in place.
 */
export type Script = (asked: readonly Asked[], isBatch: boolean, answers: Entry[]) => Reply | undefined

/** A node over HTTP that follows a script. */
export type ScriptedNode = { url: string; requests: number; close(): Promise<void> }

/** Starts a node that answers from others, and does what a script says. `pick` chooses for each request which node answers. */
export async function startScriptedNode(pick: () => Rpc, script: Script): Promise<ScriptedNode> {
  const server: Server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => (text += chunk))
    request.on('end', async () => {
      node.requests += 1
      const parsed = JSON.parse(text) as Asked | Asked[]
      const asked = Array.isArray(parsed) ? parsed : [parsed]
      const rpc = pick()
      const answers: Entry[] = []
      for (const { id, method, params } of asked) {
        const answer = await rpc.call({ method, params }).then(
          (result) => ({ result: structuredClone(result) }),
          () => ({ error: { code: -32_000, message: 'unknown block' } }),
        )
        answers.push({ jsonrpc: '2.0', id, ...answer })
      }
      const reply = script(asked, Array.isArray(parsed), answers) ?? {
        body: Array.isArray(parsed) ? answers : answers[0],
      }
      if (reply === 'drop') return void request.socket.destroy()
      const whole = JSON.stringify(Array.isArray(parsed) ? answers : answers[0])
      if (reply === 'cut') return void response.end(whole.slice(0, Math.floor(whole.length / 2)))
      response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers })
      response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const node: ScriptedNode = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return node
}
