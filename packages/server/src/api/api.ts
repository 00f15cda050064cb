import { type Deployment, StemmaError } from 'stemma/core'
import type { Database } from '../indexer/database.ts'
import { Feed } from './chain/feed.ts'
import { INTERNAL_MESSAGE, messageFor } from './clientError.ts'
import type { WatcherLimits } from './chain/watchers.ts'
import { createEvaluator } from './graphql/evaluator.ts'
import { createGraphqlHandler, createLedgerSchema, headersOf, ownFault, statusOf } from './graphql/handler.ts'
import { LIMITS, type Limits } from './graphql/limits.ts'
import { homeAnswer, isHome } from './home.ts'
import { jsonAnswer, refusal, type Answer } from './http/answer.ts'
import { RequestCancelledError } from './budget.ts'
import { AnswerCache } from './http/answerCache.ts'
import { readJsonText } from './http/body.ts'
import { Exchange, type Caller } from './http/exchange.ts'
import { guardHeaders } from './http/guardHeaders.ts'
import { checkKnownMethod, checkMethod, MethodNotAllowedError, READ, READ_OR_POST } from './http/methods.ts'
import { Representation } from './http/representation.ts'
import type { Resource } from './http/resource.ts'
import { WHOLE_SERVER } from './http/target.ts'
import { readProgress, withSnapshot, type Progress } from './ledgerView.ts'
import { createMetrics } from './metrics.ts'
import { pageAt, type Pages } from './pages.ts'
import { readiness } from './readiness.ts'
import { GraphCache } from './registry/graphCache.ts'
import { createRest } from './rest/handler.ts'

/** Settings of a query API. */
export type ApiSettings = {
  database: Database
  /** Origins whose pages may read the answers; all by default, because the ledger is public. */
  origins?: readonly string[]
  /** How many blocks the index may be behind the node's head and still count as ready. */
  readyWithin?: number
  /** How many seconds a read replica may be behind the server that it copies and still count as ready. */
  readyLag?: number
  /** Serves only the operations of `stemma/query`. */
  persistedOnly?: boolean
  limits?: Partial<Limits & WatcherLimits>
  /** Bytes of answers as of final blocks that are kept in memory; 0 keeps none. 64 MiB by default. */
  cacheBytes?: number
  /** Milliseconds between two polls for new events while there are watchers. */
  interval?: number
  /** Where the contracts of the ledger are, for those who ask a node themselves; served at `/v1/deployment`. */
  deployment?: Deployment
  /** The built pages of the explorer, for browsers. Without them, the root is a page about the API. */
  pages?: Pages
  /** Called after each request. */
  onAnswer?: (answered: Answered) => void
}

/** A request that was answered. `error` is for the operator: it may hold what no client should learn. */
export type Answered = { method: string; path: string; status: number; milliseconds: number; error?: string }

/** A query API. Any number of them may run over one database. */
export type Api = {
  /** Answers a request. Never throws. */
  fetch(request: Request, caller?: Caller): Promise<Response>
  /** Reads all edges, so that the first request need not wait for them. @throws `EmptyIndexError`, `DatabaseError` */
  warm(): Promise<void>
  /** Ends the thread of large requests. The database stays open. */
  close(): Promise<void>
}

const READY_WITHIN = 10
const READY_LAG = 60
const INTERVAL = 500
const CACHE_BYTES = 64 * 1024 * 1024
/** Edges that take so long to read that no request should wait for it. */
const LARGE = 50_000

/**
 * Makes the query API over an index: GraphQL at `/graphql`, REST at `/v1`, its description at `/openapi.json`, and `/health`,
 * `/ready` and `/metrics` for operators.
 */
