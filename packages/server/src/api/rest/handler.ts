import { execute, type GraphQLError, type GraphQLInputType, type GraphQLSchema } from 'graphql'

import { isBytes32, quoted, StemmaError } from 'stemma/core'
import { MAX_PAGE } from '../cursor.ts'
import { executeOnSnapshot, explainError, headersOf, ownFault, statusOf, type Backend } from '../graphql/handler.ts'
import { measure, type Limits } from '../graphql/limits.ts'
import { WORDS } from '../graphql/scalars.ts'
import { jsonAnswer, refusal, type Answer } from '../http/answer.ts'
import { InvalidBodyError } from '../http/body.ts'
import type { Exchange } from '../http/exchange.ts'
import { READ, READ_OR_POST } from '../http/methods.ts'
import { stringifyJson } from '../jsonText.ts'
import type { Resource } from '../http/resource.ts'
import { openApiDocument } from './openapi.ts'
import { recordMarkdown } from './recordMarkdown.ts'
import { createRoutes, itemType, patternOf, type Route, type RouteParameter } from './routes.ts'
import { EventStreams } from './stream.ts'

/** What answers a request for a route. */
type Ask = (asked: Asked, exchange: Exchange, body?: string) => Promise<Answer>

/** A route with the parts of its path, and what is asked in its query. */
type Asked = {
  route: Route
  path: Readonly<Record<string, string>>
  queryOf: (all: URLSearchParams) => URLSearchParams
  /** The name under which a parameter was given, where that is another one. */
  givenAs?: (name: string, all: URLSearchParams) => string
  /** What the answer is written as, in place of JSON. */
  isMarkdown?: boolean
}

/** Makes the REST API: finds what is at a path, undefined for a path that it does not serve. */
export function createRest(
  backend: Backend,
  { schema, limits }: { schema: GraphQLSchema; limits: Limits },
): (path: string) => Resource | undefined {
  const routes = createRoutes(schema).map((route) => ({ route, pattern: patternOf(route.path) }))
  const model = routes.find(({ route }) => route.name === 'Model')!.route
  const description: Answer = { ...jsonAnswer(openApiDocument()), lifetime: 'current' }
  const streams = new EventStreams()
  const ask: Ask = async (asked, exchange, body) => {
    const { route, path, queryOf, givenAs = (name) => name } = asked
    const { searchParams } = new URL(exchange.request.url)
    const variableValues = {
      ...variablesOf(route, queryOf(searchParams), path, (name) => givenAs(name, searchParams)),
      ...(body !== undefined && bodyVariables(body, route)),
    }
    measure(schema, route.document, route.operation, variableValues, limits)
    const args = {
      schema,
      document: route.document,
      variableValues,
      contextValue: { request: exchange.request, exchange },
    }
    if (route.operation.operation === 'subscription') {
      // A browser repeats the address when it reconnects, and names in the header the last event that it got.
      const after = exchange.request.headers.get('last-event-id') || undefined
      return streams.open({ ...args, variableValues: { ...variableValues, ...(after && { after }) } }, exchange)
    }
    return answerOf(backend, asked, exchange, args)
  }

  return (path) => {
    if (path === '/openapi.json') return { kind: 'rest', methods: READ, answer: () => Promise.resolve(description) }
    const page = OF_PAGE.exec(path)?.groups
    if (page) {
      const asked = {
        route: model,
        path: { id: page.id!.toLowerCase() },
        queryOf: momentIn,
        givenAs: (name: string, all: URLSearchParams) => (name === 'block' && all.has('at') ? 'at' : name),
        isMarkdown: page.form === 'md',
      }
      return resourceOf(asked, ask)
    }
    if (!path.startsWith('/v1/')) return undefined
    for (const { route, pattern } of routes) {
      const match = pattern.exec(path)
      if (match) return resourceOf({ route, path: match.groups ?? {}, queryOf: (all) => all }, ask)
    }
    return undefined
  }
}

/** The address of a model's page, for programs: `.md` and `.json` behind it are its record. */
const OF_PAGE = /^\/m\/(?<id>0x[0-9a-f]{64})\.(?<form>md|json)$/i

/** The moment in the address of a page, which has other parts that ask nothing of a record. */
function momentIn(all: URLSearchParams): URLSearchParams {
  const names = { at: 'block', block: 'block', time: 'time' } as const
  const found = Object.entries(names).flatMap(([name, as]) => all.getAll(name).map((value) => [as, value]))
  return new URLSearchParams(found)
}

function resourceOf(asked: Asked, ask: Ask): Resource {
  return {
    kind: 'rest',
    methods: asked.route.body.length > 0 ? READ_OR_POST : READ,
    isKept: true,
    async answer(exchange, body) {
      try {
        return await ask(asked, exchange, body)
      } catch (error) {
        exchange.failure ??= ownFault(error)
        return errorAnswer(explainError(error))
      }
    },
  }
}

