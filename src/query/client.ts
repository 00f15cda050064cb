import { StemmaError } from '../core/errors.ts'
import { quoted, shortText, textOfAny } from '../core/text.ts'
import { operationIds, type Operations } from './operations.ts'

/** A client of a query API. It does not check answers; {@link indexerReader} and `checkAnswer` check ids. */
export type QueryClient = {
  /** Address of the API. */
  readonly url: string
  /**
   * Runs an operation that the server knows.
   *
   * @throws {@link QueryUnreachableError} when the server does not answer
   * @throws {@link QueryError} when it refuses, with the server's code
   */
  query<Name extends QueryName>(
    name: Name,
    variables: Operations[Name]['variables'],
    options?: { signal?: AbortSignal },
  ): Promise<LedgerOf<Name>>
  /**
   * Follows the ledger's events until the signal aborts, and continues where it stopped when the connection breaks.
   *
   * @throws {@link QueryUnreachableError} when the server cannot be reached after several attempts
   * @throws {@link QueryError}
   */
  watch(
    variables: Operations['Watch']['variables'],
    options?: { signal?: AbortSignal },
  ): AsyncGenerator<Operations['Watch']['result']['activity'], void>
}

/** The name of an operation that is not a subscription. */
export type QueryName = Exclude<keyof Operations, 'Watch'>
/** The answer of an operation: the ledger as of one block. */
export type LedgerOf<Name extends QueryName> = Operations[Name]['result']['ledger']

/** Settings of a client. */
export type QueryClientSettings = {
  /** Such as `http://127.0.0.1:8600`. */
  url: string
  /** Sends requests; the platform's `fetch` by default. */
  fetch?: (request: Request) => Promise<Response>
  /** Milliseconds to wait for an answer. */
  timeout?: number
  /** Most bytes of an answer. */
  limit?: number
}

const TIMEOUT = 30_000
const LIMIT = 64 * 1024 * 1024
/** Most attempts to reopen a broken stream, and the milliseconds between them. */
const REOPENINGS = 5
const PAUSE = 1000

/**
 * Makes a client of a query API, for browsers and Node.
 *
 * @example
 * const client = createQueryClient({ url: 'http://127.0.0.1:8600' })
 * const { block, model } = await client.query('Model', { id })
 */
export function createQueryClient(settings: QueryClientSettings): QueryClient {
  const url = settings.url.replace(/\/+$/, '')
  if (!/^https?:\/\/[^\s/]/.test(url) || !URL.canParse(url)) throw new InvalidQueryUrlError(settings.url)
  const { timeout = TIMEOUT, limit = LIMIT } = settings
  const send = settings.fetch ?? ((request: Request) => fetch(request))

  const post = async (
    name: keyof Operations,
    variables: object,
    accept: string,
    signal: AbortSignal,
  ): Promise<Response> => {
    const body = JSON.stringify(
      { variables, extensions: { persistedQuery: { version: 1, sha256Hash: operationIds[name] } } },
      (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value),
    )
    const headers = { 'content-type': 'application/json', accept }
    try {
      return await send(new Request(`${url}/graphql`, { method: 'POST', headers, body, signal }))
    } catch (error) {
      throw new QueryUnreachableError(url, error)
    }
  }

  return {
    url,
    async query(name, variables, options = {}) {
      const signal = AbortSignal.any([AbortSignal.timeout(timeout), ...(options.signal ? [options.signal] : [])])
      const response = await post(name, variables, 'application/json', signal)
      const answer = parseAnswer(url, await readText(url, response, limit))
      const { ledger } = answer as { ledger: unknown }
      if (typeof ledger !== 'object' || ledger === null) throw new QueryAnswerError(url, 'it has no ledger')
      return ledger as never
    },
    async *watch(variables, options = {}) {
      const { signal = new AbortController().signal } = options
      let { after } = variables
      for (let failures = 0; !signal.aborted;) {
        try {
          const response = await post(
            'Watch',
            { ...variables, ...(after !== undefined && { after }) },
            'text/event-stream',
            signal,
          )
          for await (const data of eventsOf(response)) {
            failures = 0
            const { activity } = parseAnswer(url, data) as Operations['Watch']['result']
            after = activity.event ? activity.event.id : String((activity.replaced ?? 1) - 1)
            yield activity
          }
        } catch (error) {
          if (signal.aborted) return
          if (error instanceof QueryError || ++failures > REOPENINGS) throw error
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE))
      }
    },
  }
}

