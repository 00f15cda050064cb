import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations'
import { GraphQLError, type DocumentNode, type ExecutionArgs, type ExecutionResult, type GraphQLSchema } from 'graphql'
import { createSchema, createYoga, type Plugin } from 'graphql-yoga'

import { StemmaError } from 'stemma/core'
import type { EventFilter } from 'stemma/query'
import { operations } from './operations.ts'
import { schemaText } from './schemaText.ts'
import type { Database } from '../../indexer/database.ts'
import type { Feed, FeedItem } from '../chain/feed.ts'
import { Budget, QueryTooLargeError, type Prices } from '../budget.ts'
import { INTERNAL_MESSAGE, isPublic, messageFor } from '../clientError.ts'
import type { Answer } from '../http/answer.ts'
import type { Exchange } from '../http/exchange.ts'
import { isFinal, type Snapshot } from '../ledgerView.ts'
import { createReaders } from '../readers.ts'
import type { GraphCache } from '../registry/graphCache.ts'
import { createNodes } from './createNodes.ts'
import { ledgerNode } from './ledger.ts'
import { EvaluatorEndedError, type Evaluator } from './evaluator.ts'
import { measureArguments, type Limits } from './limits.ts'
import { checkOverlaps } from './overlaps.ts'
import { runOperation, type Execute } from './runOperation.ts'
import { nextTurn } from '../turns.ts'
import { SCALARS } from './scalars.ts'
import type { LedgerNode, ProgressNode, QueryNode, SightingNode, SubscriptionNode } from './schemaTypes.ts'

/** What the root resolvers of a request receive. */
type RequestContext = { snapshot: Snapshot; exchange: Exchange }

/** What all requests share. */
export type Backend = {
  database: Database
  cache: GraphCache
  feed: Feed
  limits: Limits
  /** Undefined for a database that another thread cannot open. */
  evaluator: Evaluator | undefined
}

/** The schema with its resolvers. Without a feed, subscriptions cannot be run. */
export function createLedgerSchema(feed?: Feed): GraphQLSchema {
  return createSchema<RequestContext>({
    typeDefs: schemaText,
    resolvers: {
      ...SCALARS,
      Query: {
        ledger: async (
          _root: unknown,
          { at }: Parameters<QueryNode['ledger']>[0],
          { snapshot, exchange }: RequestContext,
        ): Promise<LedgerNode> => {
          const view = await snapshot.view(at ?? undefined)
          exchange.read(at != null && (await isFinal(view, at)))
          const node = ledgerNode(createReaders(view))
          return {
            ...node,
            // How far the index is changes with every block, also in an answer as of an older one.
            progress: () => {
              exchange.read(false)
              return node.progress as ProgressNode
            },
          }
        },
      },
      Subscription: {
        activity: {
          subscribe: (
            _root: unknown,
            { filter, after }: Parameters<SubscriptionNode['activity']>[0],
            { exchange }: RequestContext,
          ) => watch(feed!, exchange, filter ?? {}, after),
          resolve: (item: FeedItem | FeedFailure): SightingNode => {
            if ('failure' in item) throw item.failure
            const { readers, event, replaced, block } = item
            return { event: event && createNodes(readers).event(event), replaced, block }
          },
        },
      },
    },
  })
}

/** What a stream sends last when it fails: GraphQL makes an error of it, which ends nothing else. */
export type FeedFailure = { failure: unknown }

/** Watches until the answer of an exchange ends or its client is gone. A failure is the last item. */
export function watch(
  feed: Feed,
  exchange: Exchange,
  filter: EventFilter,
  after: string | null | undefined,
): AsyncGenerator<FeedItem | FeedFailure, void> {
  const stop = new AbortController()
  exchange.onEnd(() => stop.abort())
  const signal = AbortSignal.any([exchange.request.signal, stop.signal])
  const items = feed.watch(filter, after, { address: exchange.address, signal })
  return {
    async next() {
      try {
        return await items.next()
      } catch (failure) {
        return { done: false, value: { failure } }
      }
    },
    return: () => items.return(),
    throw: (error) => items.throw(error),
    [Symbol.asyncIterator]() {
      return this
    },
    [Symbol.asyncDispose]: () => items[Symbol.asyncDispose](),
  }
}

/** What an operation may cost on the thread that serves all requests: at most some 30 ms of its time. */
const INLINE = { cost: 1000, values: 20_000 }
/** What things cost on that thread, where all wait for each millisecond: ten times as much, and an evaluation fifty times. */
const INLINE_PRICES: Prices = {
  evaluated: 10,
  walked: 1 / 100,
  skipped: 1 / 20,
  scanned: 1 / 200,
  named: 1 / 100,
  drawn: 10,
}

