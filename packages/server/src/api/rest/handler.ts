import {
  execute,
  subscribe,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql'

import { quoted, StemmaError } from 'stemma/core'
import { checkFirst } from '../cursor.ts'
import { executeOnSnapshot, explainError, statusOf, type Backend } from '../graphql/handler.ts'
import { stringifyJson } from '../graphql/jsonText.ts'
import { measure, type Limits } from '../graphql/limits.ts'
import { openApiDocument } from './openapi.ts'
import { createRoutes, itemType, patternOf, type Route, type RouteParameter } from './routes.ts'

/** Milliseconds between two comments that keep an idle stream open. */
const KEEP_ALIVE = 15_000

/** Makes the REST API: `fetch(request) -> Response`, or undefined for an address that it does not serve. */
export function createRestHandler(
  backend: Backend,
  { schema, limits }: { schema: GraphQLSchema; limits: Limits },
): (request: Request) => Promise<Response | undefined> {
  const routes = createRoutes(schema).map((route) => ({ route, pattern: patternOf(route.path) }))
  const document = JSON.stringify(openApiDocument())

  return async (request) => {
    const url = new URL(request.url)
    if (url.pathname === '/openapi.json' && request.method === 'GET') {
      return new Response(document, { headers: { 'content-type': 'application/json' } })
    }
    if (!url.pathname.startsWith('/v1/')) return undefined
    try {
      for (const { route, pattern } of routes) {
        const match = pattern.exec(url.pathname)
        if (match) return await answer(backend, schema, limits, route, request, url, match.groups ?? {})
      }
      throw new NotFoundError(`Unknown route ${quoted(url.pathname)}. All routes are in /openapi.json.`)
    } catch (error) {
      return errorResponse(explainError(error))
    }
  }
}

async function answer(
  backend: Backend,
  schema: GraphQLSchema,
  limits: Limits,
  route: Route,
  request: Request,
  url: URL,
  path: Readonly<Record<string, string>>,
): Promise<Response> {
  const isPost = request.method === 'POST' && route.body.length > 0
  if (request.method !== 'GET' && !isPost) throw new MethodNotAllowedError(request.method, route)
  const variableValues = {
    ...variablesOf(route, url.searchParams, path),
    ...(isPost ? await bodyOf(request, route, limits) : {}),
  }
  measure(schema, route.document, route.operation, variableValues, limits)
  const args = { schema, document: route.document, variableValues, contextValue: { request } }
  if (route.operation.operation === 'subscription') return stream(args, request)

  const { data, errors } = await executeOnSnapshot(backend, execute, args)
  if (errors?.[0]) return errorResponse(explainError(errors[0]), errors[0])
  const ledger = (data as { ledger: Record<string, unknown> }).ledger
  if (route.field !== undefined && route.field !== 'path' && ledger[route.field] == null) {
    throw new NotFoundError(
      `The ledger has nothing at ${quoted(url.pathname)} as of that block. Check the id, or ask as of a later block.`,
    )
  }
  return json(ledger, 200)
}

function variablesOf(
  route: Route,
  query: URLSearchParams,
  path: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const variables: Record<string, unknown> = {}
  const known = new Set(route.parameters.map(({ name }) => name))
  for (const name of query.keys()) {
    if (!known.has(name)) throw new InvalidParameterError(name, `not one of this route's: ${[...known].join(', ')}`)
  }
  for (const { names, required } of route.choices) {
    const given = names.filter((name) => query.has(name))
    if (given.length > 1 || (required && given.length === 0)) throw new InvalidChoiceError(names, given)
  }
  for (const parameter of route.parameters) {
    const { type, isList } = itemType(parameter.type)
    const texts = parameter.in === 'path' ? [decoded(path[parameter.name]!)] : query.getAll(parameter.name)
    if (texts.length === 0) {
      if (parameter.required) throw new InvalidParameterError(parameter.name, 'missing')
      continue
    }
    if (texts.length > 1 && !isList) throw new InvalidParameterError(parameter.name, 'given more than once')
    const values = texts.map((text) => valueOf(text, type, parameter))
    const value = isList ? values : values[0]
    if (parameter.variable === 'first') checkFirst(value as number)
    if (parameter.field === undefined) variables[parameter.variable] = value
    else variables[parameter.variable] = { ...(variables[parameter.variable] as object), [parameter.field]: value }
  }
  return variables
}

/** Reads a value of an address. Its scalar checks it later, as it checks every argument. */
function valueOf(text: string, type: GraphQLInputType, { name }: RouteParameter): unknown {
  switch (String(type)) {
    case 'Int':
    case 'Seconds':
      if (!/^\d{1,15}$/.test(text))
        throw new InvalidParameterError(name, `${quoted(text)}, which is not a whole number`)
      return Number(text)
    case 'Boolean':
      if (text !== 'true' && text !== 'false')
        throw new InvalidParameterError(name, `${quoted(text)}, which is neither true nor false`)
      return text === 'true'
    default:
      return text
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

async function bodyOf(request: Request, route: Route, limits: Limits): Promise<Record<string, unknown>> {
  const text = await request.text()
  if (text.length > limits.body) throw new BodyTooLargeError(limits.body)
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (error) {
    throw new InvalidBodyError('it is not JSON', error)
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new InvalidBodyError('it is not an object')
  const names = route.body.map(({ name }) => name)
  const unknown = Object.keys(body).find((name) => !names.includes(name))
  if (unknown !== undefined) throw new InvalidBodyError(`${quoted(unknown)} is not one of: ${names.join(', ')}`)
  return body as Record<string, unknown>
}

/** Sends a subscription as server-sent events. */
async function stream(
  args: {
    schema: GraphQLSchema
    document: DocumentNode
    variableValues: Record<string, unknown>
    contextValue: object
  },
  request: Request,
): Promise<Response> {
  const { after } = args.variableValues
  const lastId = request.headers.get('last-event-id')
  const variableValues = { ...args.variableValues, ...(after === undefined && lastId && { after: lastId }) }
  const results = await subscribe({ ...args, variableValues } as ExecutionArgs)
  if (!(Symbol.asyncIterator in results)) {
    const [error] = (results as ExecutionResult).errors ?? []
    return errorResponse(explainError(error), error)
  }
  const events = results[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  let timer: NodeJS.Timeout | undefined
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode('retry: 2000\n\n'))
      timer = setInterval(() => controller.enqueue(encoder.encode(': \n\n')), KEEP_ALIVE)
    },
    async pull(controller) {
      const { done, value } = await events.next()
      if (done) {
        clearInterval(timer)
        controller.close()
        return
      }
      controller.enqueue(encoder.encode(eventText(value as ExecutionResult)))
    },
    async cancel() {
      clearInterval(timer)
      await events.return?.()
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } })
}

function eventText({ data, errors }: ExecutionResult): string {
  if (errors?.[0]) {
    const { message, extensions } = explainError(errors[0])
    return `event: error\ndata: ${JSON.stringify({ error: { code: extensions.code, message } })}\n\n`
  }
  const sighting = (data as { activity: { event: { id: string } | null; replaced: number | null } }).activity
  const id = sighting.event ? `id: ${sighting.event.id}\n` : `id: ${sighting.replaced! - 1}\n`
  return `${id}event: ${sighting.event ? 'activity' : 'replaced'}\ndata: ${JSON.stringify(sighting)}\n\n`
}

function errorResponse(error: GraphQLError, original?: GraphQLError): Response {
  // An argument that its scalar refuses carries our error; a refusal of GraphQL itself has no code.
  const code = String(error.extensions.code ?? 'INVALID_ARGUMENT')
  const { docs } = error.extensions
  const message = original ? messageOf(error) : error.message
  const { headers } = (error.extensions.http ?? {}) as { headers?: Record<string, string> }
  return json({ error: { code, message, ...(typeof docs === 'string' && { docs }) } }, statusOf(code), headers)
}

function messageOf({ message }: GraphQLError): string {
  // GraphQL's variables are the parameters of a route.
  return message.replace(/^Variable "\$/, 'Parameter "')
}

/** A response in JSON. */
function json(value: unknown, status: number, headers: Readonly<Record<string, string>> = {}): Response {
  const text = stringifyJson(value)
  return new Response(text, { status, headers: { 'content-type': 'application/json', ...headers } })
}

/** Thrown when an address leads to nothing. */
export class NotFoundError extends StemmaError {
  override name = 'NotFoundError'
  constructor(message: string) {
    super('NOT_FOUND', message)
  }
}

/** Thrown when a route does not support a method. */
export class MethodNotAllowedError extends StemmaError {
  override name = 'MethodNotAllowedError'
  constructor(method: string, route: Route) {
    const methods = route.body.length > 0 ? 'GET or POST' : 'GET'
    super('METHOD_NOT_ALLOWED', `Unsupported method ${quoted(method)} for ${route.path}: use ${methods}.`)
  }
}

/** Thrown when a parameter of an address is invalid. */
export class InvalidParameterError extends StemmaError {
  override name = 'InvalidParameterError'
  constructor(parameter: string, what: string) {
    super('INVALID_PARAMETER', `The parameter ${quoted(parameter)} is ${what}. See /openapi.json.`)
  }
}

/** Thrown when an address needs exactly one of some parameters and has none or several. */
export class InvalidChoiceError extends StemmaError {
  override name = 'InvalidChoiceError'
  constructor(names: readonly string[], given: readonly string[]) {
    const found = given.length === 0 ? 'none of them is given' : `${given.join(' and ')} are given`
    super('INVALID_CHOICE', `Give exactly one of the parameters ${names.join(', ')}: ${found}. See /openapi.json.`)
  }
}

/** Thrown when the body of a request is invalid. */
export class InvalidBodyError extends StemmaError {
  override name = 'InvalidBodyError'
  constructor(what: string, cause?: unknown) {
    super('INVALID_BODY', `Invalid body: ${what}. See /openapi.json.`, { cause })
  }
}

/** Thrown when the body of a request is too large. */
export class BodyTooLargeError extends StemmaError {
  override name = 'BodyTooLargeError'
  constructor(most: number) {
    super('BODY_TOO_LARGE', `The body is longer than ${most} characters. Send a shorter one.`)
  }
}
