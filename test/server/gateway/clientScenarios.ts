/** What callers do with their own clients. Each scenario returns plain data, which must not depend on whether a gateway stands between. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'

import Anthropic from '@anthropic-ai/sdk'
import OpenAI, { APIError, toFile } from 'openai'

import { behaviour, RETRY_HEADERS, type HostileUpstream } from '../../fixtures/hostileUpstream.ts'

/** Where a client calls, and the upstream that the call reaches in the end. */
export type Endpoint = { url: string; key: string; model: string; upstream: HostileUpstream }

/** Uses a client, and returns what it got. */
export type ClientScenario = (endpoint: Endpoint) => Promise<unknown>

const run = promisify(execFile)
const PROMPT = 'How is the weather in Bern?'
const PARAMETERS = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city', 'days'],
  additionalProperties: false,
} as const
const SOUND = Buffer.alloc(200_000, 'sound')

/** The scenarios by name: the client, then what it does. */
export const CLIENT_SCENARIOS: Readonly<Record<string, ClientScenario>> = {
  'openai: a chat completion': async (endpoint) =>
    openai(endpoint).chat.completions.create({ model: endpoint.model, messages: chat() }),

  'openai: a streamed chat completion without usage': async (endpoint) => {
    const { model } = endpoint
    const stream = await openai(endpoint).chat.completions.create({ model, messages: chat(), stream: true })
    // The gateway asks for usage where the caller does not; then the upstream says `usage: null` in the chunks before.
    return (await all(stream)).map(({ usage, ...chunk }) => (usage ? { ...chunk, usage } : chunk))
  },

  'openai: a streamed chat completion with usage': async (endpoint) =>
    all(
      await openai(endpoint).chat.completions.create({
        model: endpoint.model,
        messages: chat(),
        stream: true,
        stream_options: { include_usage: true },
      }),
    ),

  'openai: a streamed tool call': async (endpoint) => {
    const stream = openai(endpoint).chat.completions.stream({
      model: endpoint.model,
      messages: chat(),
      tools: [{ type: 'function', function: { name: 'weather', parameters: PARAMETERS } }],
    })
    const call = (await stream.finalChatCompletion()).choices[0]!.message.tool_calls![0]!
    return call
  },

  'openai: a text completion, streamed': async (endpoint) =>
    all(await openai(endpoint).completions.create({ model: endpoint.model, prompt: PROMPT, stream: true })),

  'openai: a response, whole and streamed': async (endpoint) => {
    const client = openai(endpoint)
    const whole = await client.responses.create({ model: endpoint.model, input: PROMPT })
    const stream = client.responses.stream({ model: endpoint.model, input: PROMPT })
    const streamed = await stream.finalResponse()
    return { whole, text: streamed.output_text, usage: streamed.usage }
  },

  'openai: embeddings': async (endpoint) =>
    openai(endpoint).embeddings.create({ model: endpoint.model, input: ['one', 'two'] }),

  'openai: a transcription of an audio file': async (endpoint) => {
    const { upstream, model } = endpoint
    const before = upstream.requests.length
    const file = await toFile(SOUND, 'sound.wav', { type: 'audio/wav' })
    const { text } = await openai(endpoint).audio.transcriptions.create({ file, model })
    const { body, headers } = await upstream.request(before)
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': headers['content-type']! },
    }).formData()
    return { text, model: form.get('model'), sound: digest(await (form.get('file') as File).arrayBuffer()) }
  },

  'openai: speech': async (endpoint) => {
    const client = openai(endpoint, behaviour({ chunks: 30_000 }))
    const speech = await client.audio.speech.create({ model: endpoint.model, voice: 'alloy', input: PROMPT })
    return { type: speech.headers.get('content-type'), digest: digest(await speech.arrayBuffer()) }
  },

  'openai: a rate limit of the upstream': async (endpoint) => {
    const client = openai(endpoint, behaviour({ fails: { status: 429, headers: { ...RETRY_HEADERS } } }))
    return apiErrorOf(client.chat.completions.create({ model: endpoint.model, messages: chat() }))
  },

  'openai: an error of the upstream': async (endpoint) => {
    const client = openai(endpoint, behaviour({ fails: { status: 500, message: 'Out of memory.' } }))
    return apiErrorOf(client.chat.completions.create({ model: endpoint.model, messages: chat(), stream: true }))
  },

  'openai: a stream that the upstream cuts': async (endpoint) => {
    const client = openai(endpoint, behaviour({ cut: 'before-done' }))
    // Behind the gateway the cut may come before anything could be passed on, so that the call itself fails.
    const reading = client.chat.completions.create({ model: endpoint.model, messages: chat(), stream: true }).then(all)
    return reading.then(
      () => 'looks whole',
      () => 'fails',
    )
  },

  'openai: leaves a stream': async (endpoint) => {
    const { upstream, model } = endpoint
    const before = upstream.requests.length
    const client = openai(endpoint, behaviour({ chunks: 5000, pace: 5 }))
    const stream = await client.chat.completions.create({ model, messages: chat(), stream: true })
    for await (const { choices } of stream) if (choices[0]?.delta.content) break
    return (await upstream.request(before)).ended
  },

  'openai: leaves before the headers': async (endpoint) => {
    const { upstream, model } = endpoint
    const before = upstream.requests.length
    const leaving = new AbortController()
    const client = openai(endpoint, behaviour({ silent: 'before-headers' }))
    const call = client.chat.completions.create({ model, messages: chat() }, { signal: leaving.signal })
    const failed = call.then(
      () => undefined,
      (error: Error) => error.constructor.name,
    )
    const request = await upstream.request(before)
    leaving.abort()
    return [await failed, await request.ended]
  },

  '@anthropic-ai/sdk: a message': async (endpoint) =>
    anthropic(endpoint).messages.create({ model: endpoint.model, max_tokens: 100, messages: question() }),

  '@anthropic-ai/sdk: a streamed message': async (endpoint) =>
    anthropic(endpoint)
      .messages.stream({ model: endpoint.model, max_tokens: 100, messages: question() })
      .finalMessage(),

  '@anthropic-ai/sdk: a streamed tool call': async (endpoint) =>
    anthropic(endpoint)
      .messages.stream({
        model: endpoint.model,
        max_tokens: 100,
        messages: question(),
        tools: [{ name: 'weather', input_schema: { ...PARAMETERS, required: [...PARAMETERS.required] } }],
      })
      .finalMessage(),

  '@anthropic-ai/sdk: a count of tokens': async (endpoint) =>
    anthropic(endpoint).messages.countTokens({ model: endpoint.model, messages: question() }),

  '@anthropic-ai/sdk: a rate limit of the upstream': async (endpoint) => {
    const client = anthropic(endpoint, behaviour({ fails: { status: 429, headers: { ...RETRY_HEADERS } } }))
    return apiErrorOf(client.messages.create({ model: endpoint.model, max_tokens: 100, messages: question() }))
  },

  '@anthropic-ai/sdk: leaves a stream': async (endpoint) => {
    const { upstream, model } = endpoint
    const before = upstream.requests.length
    const client = anthropic(endpoint, behaviour({ chunks: 5000, pace: 5 }))
    const stream = await client.messages.create({ model, max_tokens: 100, messages: question(), stream: true })
    for await (const event of stream) if (event.type === 'content_block_delta') break
    return (await upstream.request(before)).ended
  },

  'ai: a text, a stream, a tool call and an embedding': async ({ url, key, model }) => {
    const program = join(import.meta.dirname, 'aiCaller.ts')
    const env = { ...process.env, NODE_OPTIONS: '' }
    const { stdout } = await run(process.execPath, [program, url, key, model], { env })
    return JSON.parse(stdout) as unknown
  },

  'curl: a chat completion, byte for byte': async (endpoint) =>
    curl(endpoint, '/v1/chat/completions', { model: endpoint.model, messages: chat() }),

  'curl: a stream, byte for byte': async (endpoint) =>
    curl(endpoint, '/v1/chat/completions', {
      model: endpoint.model,
      messages: chat(),
      stream: true,
      stream_options: { include_usage: true },
    }),

  'curl: a stream whose last event has no blank line, byte for byte': async (endpoint) =>
    curl(
      endpoint,
      '/v1/messages',
      { model: endpoint.model, max_tokens: 100, messages: question(), stream: true },
      behaviour({ openTail: true }),
    ),

  'curl: an error, byte for byte': async (endpoint) =>
    curl(
      endpoint,
      '/v1/chat/completions',
      { model: endpoint.model, messages: chat() },
      behaviour({ fails: { status: 503, message: 'Loading.' } }),
    ),
}