async function answerOf(
  backend: Backend,
  { route, isMarkdown }: Asked,
  exchange: Exchange,
  args: Parameters<typeof executeOnSnapshot>[2],
): Promise<Answer> {
  const { data, errors } = await executeOnSnapshot(backend, execute, args)
  if (errors?.[0]) return errorAnswer(explainError(errors[0]), errors[0])
  const ledger = (data as { ledger: Record<string, unknown> }).ledger
  if (route.field !== undefined && route.field !== 'path' && ledger[route.field] == null) {
    throw new NotFoundError(
      `The ledger has nothing at ${quoted(new URL(exchange.request.url).pathname)} as of that block. Check the id, or ask as of a later block.`,
    )
  }
  const isRead = exchange.request.method !== 'POST'
  const lifetime = !isRead ? 'none' : exchange.isFinal ? 'final' : 'current'
  if (isMarkdown) {
    const body = recordMarkdown(JSON.parse(stringifyJson(ledger)) as Parameters<typeof recordMarkdown>[0])
    return { status: 200, lifetime, headers: MARKDOWN, body }
  }
  if (route.image === undefined) return jsonAnswer(ledger, { lifetime })
  // What another thread computed is text already.
  const found = JSON.parse(stringifyJson(ledger[route.field!])) as Record<string, string>
  return { status: 200, lifetime, headers: IMAGE, body: found[route.image]! }
}

/** An image runs no script and loads nothing, also where it is opened as a page. */
const IMAGE: Readonly<Record<string, string>> = {
  'content-type': 'image/svg+xml; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}

const MARKDOWN: Readonly<Record<string, string>> = {
  'content-type': 'text/markdown; charset=utf-8',
  'content-security-policy': "default-src 'none'; sandbox",
}

function variablesOf(
  route: Route,
  query: URLSearchParams,
  path: Readonly<Record<string, string>>,
  givenAs: (name: string) => string,
): Record<string, unknown> {
  const variables: Record<string, unknown> = {}
  const known = new Set(route.parameters.map(({ name }) => name))
  for (const name of query.keys()) {
    if (!known.has(name))
      throw new InvalidParameterError(name, `not one of this route's: ${[...known].join(', ') || 'it takes none'}`)
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
    if (texts.length > 1 && !isList) throw new InvalidParameterError(givenAs(parameter.name), 'given more than once')
    const values = texts.map((text) => valueOf(text, type, { ...parameter, name: givenAs(parameter.name) }))
    const value = isList ? values : values[0]
    if (parameter.field === undefined) variables[parameter.variable] = value
    else variables[parameter.variable] = { ...(variables[parameter.variable] as object), [parameter.field]: value }
  }
  return variables
}

/** Largest number of GraphQL's type Int. */
const MAX_INT = 2 ** 31 - 1

/** Reads a value of an address. Its scalar would refuse it too, in the words of GraphQL, which nobody asked here. */
function valueOf(text: string, type: GraphQLInputType, { name, variable }: RouteParameter): unknown {
  const scalar = String(type)
  const invalid = (shape: string): never => {
    throw new InvalidParameterError(name, `${quoted(text)}, which is not ${shape}`)
  }
  switch (scalar) {
    case 'Int':
    case 'BlockNumber':
    case 'Seconds': {
      const most = variable === 'first' ? MAX_PAGE : scalar === 'Int' ? MAX_INT : Number.MAX_SAFE_INTEGER
      return /^\d{1,16}$/.test(text) && Number(text) <= most
        ? Number(text)
        : invalid(`a whole number from 0 to ${most}${scalar === 'Seconds' ? ' (Unix seconds)' : ''}`)
    }
    case 'Boolean':
      return text === 'true' || text === 'false' ? text === 'true' : invalid('true or false')
    case 'Bytes32':
      return isBytes32(text) ? text : invalid('an id or a digest: 0x and 64 hex digits')
    case 'Address':
      return /^0x[0-9a-f]{40}$/i.test(text) ? text : invalid('an address: 0x and 40 hex digits')
    case 'String':
      return text.includes('\0') ? invalid('text without a zero character') : text
    default: {
      const words = WORDS[scalar]
      return words === undefined || words.includes(text) ? text : invalid(`one of: ${words.join(', ')}`)
    }
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function bodyVariables(text: string, route: Route): Record<string, unknown> {
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

function errorAnswer(error: GraphQLError, original?: GraphQLError): Answer {
  const fault = original && bodyFault(error.message)
  // An argument that its scalar refuses carries our error; a refusal of GraphQL itself has no code.
  const code = fault ? 'INVALID_BODY' : String(error.extensions.code ?? 'INVALID_ARGUMENT')
  const { docs } = error.extensions
  const message = fault ?? error.message
  return refusal(statusOf(code), { code, message, ...(typeof docs === 'string' && { docs }) }, headersOf(code))
}

/** What is wrong with a field of a body, in place of GraphQL's words about a variable; undefined for any other error. */
function bodyFault(message: string): string | undefined {
  const found = /^Variable "\$(\w+)" has invalid value(?: at (\S+))?: (.*)$/s.exec(message)
  if (!found) return undefined
  const [, variable, place = '', what] = found
  const own = /, but encountered error "(.*)"; found: /s.exec(what!)?.[1]
  const [, not, shape, value] = /^Expected value of type ".+?" (not )?to (.*), found: (.*)\.$/s.exec(what!) ?? []
  const why = own ?? (shape === undefined ? what : `it ${not ? 'cannot' : 'has to'} ${shape}, and is ${value}.`)
  return `Invalid field "${variable}${place}" of the body: ${why} See /openapi.json.`
}

/** Thrown when an address leads to nothing. */
export class NotFoundError extends StemmaError {
  override name = 'NotFoundError'
  constructor(message: string) {
    super('NOT_FOUND', message)
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
