import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What makes a text, a token at a time. */
export type Generator = {
  /** Name of the model in requests. */
  name: string
  /** How many tokens a text takes. */
  count: (text: string) => number
  /** Goes on from a prompt, by at most `most` tokens, until it ends or the signal comes. */
  generate: (prompt: string, most: number, signal: AbortSignal) => AsyncIterable<string>
}

/** A server that answers until it is closed. */
export type ChatFace = { url: string; close: () => Promise<void> }

type ChatRequest = {
  model: string
  messages: { role: string; content: string }[]
  max_tokens?: number
  stream?: boolean
  stream_options?: { include_usage?: boolean }
}

const MOST_TOKENS = 64

/**
 * Serves chat completions in OpenAI's dialect on a port of 127.0.0.1, whole and as streams. It has no key and no limits.
 *
 * @param port 0 for any that is free
 */
export async function serveChat(generator: Generator, port = 0): Promise<ChatFace> {
  const server = createServer((request, response) => {
    answer(generator, request, response).catch((error: Error) => {
      if (response.headersSent) response.destroy(error)
      else fail(response, 400, error.message)
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function answer(generator: Generator, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'GET' && request.url === '/v1/models') {
    return void send(response, { object: 'list', data: [{ id: generator.name, object: 'model', owned_by: 'play' }] })
  }
  if (request.method !== 'POST' || request.url !== '/v1/chat/completions')
    return void fail(response, 404, `Nothing is at ${request.method} ${request.url}.`)
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const asked = JSON.parse(Buffer.concat(parts).toString()) as ChatRequest
  if (asked.model !== generator.name) return void fail(response, 404, `The model "${asked.model}" is not loaded.`)
  const leaving = new AbortController()
  response.once('close', () => leaving.abort())
  const prompt = asked.messages.map(({ role, content }) => `${role}: ${content}\n`).join('')
  const tokens = generator.generate(prompt, Math.min(asked.max_tokens ?? MOST_TOKENS, MOST_TOKENS), leaving.signal)
  const base = { id: 'chatcmpl-play', created: Math.floor(Date.now() / 1000), model: generator.name }
  const usageOf = (made: number): object => {
    const input = generator.count(prompt)
    return { prompt_tokens: input, completion_tokens: made, total_tokens: input + made }
  }
  if (asked.stream !== true) {
    const texts: string[] = []
    for await (const text of tokens) texts.push(text)
    const message = { role: 'assistant', content: texts.join('') }
    const choices = [{ index: 0, message, finish_reason: 'stop' }]
    return void send(response, { ...base, object: 'chat.completion', choices, usage: usageOf(texts.length) })
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const write = (value: object): void =>
    void response.write(`data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', ...value })}\n\n`)
  let made = 0
  for await (const content of tokens) {
    made += 1
    write({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })
  }
  write({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
  if (asked.stream_options?.include_usage) write({ choices: [], usage: usageOf(made) })
  response.end('data: [DONE]\n\n')
}

function send(response: ServerResponse, value: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

function fail(response: ServerResponse, status: number, message: string): void {
  send(response, { error: { message, type: 'invalid_request_error', param: null, code: null } }, status)
}
