import { createHash, type Hash } from 'node:crypto'
import { appendFile } from 'node:fs/promises'

import { canonicalJson } from '../core/canonicalJson.ts'
import { ZERO_DIGEST, type Digest } from '../core/hex.ts'
import type { CallId } from '../core/callRecord.ts'

/** A call as its caller keeps it: the caller's half of a usage log. It has digests and counts, never contents. */
export type OwnCall = {
  ownCall: 1
  /** The id that the gateway gave it. */
  call: CallId
  /** Scheme, host and port of the gateway. */
  origin: string
  /** When the caller sent it, in Unix seconds. */
  time: number
  /** HTTP status. */
  status: number
  /** SHA-256 of the gateway's salt and the body that was sent; null where the body could not be read again. */
  request: Digest | null
  /** The same of the body that came; null where it did not come whole. */
  response: Digest | null
  /** The salts that go with the digests, 32 bytes in hex each: anybody who has a body computes its digest again by them. */
  requestSalt: string
  responseSalt: string
  /** Tokens as the answer reports them; null where it does not. */
  inputTokens: number | null
  outputTokens: number | null
  /** The block that admitted the call, as the gateway says; null where it does not. */
  block: number | null
}

/** Receives each call when it is over. */
export type OwnCallSink = (call: OwnCall) => void | Promise<void>

/** Longest answer without events out of which counts are read, in bytes. */
const MOST_COUNTED = 16 * 1024 * 1024
/** Longest event of a stream out of which counts are read, in characters. */
const MOST_EVENT = 1024 * 1024
const SALT = /^0x[0-9a-f]{64}$/

/**
 * Wraps a `fetch` so that the caller keeps its half of each call through a gateway: one line of JSON a call, in a file or to a sink. Bodies
 * pass untouched, and the answer is not held back. What does not come from a gateway leaves no line. A file that cannot be written makes
 * the reading of the answer fail at its end, so that no call goes unnoticed.
 *
 * @param to path of a file, which is made for its owner alone and appended to; or what receives each call
 *
 * @example
 * const client = new OpenAI({ baseURL, apiKey, fetch: keepCalls(fetch, 'calls.jsonl') })
 * const provider = createOpenAICompatible({ name, baseURL, apiKey, fetch: keepCalls(fetch, 'calls.jsonl') })
 */
export function keepCalls(fetch: typeof globalThis.fetch, to: string | OwnCallSink): typeof globalThis.fetch {
  const keep: OwnCallSink =
    typeof to === 'function' ? to : (call) => appendFile(to, `${canonicalJson(call)}\n`, { mode: 0o600 })
  return async (input, init) => {
    const time = Math.floor(Date.now() / 1000)
    const body = await bodyOf(input, init)
    const response = await fetch(input, init)
    const header = (name: string): string => response.headers.get(name) ?? ''
    const [call, requestSalt, responseSalt] = ['call', 'request-salt', 'response-salt'].map((each) =>
      header(`stemma-${each}`),
    ) as [string, string, string]
    if (call === '') return response
    const block = /^\d{1,15}$/.test(header('stemma-block')) ? Number(header('stemma-block')) : null
    const counter = new UsageCounter(header('content-type'))
    const finish = async (digest: Digest | null): Promise<void> => {
      const { input: inputTokens, output: outputTokens } = counter.end()
      await keep({
        ownCall: 1,
        call,
        origin: new URL(input instanceof Request ? input.url : input).origin,
        time,
        status: response.status,
        request: body && SALT.test(requestSalt) ? digestOf(requestSalt, body) : null,
        response: digest,
        requestSalt,
        responseSalt,
        inputTokens,
        outputTokens,
        block,
      })
    }
    if (!SALT.test(responseSalt)) {
      await finish(null)
      return response
    }
    const hash = createHash('sha256').update(Buffer.from(responseSalt.slice(2), 'hex'))
    if (response.body === null) {
      await finish(`0x${hash.digest('hex')}` as Digest)
      return response
    }
    return withBody(response, watched(response.body, { hash, counter, finish }))
  }
}