/**
 * Runs an operation on one state of the database, and again on a newer one if the chain was reorganized meanwhile. What takes long, by its
 * text or by what it begins to visit, runs in the evaluator's thread; where there is none, everything runs here.
 */
export async function executeOnSnapshot(
  backend: Backend,
  execute: Execute,
  args: ExecutionArgs,
): Promise<ExecutionResult> {
  const { exchange } = args.contextValue as RequestContext
  const result = await resultOf(backend, execute, args, exchange)
  exchange.hasErrors = result.errors !== undefined
  for (const { originalError } of result.errors ?? []) exchange.failure ??= ownFault(originalError)
  return result
}

async function resultOf(
  { evaluator, ...backend }: Backend,
  execute: Execute,
  args: ExecutionArgs,
  exchange: Exchange,
): Promise<ExecutionResult> {
  const { limits } = backend
  const { signal } = exchange.request
  const isCancelled = (): boolean => signal.aborted
  const { cost, values } = measureArguments(args, limits)
  const inline = Math.min(INLINE.cost, limits.cost)
  let expected = cost
  if (!evaluator) {
    await nextTurn()
    return runOperation(backend, execute, args, () => new Budget(limits.cost, { spent: cost, isCancelled }))
  }
  if (cost <= inline && values <= INLINE.values) {
    await nextTurn()
    let budget: Budget | undefined
    const result = await runOperation(backend, execute, args, () => {
      return (budget = new Budget(inline, { spent: cost, prices: INLINE_PRICES, isCancelled }))
    })
    if (!(budget?.failure instanceof QueryTooLargeError)) return result
    // What it will cost is not known yet; most cost far less than they may.
    expected = Math.max(cost, limits.cost / 4)
  }
  try {
    const { result, isFinal: isAsOfFinal, failure } = await evaluator.run(args, expected, signal)
    exchange.restart()
    exchange.read(isAsOfFinal)
    exchange.failure ??= failure
    return result
  } catch (error) {
    exchange.failure ??= ownFault(error)
    return { errors: [explainError(error)] }
  }
}

/** The GraphQL endpoint: `fetch(request) -> Response`, with subscriptions as server-sent events. */
export function createGraphqlHandler(
  backend: Backend,
  settings: { schema: GraphQLSchema; limits: Limits; persistedOnly: boolean },
): (exchange: Exchange, body: string | undefined) => Promise<Answer> {
  const { schema, limits, persistedOnly } = settings
  const persisted = new Map<string, string>(Object.values(operations).map(({ id, text }) => [id, text]))
  const yoga = createYoga({
    schema,
    graphqlEndpoint: '/graphql',
    logging: false,
    cors: false,
    landingPage: false,
    // Its page would load scripts from a third party; see `home.ts`.
    graphiql: false,
    batching: false,
    multipart: false,
    maxRequestBodySize: limits.body,
    // The platform's own, not copies of them: what comes out is handed on.
    fetchAPI: { Headers, ReadableStream, Request, Response },
    maskedErrors: { maskError: explainError },
    plugins: [
      usePersistedOperations({
        getPersistedOperation: (id) => persisted.get(id) ?? null,
        allowArbitraryOperations: !persistedOnly,
        skipDocumentValidation: true,
      }),
      limitPlugin(limits),
      snapshotPlugin(backend),
    ],
  })
  return async (exchange, body) => {
    const { request } = exchange
    const { url, headers, signal } = request
    const asked = new Headers(headers)
    for (const name of ['content-length', 'content-type', 'transfer-encoding']) asked.delete(name)
    if (body !== undefined) asked.set('content-type', 'application/json')
    const method = body === undefined ? 'GET' : 'POST'
    // Parsing and validating hostile queries that come together must not add up to one long turn.
    await nextTurn()
    const response = await yoga.fetch(new Request(url, { method, headers: asked, signal, body: body ?? null }), {
      exchange,
    })
    return answerOf(response, exchange, method)
  }
}

async function answerOf(response: Response, exchange: Exchange, method: string): Promise<Answer> {
  const headers = Object.fromEntries(response.headers)
  if (headers['content-type']?.startsWith('text/event-stream')) {
    // `connection` is of the connection, and "none" is not a coding.
    const { connection: _connection, 'content-encoding': _coding, 'content-length': _length, ...kept } = headers
    return { status: response.status, headers: kept, body: response.body, lifetime: 'none' }
  }
  const { 'content-length': _length, ...kept } = headers
  const text = await response.text()
  const isGood = response.status === 200 && !exchange.hasErrors
  const lifetime = !isGood || method !== 'GET' ? 'none' : exchange.isFinal ? 'final' : 'current'
  return { status: response.status, headers: { ...kept, vary: 'accept' }, body: text, lifetime }
}

