import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations'
import { GraphQLError, type ExecutionArgs, type ExecutionResult, type GraphQLSchema } from 'graphql'
import { createSchema, createYoga, type Plugin } from 'graphql-yoga'

import { StemmaError } from 'stemma/core'
import { operations } from './operations.ts'
import { schemaText } from './schemaText.ts'
import type { Database } from '../../indexer/database.ts'
import type { Feed, FeedItem } from '../chain/feed.ts'
import { Budget, QueryTooLargeError, type Prices } from '../budget.ts'
import type { Snapshot } from '../ledgerView.ts'
import { createReaders } from '../readers.ts'
import type { GraphCache } from '../registry/graphCache.ts'
import { createNodes } from './createNodes.ts'
import { ledgerNode } from './ledger.ts'
import { EvaluatorBusyError, type Evaluator } from './evaluator.ts'
import { measureArguments, type Limits } from './limits.ts'
import { runOperation, type Execute } from './runOperation.ts'
import { nextTurn } from '../turns.ts'
import { SCALARS } from './scalars.ts'
import type { LedgerNode, QueryNode, SightingNode, SubscriptionNode } from './schemaTypes.ts'

/** What the root resolvers of a request receive. */
type RequestContext = { snapshot: Snapshot; request: Request }

/** What all requests share. */
export type Backend = {
  database: Database
  cache: GraphCache
  feed: Feed
  limits: Limits
  /** Undefined for a database that another thread cannot open. */
  evaluator: Evaluator | undefined
}

/** What a client sees of an error that is ours to fix. */
export const INTERNAL_MESSAGE = 'The server failed. Try again; if it keeps failing, tell its operator.'

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
          { snapshot }: RequestContext,
        ): Promise<LedgerNode> => ledgerNode(createReaders(await snapshot.view(at ?? undefined))),
      },
      Subscription: {
        activity: {
          subscribe: (
            _root: unknown,
            { filter, after }: Parameters<SubscriptionNode['activity']>[0],
            { request }: RequestContext,
          ) => feed!.watch(filter ?? {}, after, request.signal),
          resolve: ({ readers, event, replaced, block }: FeedItem): SightingNode => ({
            event: event && createNodes(readers).event(event),
            replaced,
            block,
          }),
        },
      },
    },
  })
}

/** What an operation may cost on the thread that serves all requests: at most some 30 ms of its time. */
const INLINE = { cost: 1000, values: 20_000 }
/** What things cost on that thread, where all wait for each millisecond: ten times as much, and an evaluation fifty times. */
const INLINE_PRICES: Prices = { evaluated: 10, walked: 1 / 100, skipped: 1 / 20, scanned: 1 / 200, named: 1 / 100 }

/**
 * Runs an operation on one state of the database, and again on a newer one if the chain was reorganized meanwhile. What takes long, by its
 * text or by what it begins to visit, runs in the evaluator's thread; where there is none, everything runs here.
 */
export async function executeOnSnapshot(
  backend: Backend,
  execute: Execute,
  args: ExecutionArgs,
): Promise<ExecutionResult> {
  const { evaluator, limits } = backend
  const { signal } = (args.contextValue as Pick<RequestContext, 'request'>).request
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
    expected = limits.cost
  }
  try {
    return await evaluator.run(args, expected, signal)
  } catch (error) {
    return { errors: [explainError(error)] }
  }
}

/** The GraphQL endpoint: `fetch(request) -> Response`, with subscriptions as server-sent events. */
export function createGraphqlHandler(
  backend: Backend,
  settings: { schema: GraphQLSchema; limits: Limits; persistedOnly: boolean },
): (request: Request) => Promise<Response> {
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
  return async (request) => yoga.fetch(request)
}

/** Refuses operations that are too large, before they run. */
function limitPlugin(limits: Limits): Plugin {
  return {
    onParse({ params, parseFn, setParseFn }) {
      setParseFn((source: string, options?: object) =>
        parseFn(source, { ...params.options, ...options, maxTokens: limits.tokens }),
      )
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
  BODY_TOO_LARGE: 413,
  METHOD_NOT_ALLOWED: 405,
  EMPTY_INDEX: 503,
  EVALUATOR_BUSY: 503,
  EVALUATOR_ENDED: 503,
  REQUEST_CANCELLED: 503,
  STALE_VIEW: 503,
  DATABASE: 503,
  INTERNAL: 500,
}

/** The HTTP status of an error with a code. */
export function statusOf(code: string): number {
  return STATUSES[code] ?? 400
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
    const headers = cause instanceof EvaluatorBusyError ? { 'retry-after': String(cause.retryAfter) } : undefined
    const http = { status: statusOf(cause.code), ...(headers && { headers }) }
    const extensions = { code: cause.code, docs: cause.docs, http }
    return new GraphQLError(cause.message, { ...place, extensions })
  }
  if (cause instanceof GraphQLError) return error as GraphQLError
  return new GraphQLError(INTERNAL_MESSAGE, {
    ...place,
    extensions: { code: 'INTERNAL' },
    originalError: cause instanceof Error ? cause : new Error(String(cause)),
  })
}