export function createApi(settings: ApiSettings): Api {
  const {
    database,
    readyWithin = READY_WITHIN,
    readyLag = READY_LAG,
    persistedOnly = false,
    interval = INTERVAL,
  } = settings
  const cache = new GraphCache()
  const limits = { ...LIMITS, ...settings.limits }
  const feed = new Feed({ database, cache, interval, ...(settings.limits && { limits: settings.limits }) })
  const evaluator = database.where === undefined ? undefined : createEvaluator(database.where, limits)
  const backend = { database, cache, feed, limits, evaluator }
  const schema = createLedgerSchema(feed)
  const answers = new AnswerCache(settings.cacheBytes ?? CACHE_BYTES)
  const graphql = createGraphqlHandler(backend, { schema, limits, persistedOnly })
  const restAt = createRest(backend, { schema, limits })
  const metrics = createMetrics({ cache, feed, answers })
  const progressNow = (): Promise<Progress | undefined> => readProgress(database).catch(() => undefined)
  const identityNow = shared(async () => (await readProgress(database)).identity)

  const fixed: Readonly<Record<string, Resource>> = {
    '/health': { kind: 'health', methods: READ, answer: () => Promise.resolve(jsonAnswer({ status: 'ok' })) },
    '/ready': {
      kind: 'ready',
      methods: READ,
      answer: (exchange) => readiness(database, { readyWithin, readyLag }, exchange),
    },
    '/metrics': {
      kind: 'metrics',
      methods: READ,
      async answer() {
        const { text, type } = await metrics.read(await progressNow())
        return { status: 200, headers: { 'content-type': type }, body: text, lifetime: 'none' }
      },
    },
    ...(settings.deployment && { '/v1/deployment': deploymentAt(settings.deployment) }),
    '/graphql': { kind: 'graphql', methods: READ_OR_POST, isKept: true, answer: graphql },
  }
  const resourceAt = (method: string, url: URL, accept: string | null): Resource | undefined =>
    (url.pathname === '/' && settings.pages ? pageAt(settings.pages, '/', accept) : undefined) ??
    ofApi(method, url) ??
    (settings.pages && pageAt(settings.pages, url.pathname, accept))
  const ofApi = (method: string, url: URL): Resource | undefined =>
    isHome(method, url)
      ? {
          kind: 'home',
          methods: url.pathname === '/graphql' ? READ_OR_POST : READ,
          answer: (exchange) => Promise.resolve(homeAnswer(exchange)),
        }
      : Object.hasOwn(fixed, url.pathname)
        ? fixed[url.pathname]
        : restAt(url.pathname)

  /** Answers a GET, HEAD or POST: from memory if it is kept. */
  const read = async (resource: Resource, exchange: Exchange, url: URL): Promise<Answer | Representation> => {
    const { request } = exchange
    const body = request.method === 'POST' ? await readJsonText(request, limits.body) : undefined
    // Without an identity the database cannot be read, and the answer will say so.
    const identity = resource.isKept && answers.isOn ? await identityNow().catch(() => undefined) : undefined
    const accept = url.pathname === '/graphql' ? (request.headers.get('accept') ?? '') : ''
    const question = { method: request.method, path: url.pathname, search: url.search, accept, body: body ?? '' }
    const kept = identity === undefined ? undefined : answers.find(identity, question)
    if (kept) return kept
    const answer = await resource.answer(exchange, body)
    if (answer.body instanceof ReadableStream || answer.status !== 200) return answer
    const whole = new Representation(answer, answer.body ?? '')
    // The identity was read before the answer, so an answer of a newer index is never kept for it.
    const isSame = exchange.isFinal && !exchange.hasErrors && identity !== undefined
    if (isSame && identity === (await identityNow().catch(() => undefined))) answers.keep(identity, question, whole)
    return whole
  }

  const answerTo = async (exchange: Exchange, note: (kind: string) => void): Promise<Answer | Representation> => {
    const { method } = exchange.request
    checkKnownMethod(method)
    const url = new URL(exchange.request.url)
    const isOptions = method === 'OPTIONS'
    const resource = resourceAt(method, url, exchange.request.headers.get('accept'))
    if (!resource) {
      if (isOptions && url.pathname === WHOLE_SERVER) return optionsOf(READ_OR_POST)
      const message =
        'Nothing is at this address. GraphQL is at /graphql, REST below /v1; /openapi.json lists all routes.'
      return refusal(404, { code: 'NOT_FOUND', message })
    }
    note(isOptions ? 'preflight' : resource.kind)
    checkMethod(method, url.pathname, resource.methods)
    return isOptions ? optionsOf(resource.methods) : read(resource, exchange, url)
  }

  return {
    async fetch(request, caller) {
      const start = performance.now()
      const exchange = new Exchange(request, caller)
      let kind = 'other'
      let answer: Answer | Representation
      let response: Response
      try {
        answer = await answerTo(exchange, (found) => (kind = found))
        response = await respond(answer, request)
      } catch (error) {
        answer = failed(error, exchange)
        response = await respond(answer, request)
      }
      // A stream ends later, and says so itself.
      if (answer instanceof Representation || !(answer.body instanceof ReadableStream) || request.method === 'HEAD') {
        exchange.end()
      }
      const milliseconds = performance.now() - start
      metrics.observe(kind, response.status, milliseconds / 1000)
      settings.onAnswer?.({
        method: request.method,
        path: pathOf(request.url),
        status: response.status,
        milliseconds: Math.round(milliseconds * 100) / 100,
        ...(exchange.failure !== undefined && { error: exchange.failure }),
      })
      addHeaders(response.headers, request, settings.origins)
      return response
    },
    async warm() {
      await withSnapshot(database, cache, () => Promise.resolve())
      if (cache.size.edges >= LARGE) evaluator?.start()
    },
    close: async () => evaluator?.close(),
  }
}