/** Refuses operations that are too large, before they run. */
function limitPlugin(limits: Limits): Plugin {
  return {
    onParse({ params, parseFn, setParseFn }) {
      setParseFn((source: string, options?: object) => {
        const document = parseFn(source, { ...params.options, ...options, maxTokens: limits.tokens }) as DocumentNode
        checkOverlaps(document)
        return document
      })
    },
    onExecute({ args, setResultAndStopExecution }) {
      try {
        measureArguments(args as unknown as ExecutionArgs, limits)
      } catch (error) {
        setResultAndStopExecution({ errors: [explainError(error)] })
      }
    },
    onSubscribe({ args, setResultAndStopExecution }) {
      try {
        measureArguments(args as unknown as ExecutionArgs, limits)
      } catch (error) {
        setResultAndStopExecution({ errors: [explainError(error)] })
      }
    },
  }
}

function snapshotPlugin(backend: Backend): Plugin {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn((args: ExecutionArgs) => executeOnSnapshot(backend, executeFn as never, args))
    },
  }
}

/** HTTP statuses of errors that are not just 400. */
const STATUSES: Readonly<Record<string, number>> = {
  NOT_FOUND: 404,
  MODEL_NOT_REGISTERED: 404,
  UNKNOWN_CAUSE: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  BODY_TOO_LARGE: 413,
  TARGET_TOO_LONG: 414,
  UNSUPPORTED_BODY: 415,
  TOO_MANY_WATCHERS: 429,
  HEADERS_TOO_LARGE: 431,
  UNKNOWN_METHOD: 501,
  WATCHERS_FULL: 503,
  EMPTY_INDEX: 503,
  FOREIGN_DATABASE: 503,
  DATABASE_NEWER: 503,
  DATABASE_ENCODING: 503,
  FOREIGN_INDEX: 503,
  EVALUATOR_BUSY: 503,
  EVALUATOR_ENDED: 503,
  REQUEST_CANCELLED: 503,
  STALE_VIEW: 503,
  DATABASE: 503,
  INVALID_DATABASE: 503,
  INTERNAL: 500,
}

/** The HTTP status of an error with a code. */
export function statusOf(code: string): number {
  return STATUSES[code] ?? 400
}

/** Seconds after which a request that was refused for now may be tried again. */
const RETRY_AFTER: Readonly<Record<string, string>> = {
  TOO_MANY_WATCHERS: '30',
  WATCHERS_FULL: '30',
  EMPTY_INDEX: '10',
  EVALUATOR_BUSY: '5',
  STALE_VIEW: '1',
  DATABASE: '5',
  INVALID_DATABASE: '5',
  EVALUATOR_ENDED: '5',
}

/** The headers that belong to an error with a code. */
export function headersOf(code: string): Record<string, string> {
  const seconds = RETRY_AFTER[code]
  return seconds === undefined ? {} : { 'retry-after': seconds }
}

/** The words for the operator of what is not the client's fault. */
export function ownFault(error: unknown): string | undefined {
  if (error == null || error instanceof GraphQLError) return undefined
  if (error instanceof EvaluatorEndedError) return ownFault(error.cause)
  if (isPublic(error)) return undefined
  return error instanceof Error ? error.message : String(error)
}

/** The error that a client sees: ours with its code, GraphQL's as it is, and for any other only that it happened. */
export function explainError(error: unknown): GraphQLError {
  const original = error instanceof GraphQLError ? (error.originalError ?? error) : error
  const cause = original instanceof GraphQLError && original !== error ? (original.originalError ?? original) : original
  const place =
    error instanceof GraphQLError
      ? { ...(error.nodes && { nodes: error.nodes }), ...(error.path && { path: error.path }) }
      : {}
  if (cause instanceof StemmaError) {
    // `http` sets the status; the answer does not contain it.
    const { code, docs } = cause
    const extensions = { code, docs, http: { status: statusOf(code), headers: headersOf(code) } }
    return new GraphQLError(messageFor(cause), { ...place, extensions })
  }
  if (cause instanceof GraphQLError) return error as GraphQLError
  return new GraphQLError(INTERNAL_MESSAGE, {
    ...place,
    extensions: { code: 'INTERNAL' },
    originalError: cause instanceof Error ? cause : new Error(String(cause)),
  })
}
