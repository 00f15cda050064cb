import type { Database } from '../indexer/database.ts'
import { Feed } from './chain/feed.ts'
import { createEvaluator } from './graphql/evaluator.ts'
import { createGraphqlHandler, createLedgerSchema, INTERNAL_MESSAGE } from './graphql/handler.ts'
import { LIMITS, type Limits } from './graphql/limits.ts'
import { homeResponse } from './home.ts'
import { readProgress, withSnapshot, type Progress } from './ledgerView.ts'
import { createMetrics } from './metrics.ts'
import { GraphCache } from './registry/graphCache.ts'
import { createRestHandler } from './rest/handler.ts'

/** Settings of a query API. */
export type ApiSettings = {
  database: Database
  /** Origins whose pages may read the answers; all by default, because the ledger is public. */
  origins?: readonly string[]
  /** How many blocks the index may be behind the node's head and still count as ready. */
  readyWithin?: number
  /** Serves only the operations of `stemma/query`. */
  persistedOnly?: boolean
  limits?: Partial<Limits>
  /** Milliseconds between two polls for new events while there are watchers. */
  interval?: number
  /** Called after each request. */
  onAnswer?: (answered: Answered) => void
}

/** A request that was answered. */
export type Answered = { method: string; path: string; status: number; milliseconds: number; error?: string }

/** A query API. Any number of them may run over one database. */
export type Api = {
  /** Answers a request. Never throws. */
  fetch(request: Request): Promise<Response>
  /** Reads all edges, so that the first request need not wait for them. @throws `EmptyIndexError`, `DatabaseError` */
  warm(): Promise<void>
  /** Ends the thread of large requests. The database stays open. */
  close(): Promise<void>
}

const READY_WITHIN = 10
const INTERVAL = 500
/** Edges that take so long to read that no request should wait for it. */
const LARGE = 50_000

/**
 * Makes the query API over an index: GraphQL at `/graphql`, REST at `/v1`, its description at `/openapi.json`, and `/health`,
 * `/ready` and `/metrics` for operators.
 */
export function createApi(settings: ApiSettings): Api {
  const { database, readyWithin = READY_WITHIN, persistedOnly = false, interval = INTERVAL } = settings
  const cache = new GraphCache()
  const feed = new Feed(database, cache, interval)
  const limits = { ...LIMITS, ...settings.limits }
  const evaluator = database.where === undefined ? undefined : createEvaluator(database.where, limits)
  const backend = { database, cache, feed, limits, evaluator }
  const schema = createLedgerSchema(feed)
  const graphql = createGraphqlHandler(backend, { schema, limits, persistedOnly })
  const answerRest = createRestHandler(backend, { schema, limits })
  const metrics = createMetrics(backend)
  const progressNow = (): Promise<Progress | undefined> => readProgress(database).catch(() => undefined)

  const route = async (request: Request): Promise<{ kind: string; response: Response }> => {
    const { pathname } = new URL(request.url)
    if (request.method === 'OPTIONS') return { kind: 'preflight', response: new Response(null, { status: 204 }) }
    if (pathname === '/health') return { kind: 'health', response: Response.json({ status: 'ok' }) }
    if (pathname === '/ready') return { kind: 'ready', response: readiness(await progressNow(), readyWithin) }
    if (pathname === '/metrics') {
      const { text, type } = await metrics.read(await progressNow())
      return { kind: 'metrics', response: new Response(text, { headers: { 'content-type': type } }) }
    }
    const home = homeResponse(request)
    if (home) return { kind: 'home', response: home }
    if (pathname === '/graphql') return { kind: 'graphql', response: await graphql(request) }
    const response = await answerRest(request)
    if (response) return { kind: 'rest', response }
    const message =
      'Nothing is at this address. GraphQL is at /graphql, REST below /v1; /openapi.json lists all routes.'
    return { kind: 'other', response: Response.json({ error: { code: 'NOT_FOUND', message } }, { status: 404 }) }
  }

  return {
    async fetch(request) {
      const start = performance.now()
      let kind = 'other'
      let response: Response
      let failure: string | undefined
      try {
        ;({ kind, response } = await route(request))
      } catch (error) {
        failure = error instanceof Error ? error.message : String(error)
        response = Response.json({ error: { code: 'INTERNAL', message: INTERNAL_MESSAGE } }, { status: 500 })
      }
      const milliseconds = performance.now() - start
      metrics.observe(kind, response.status, milliseconds / 1000)
      settings.onAnswer?.({
        method: request.method,
        path: new URL(request.url).pathname,
        status: response.status,
        milliseconds: Math.round(milliseconds * 100) / 100,
        ...(failure !== undefined && { error: failure }),
      })
      return withHeaders(response, request, settings.origins)
    },
    async warm() {
      await withSnapshot(database, cache, () => Promise.resolve())
      if (cache.size.edges >= LARGE) evaluator?.start()
    },
    close: async () => evaluator?.close(),
  }
}

function readiness(progress: Progress | undefined, within: number): Response {
  if (!progress)
    return Response.json(
      { ready: false, reason: 'The index is empty, or the database cannot be reached.' },
      { status: 503 },
    )
  const { block, head } = progress
  const ready = head - block <= within
  return Response.json({ ready, block, head, behind: head - block }, { status: ready ? 200 : 503 })
}

/** Adds the headers by which browsers let other origins read public answers, and do not guess content types. */
function withHeaders(response: Response, request: Request, origins: readonly string[] | undefined): Response {
  const headers = new Headers(response.headers)
  const origin = request.headers.get('origin')
  if (origins === undefined) headers.set('access-control-allow-origin', '*')
  else {
    headers.append('vary', 'origin')
    if (origin !== null && origins.includes(origin)) headers.set('access-control-allow-origin', origin)
  }
  if (request.method === 'OPTIONS') {
    headers.set('access-control-allow-methods', 'GET, POST, OPTIONS')
    headers.set('access-control-allow-headers', 'content-type, last-event-id')
    headers.set('access-control-max-age', '86400')
  }
  headers.set('x-content-type-options', 'nosniff')
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}