async function readText(url: string, response: Response, limit: number): Promise<string> {
  try {
    const reader = response.body?.getReader()
    if (!reader) return ''
    const decoder = new TextDecoder()
    let text = ''
    let size = 0
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return text + decoder.decode()
      size += value.length
      if (size > limit) {
        await reader.cancel()
        throw new QueryAnswerError(url, `it has more than ${limit} bytes`)
      }
      text += decoder.decode(value, { stream: true })
    }
  } catch (error) {
    throw error instanceof StemmaError ? error : new QueryUnreachableError(url, error)
  }
}

function parseAnswer(url: string, text: string): unknown {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch (error) {
    throw new QueryAnswerError(url, `it is not JSON: ${quoted(text)}`, error)
  }
  const { data, errors } = (answer ?? {}) as { data?: unknown; errors?: unknown }
  if (Array.isArray(errors) && errors.length > 0) throw new QueryError((errors[0] ?? {}) as QueryFault)
  if (typeof data !== 'object' || data === null) throw new QueryAnswerError(url, 'it has no data')
  return data
}

/** The data of GraphQL over server-sent events: every `next` until `complete`. */
async function* eventsOf(response: Response): AsyncGenerator<string, void> {
  const reader = response
    .body!.pipeThrough(new TextDecoderStream() as never)
    .getReader() as ReadableStreamDefaultReader<string>
  let buffer = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      buffer += value
      for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
        const lines = buffer.slice(0, end).split('\n')
        buffer = buffer.slice(end + 2)
        const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trimStart())
        if (lines.includes('event: complete')) return
        if (data.length > 0 && data[0] !== '') yield data.join('\n')
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

type QueryFault = { message?: unknown; path?: unknown; extensions?: { code?: unknown } }

/** Thrown when the address of a query API is invalid. */
export class InvalidQueryUrlError extends StemmaError {
  override name = 'InvalidQueryUrlError'
  constructor(url: string) {
    super('INVALID_QUERY_URL', `Invalid address of a query API ${quoted(url)}: use an http or https URL.`)
  }
}

/** Thrown when a query API does not answer. */
export class QueryUnreachableError extends StemmaError {
  override name = 'QueryUnreachableError'
  override readonly kind = 'unavailable'
  constructor(url: string, cause: unknown) {
    const { message, cause: inner } = (cause ?? {}) as { message?: string; cause?: { message?: string } }
    const why = shortText(inner?.message ?? message ?? String(cause), 200)
    super(
      'QUERY_UNREACHABLE',
      `The query API at ${url} did not answer (${why}). Check that it runs; stemma-server api starts one.`,
      {
        cause,
      },
    )
  }
}

/** Thrown when the answer of a query API cannot be used. */
export class QueryAnswerError extends StemmaError {
  override name = 'QueryAnswerError'
  override readonly kind = 'unavailable'
  constructor(url: string, what: string, cause?: unknown) {
    super(
      'QUERY_ANSWER',
      `The answer of the query API at ${url} cannot be used: ${what}. Check that it runs this version of Stemma.`,
      {
        cause,
      },
    )
  }
}

/** Thrown when a query API refuses an operation; `serverCode` is its code. */
export class QueryError extends StemmaError {
  override name = 'QueryError'
  override readonly kind = 'refused'
  readonly serverCode: string
  constructor({ message, path, extensions }: QueryFault) {
    const place = Array.isArray(path) && path.length > 0 ? ` at ${shortText(path.join('.'), 100)}` : ''
    super('QUERY_REFUSED', `The query API refused${place}: ${shortText(textOfAny(message), 500)}`)
    this.serverCode = typeof extensions?.code === 'string' ? extensions.code : 'UNKNOWN'
  }
}
