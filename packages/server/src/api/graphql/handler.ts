import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations'
import { GraphQLError, type ExecutionArgs, type ExecutionResult, type GraphQLSchema } from 'graphql'
import { createSchema, createYoga, type Plugin } from 'graphql-yoga'

import { StemmaError } from 'stemma/core'
import type { EventFilter } from 'stemma/query'
import { operations } from './operations.ts'
import { schemaText } from './schemaText.ts'
import type { Database } from '../../indexer/database.ts'
import type { Feed, FeedItem } from '../chain/feed.ts'
import type { Answer } from '../http/answer.ts'
import type { Exchange } from '../http/exchange.ts'
import { isFinal, withSnapshot, type Snapshot } from '../ledgerView.ts'
import { createReaders } from '../readers.ts'
import { StaleViewError, type GraphCache } from '../registry/graphCache.ts'
import { createNodes } from './createNodes.ts'
import { ledgerNode } from './ledger.ts'
import { measure, type Limits } from './limits.ts'
import { SCALARS } from './scalars.ts'
import type { LedgerNode, ProgressNode, QueryNode, SightingNode, SubscriptionNode } from './schemaTypes.ts'

/** What the root resolvers of a request receive. */
type RequestContext = { snapshot: Snapshot; request: Request; exchange: Exchange }

/** What all requests share. */
export type Backend = { database: Database; cache: GraphCache; feed: Feed }

/** What a client sees of an error that is ours to fix. */
export const INTERNAL_MESSAGE = 'The server failed. Try again; if it keeps failing, tell its operator.'

/** The schema with its resolvers. */
export function createLedgerSchema({ feed }: Pick<Backend, 'feed'>): GraphQLSchema {
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
          ) => watch(feed, exchange, filter ?? {}, after),
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

/** Runs an operation on one state of the database, and again on a newer one if the chain was reorganized meanwhile. */
export async function executeOnSnapshot(
  backend: Backend,
  execute: (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>,
  args: ExecutionArgs,
): Promise<ExecutionResult> {
  const { exchange } = args.contextValue as RequestContext
  return withSnapshot(backend.database, backend.cache, async (snapshot) => {
    exchange.restart()
    const result = await execute({ ...args, contextValue: { ...(args.contextValue as object), snapshot } })
    const stale = result.errors?.find(({ originalError }) => originalError instanceof StaleViewError)
    if (stale?.originalError) throw stale.originalError
    exchange.hasErrors = result.errors !== undefined
    for (const { originalError } of result.errors ?? []) exchange.failure ??= ownFault(originalError)
    // An answer as of a final block never changes, so it does not say how far the index is.
    if (exchange.isFinal) return result
    const { block, head, finalized } = snapshot.progress
    return { ...result, extensions: { ...result.extensions, progress: { block, head, finalized } } }
  })
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
  const check = (args: ExecutionArgs): { cost: number; depth: number } => {
    const operation = operationOf(args)
    return operation
      ? measure(args.schema, args.document, operation, args.variableValues ?? {}, limits)
      : { cost: 0, depth: 0 }
  }
  return {
    onParse({ params, parseFn, setParseFn }) {
      setParseFn((source: string, options?: object) =>
        parseFn(source, { ...params.options, ...options, maxTokens: limits.tokens }),
      )
    },
    onExecute({ args, setResultAndStopExecution }) {
      try {
        check(args as unknown as ExecutionArgs)
      } catch (error) {
        setResultAndStopExecution({ errors: [explainError(error)] })
      }
    },
    onSubscribe({ args, setResultAndStopExecution }) {
      try {
        check(args as unknown as ExecutionArgs)
      } catch (error) {
        setResultAndStopExecution({ errors: [explainError(error)] })
      }
    },
  }
}

/** The operation of a document that the request names. */
function operationOf({ document, operationName }: ExecutionArgs) {
  const all = document.definitions.filter((node) => node.kind === 'OperationDefinition')
  return operationName == null ? all[0] : all.find(({ name }) => name?.value === operationName)
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
  STALE_VIEW: 503,
  DATABASE: 503,
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
  STALE_VIEW: '1',
  DATABASE: '5',
}

/** The headers that belong to an error with a code. */
export function headersOf(code: string): Record<string, string> {
  const seconds = RETRY_AFTER[code]
  return seconds === undefined ? {} : { 'retry-after': seconds }
}

/** What a client sees of a failure of the database, whose own words may hold paths and hosts. */
const DATABASE_MESSAGE = 'The database of the server cannot be read now. Try again in a few seconds.'

/** The words for the operator of what is not the client's fault. */
export function ownFault(error: unknown): string | undefined {
  if (error == null || error instanceof GraphQLError) return undefined
  if (error instanceof StemmaError && error.code !== 'DATABASE') return undefined
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
    return new GraphQLError(code === 'DATABASE' ? DATABASE_MESSAGE : cause.message, { ...place, extensions })
  }
  if (cause instanceof GraphQLError) return error as GraphQLError
  return new GraphQLError(INTERNAL_MESSAGE, {
    ...place,
    extensions: { code: 'INTERNAL' },
    originalError: cause instanceof Error ? cause : new Error(String(cause)),
  })
}