function deploymentAt(deployment: Deployment): Resource {
  return { kind: 'deployment', methods: READ, answer: () => Promise.resolve(jsonAnswer(deployment)) }
}

/** Runs something once for all who ask while it runs. */
function shared<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  return () => (running ??= run().finally(() => (running = undefined)))
}

/** The path of a URL, without making one. */
function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const end = url.indexOf('?', start)
  return url.slice(start, end < 0 ? undefined : end)
}

function respond(answer: Answer | Representation, request: Request): Promise<Response> {
  if (answer instanceof Representation) return answer.answer(request)
  const { status, headers, body } = answer
  if (!(body instanceof ReadableStream))
    return bodiless(status)
      ? Promise.resolve(new Response(null, { status, headers }))
      : new Representation(answer, body ?? '').answer(request)
  const kept = { ...headers, 'cache-control': 'no-store' }
  if (request.method !== 'HEAD') return Promise.resolve(new Response(body, { status, headers: kept }))
  return body.cancel().then(() => new Response(null, { status, headers: kept }))
}

function bodiless(status: number): boolean {
  return status === 204 || status === 304
}

/** What a request is refused with: ours by its code, any other error without its words. */
function failed(thrown: unknown, exchange: Exchange): Answer {
  // What was given up because the client has gone is nobody's fault.
  const error = exchange.request.signal.aborted ? new RequestCancelledError() : thrown
  exchange.failure ??= ownFault(error)
  if (error instanceof StemmaError) {
    const { code, docs } = error
    const allow = error instanceof MethodNotAllowedError ? { allow: error.allowed.join(', ') } : undefined
    return refusal(statusOf(code), { code, message: messageFor(error), docs }, { ...headersOf(code), ...allow })
  }
  return refusal(500, { code: 'INTERNAL', message: INTERNAL_MESSAGE })
}

function optionsOf(methods: readonly string[]): Answer {
  const allow = methods.join(', ')
  return { status: 204, headers: { allow, 'access-control-allow-methods': allow }, body: null, lifetime: 'none' }
}

/** Adds the headers by which browsers let other origins read public answers, and do not guess content types. */
function addHeaders(headers: Headers, request: Request, origins: readonly string[] | undefined): void {
  const origin = request.headers.get('origin')
  if (origins === undefined) headers.set('access-control-allow-origin', '*')
  else {
    headers.append('vary', 'origin')
    if (origin !== null && origins.includes(origin)) headers.set('access-control-allow-origin', origin)
  }
  if (request.method === 'OPTIONS') {
    headers.set('access-control-allow-headers', 'content-type, if-none-match, last-event-id')
    headers.set('access-control-max-age', '86400')
  } else headers.set('access-control-expose-headers', 'allow, etag, retry-after')
  guardHeaders(headers)
}