function openai({ url, key }: Endpoint, defaultHeaders: Record<string, string> = {}): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0, defaultHeaders })
}

function anthropic({ url, key }: Endpoint, defaultHeaders: Record<string, string> = {}): Anthropic {
  return new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0, defaultHeaders })
}

function chat(): [{ role: 'user'; content: string }] {
  return [{ role: 'user', content: PROMPT }]
}

const question = chat

async function all<T>(parts: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const part of parts) list.push(part)
  return list
}

/** What a client tells its user of an error. */
async function apiErrorOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call
  } catch (error) {
    const { status, headers, message, constructor } = error as APIError
    const retry = Object.keys(RETRY_HEADERS).map((name) => [name, headers?.get(name)])
    return { status, message, class: constructor.name, retry }
  }
  throw new Error('The call did not fail.')
}

async function curl(
  { url, key }: Endpoint,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<string> {
  const all = { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers }
  const named = Object.entries(all).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const written = ['-w', '\n%{http_code} %{content_type}', '-d', JSON.stringify(body)]
  const { stdout } = await run('curl', ['-sN', `${url}${path}`, ...named, ...written])
  return stdout
}

function digest(bytes: ArrayBuffer): string {
  return createHash('sha256').update(Buffer.from(bytes)).digest('hex')
}
