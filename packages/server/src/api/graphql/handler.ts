import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations'
import { GraphQLError, type ExecutionArgs, type ExecutionResult, type GraphQLSchema } from 'graphql'
import { createSchema, createYoga, type Plugin } from 'graphql-yoga'

import { StemmaError } from 'stemma/core'
import { operations } from './operations.ts'
import { schemaText } from './schemaText.ts'
import type { Database } from '../../indexer/database.ts'
import type { Feed, FeedItem } from '../chain/feed.ts'
import { withSnapshot, type Snapshot } from '../ledgerView.ts'
import { createReaders } from '../readers.ts'
import { StaleViewError, type GraphCache } from '../registry/graphCache.ts'
import { createNodes } from './createNodes.ts'
import { ledgerNode } from './ledger.ts'
import { measure, type Limits } from './limits.ts'
import { SCALARS } from './scalars.ts'
import type { LedgerNode, QueryNode, SightingNode, SubscriptionNode } from './schemaTypes.ts'

/** What the root resolvers of a request receive. */
type RequestContext = { snapshot: Snapshot; request: Request }

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
          { snapshot }: RequestContext,
        ): Promise<LedgerNode> => ledgerNode(createReaders(await snapshot.view(at ?? undefined))),
      },
      Subscription: {
        activity: {
          subscribe: (
            _root: unknown,
            { filter, after }: Parameters<SubscriptionNode['activity']>[0],
            { request }: RequestContext,
          ) => feed.watch(filter ?? {}, after, request.signal),
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

/** Runs an operation on one state of the database, and again on a newer one if the chain was reorganized meanwhile. */
export async function executeOnSnapshot(
  backend: Backend,
  execute: (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>,
  args: ExecutionArgs,
): Promise<ExecutionResult> {
  return withSnapshot(backend.database, backend.cache, async (snapshot) => {
    const result = await execute({ ...args, contextValue: { ...(args.contextValue as object), snapshot } })
    const stale = result.errors?.find(({ originalError }) => originalError instanceof StaleViewError)
    if (stale?.originalError) throw stale.originalError
    const { block, head, finalized } = snapshot.progress
    return { ...result, extensions: { ...result.extensions, progress: { block, head, finalized } } }
  })
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
  BODY_TOO_LARGE: 413,
  METHOD_NOT_ALLOWED: 405,
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
    const extensions = { code: cause.code, docs: cause.docs, http: { status: statusOf(cause.code) } }
    return new GraphQLError(cause.message, { ...place, extensions })
  }
  if (cause instanceof GraphQLError) return error as GraphQLError
  return new GraphQLError(INTERNAL_MESSAGE, {
    ...place,
    extensions: { code: 'INTERNAL' },
    originalError: cause instanceof Error ? cause : new Error(String(cause)),
  })
}