/** The bytes that a request sends; null for a stream, which can be read once, and for a form, which is written in another way each time. */
async function bodyOf(input: RequestInfo | URL, init: RequestInit | undefined): Promise<Buffer | null> {
  const body = init?.body ?? (input instanceof Request ? input.clone().body : null)
  if (init?.body instanceof ReadableStream || body instanceof FormData) return null
  return Buffer.from(await new Response(body).arrayBuffer())
}

/** A body that passes on unchanged, and says when it is over. */
function watched(
  body: ReadableStream<Uint8Array>,
  { hash, counter, finish }: { hash: Hash; counter: UsageCounter; finish: (digest: Digest | null) => Promise<void> },
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let isOver = false
  const over = async (digest: Digest | null): Promise<void> => {
    if (isOver) return
    isOver = true
    await finish(digest)
  }
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      let read: Awaited<ReturnType<typeof reader.read>>
      try {
        read = await reader.read()
      } catch (error) {
        await over(null)
        throw error
      }
      if (read.done) {
        await over(`0x${hash.digest('hex')}` as Digest)
        controller.close()
        return
      }
      hash.update(read.value)
      counter.push(read.value)
      controller.enqueue(read.value)
    },
    async cancel(reason) {
      await reader.cancel(reason)
      await over(null)
    },
  })
}

/** The same response with another body, and with the address that it came from, which a new one does not have. */
function withBody(response: Response, body: ReadableStream<Uint8Array>): Response {
  const { status, statusText, headers, url, redirected } = response
  const copy = new Response(body, { status, statusText, headers })
  return Object.defineProperties(copy, { url: { value: url }, redirected: { value: redirected } })
}

function digestOf(salt: string, body: Uint8Array): Digest {
  const hash = createHash('sha256')
    .update(Buffer.from(salt.slice(2), 'hex'))
    .update(body)
  return `0x${hash.digest('hex')}` as Digest
}

/** Reads the counts of tokens out of an answer, in the words of either dialect; none where it does not understand it. */
class UsageCounter {
  readonly #isStream: boolean
  readonly #decoder = new TextDecoder()
  #text = ''
  #isLost = false
  #input: number | null = null
  #output: number | null = null

  constructor(contentType: string) {
    this.#isStream = contentType.startsWith('text/event-stream')
    this.#isLost = !this.#isStream && !contentType.includes('json')
  }

  push(chunk: Uint8Array): void {
    if (this.#isLost) return
    this.#text += this.#decoder.decode(chunk, { stream: true })
    if (this.#isStream) this.#readEvents()
    if (this.#text.length > (this.#isStream ? MOST_EVENT : MOST_COUNTED)) this.#lose()
  }

  end(): { input: number | null; output: number | null } {
    if (!this.#isLost) {
      if (this.#isStream) {
        this.#text += '\n'
        this.#readEvents()
      } else this.#read(this.#text)
    }
    return { input: this.#input, output: this.#output }
  }

  #lose(): void {
    this.#isLost = true
    this.#text = ''
  }

  #readEvents(): void {
    const lines = this.#text.split(/\r\n|\n|\r(?=.)/)
    this.#text = lines.pop()!
    for (const line of lines) if (line.startsWith('data:')) this.#read(line.slice(5))
  }

  #read(json: string): void {
    if (!json.includes('usage')) return
    try {
      const value = JSON.parse(json)
      const usage = value?.usage ?? value?.message?.usage ?? value?.response?.usage
      const cached = count(usage?.cache_read_input_tokens) ?? 0
      const made = count(usage?.cache_creation_input_tokens) ?? 0
      const input = count(usage?.prompt_tokens) ?? count(usage?.input_tokens)
      // A later event states the whole again.
      if (input !== null) this.#input = input + cached + made
      const output = count(usage?.completion_tokens) ?? count(usage?.output_tokens)
      if (output !== null) this.#output = output
      else if (input !== null && usage.total_tokens !== undefined) this.#output = 0
    } catch {
      // Not JSON after all: then it says nothing of usage.
    }
  }
}

function count(value: unknown): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null
}

/** Whether a digest says something: zero says that there was no body. */
export function isDigestOfBody(digest: Digest | null): digest is Digest {
  return digest !== null && digest !== ZERO_DIGEST
}
