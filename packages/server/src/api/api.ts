import type { Database } from '../indexer/database.ts'
import { Feed } from './chain/feed.ts'
import { createGraphqlHandler, createLedgerSchema, INTERNAL_MESSAGE } from './graphql/handler.ts'
import { LIMITS, type Limits } from './graphql/limits.ts'
import { homeResponse } from './home.ts'
import { readProgress, withSnapshot, type Progress } from './ledgerView.ts'
import { createMetrics } from './metrics.ts'
import { readiness } from './readiness.ts'
import { GraphCache } from './registry/graphCache.ts'
import { createRestHandler } from './rest/handler.ts'

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
}

const READY_WITHIN = 10
const READY_LAG = 60
const INTERVAL = 500

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
  const feed = new Feed(database, cache, interval)
  const backend = { database, cache, feed }
  const limits = { ...LIMITS, ...settings.limits }
  const schema = createLedgerSchema(backend)
  const graphql = createGraphqlHandler(backend, { schema, limits, persistedOnly })
  const answerRest = createRestHandler(backend, { schema, limits })
  const metrics = createMetrics(backend)
  const progressNow = (): Promise<Progress | undefined> => readProgress(database).catch(() => undefined)

  const route = async (request: Request): Promise<{ kind: string; response: Response }> => {
    const { pathname } = new URL(request.url)
    if (request.method === 'OPTIONS') return { kind: 'preflight', response: new Response(null, { status: 204 }) }
    if (pathname === '/health') return { kind: 'health', response: Response.json({ status: 'ok' }) }
    if (pathname === '/ready') return { kind: 'ready', response: await readiness(database, { readyWithin, readyLag }) }
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
    warm: () => withSnapshot(database, cache, () => Promise.resolve()),
  }
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
