import {
  buildSchema,
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type GraphQLType,
  type SelectionSetNode,
} from 'graphql'

import { schemaText } from '../graphql/schemaText.ts'
import { MAX_PAGE } from '../cursor.ts'
import { WORDS } from '../graphql/scalars.ts'
import { createRoutes, DESCRIPTIONS, itemType, type Route, type RouteParameter } from './routes.ts'

/** A JSON Schema, as OpenAPI 3.1 uses it. */
export type JsonSchema = { readonly [key: string]: unknown }

const SCALARS: Readonly<Record<string, JsonSchema>> = {
  Bytes32: { type: 'string', pattern: '^0x[0-9a-fA-F]{64}$' },
  Address: { type: 'string', pattern: '^0x[0-9a-fA-F]{40}$' },
  Seconds: { type: 'integer', minimum: 0 },
  BlockNumber: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  ChainId: {
    anyOf: [
      { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
      { type: 'string', pattern: '^[1-9][0-9]{15,77}$' },
    ],
  },
  Whole: { type: 'string', pattern: '^[0-9]{1,39}$' },
  Int: { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1 },
  String: { type: 'string' },
  Boolean: { type: 'boolean' },
}

/** Fields with numbers that may be negative. */
const SIGNED: ReadonlySet<string> = new Set(['MapNode.level'])

/** Descriptions of errors by status. */
const ERRORS: Readonly<Record<string, string>> = {
  400: 'The request is invalid; the message says which part.',
  404: 'The ledger has nothing with that id as of that block.',
  413: 'The body is too large.',
  415: 'The body is not JSON in UTF-8.',
  503: 'The index is not ready, or all event streams are in use; `Retry-After` says when to try again.',
}

/** Headers of an answer that may be kept. */
const HEADERS: JsonSchema = {
  ETag: { description: 'Send it as `If-None-Match` to get 304 while it is the same.', schema: { type: 'string' } },
  'Cache-Control': {
    description: '`immutable` for an answer as of a final block, which never changes; else `no-cache`.',
    schema: { type: 'string' },
  },
}

/** Makes the OpenAPI 3.1 document of the REST API from the schema and the operations behind the routes. */
export function openApiDocument(): JsonSchema {
  const schema = buildSchema(schemaText)
  const routes = createRoutes(schema)
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const { document } of routes) {
    for (const node of document.definitions) {
      if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node)
    }
  }
  const schemas = [...fragments.values()].map((fragment) => {
    const type = schema.getType(fragment.typeCondition.name.value) as GraphQLObjectType
    return [fragment.name.value, objectSchema(fragments, fragment.selectionSet, type)]
  })
  return {
    openapi: '3.1.0',
    info: {
      title: 'Stemma query API',
      version: '1.0.0',
      description:
        'The whole ledger, read from the index. Every answer names the block that it is read at; `block` or `time` asks for an older moment. HEAD works as GET. /graphql serves the same as GraphQL.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths: {
      ...Object.fromEntries(routes.map((route) => [route.path, pathItem(schema, fragments, route)])),
      ...pagePaths(
        pathItem(
          schema,
          fragments,
          routes.find(({ name }) => name === 'Model')!,
        ),
      ),
    },
    components: {
      schemas: {
        Error: {
          type: 'object',
          required: ['error'],
          additionalProperties: false,
          properties: {
            error: {
              type: 'object',
              required: ['code', 'message'],
              additionalProperties: false,
              properties: {
                code: { type: 'string', description: 'A stable name in capitals.' },
                message: { type: 'string', description: 'What failed, and what to do.' },
                docs: { type: 'string', description: 'The page that explains it.' },
              },
            },
          },
        },
        ...Object.fromEntries(schemas),
        ...inputSchemas(schema, ['FactInput', 'TrustPolicy']),
      },
    },
  }
}

function pathItem(
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  route: Route,
): JsonSchema {
  const isStream = route.operation.operation === 'subscription'
  const root = schema.getRootType(route.operation.operation)!
  const [field] = route.operation.selectionSet.selections
  if (field?.kind !== Kind.FIELD) throw new Error(`${route.name} selects nothing.`)
  const type = getNamedType(root.getFields()[field.name.value]!.type) as GraphQLObjectType
  const answer = answerSchema(objectSchema(fragments, field.selectionSet!, type), route)
  const get = {
    operationId: route.name,
    summary: route.docs,
    parameters: route.parameters.map((parameter) => parameterObject(parameter)),
    responses: {
      200: {
        description: isStream ? 'Events, each with one such value as data.' : 'The answer.',
        ...(!isStream && { headers: HEADERS }),
        content:
          route.image === undefined
            ? { [isStream ? 'text/event-stream' : 'application/json']: { schema: answer } }
            : { 'image/svg+xml': { schema: { type: 'string' } } },
      },
      ...(!isStream && { 304: { description: 'The client has the answer: its `If-None-Match` names it.' } }),
      ...(isStream && {
        429: error('The address has too many event streams open; `Retry-After` says when to try again.'),
      }),
      ...errors(),
    },
  }
  if (route.body.length === 0) return { get }
  const properties = Object.fromEntries(route.body.map(({ name, type: input }) => [name, inputSchema(input)]))
  return {
    get,
    post: {
      ...get,
      operationId: `post${route.name}`,
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { type: 'object', additionalProperties: false, properties } } },
      },
    },
  }
}

/** The addresses of a model's page for programs: its record in JSON, as the route of the model has it, and in Markdown. */
function pagePaths({ get }: JsonSchema): JsonSchema {
  const { parameters, responses, ...model } = get as {
    parameters: readonly { name: string }[]
    responses: Readonly<Record<string, JsonSchema>>
  }
  const id = parameters.find(({ name }) => name === 'id')
  const at = { name: 'at', in: 'query', required: false, description: DESCRIPTIONS.block, schema: SCALARS.BlockNumber }
  const page = { ...model, parameters: [id, at] }
  const { 200: answered, ...others } = responses
  const markdown = { ...answered, content: { 'text/markdown': { schema: { type: 'string' } } } }
  return {
    '/m/{id}.json': { get: { ...page, operationId: 'ModelPageJson', responses } },
    '/m/{id}.md': { get: { ...page, operationId: 'ModelPageMarkdown', responses: { 200: markdown, ...others } } },
  }
}

/** A field that may be null in the schema is a 404 here, except for a path. So the answer itself is never null. */
function answerSchema(answer: JsonSchema, { field }: Route): JsonSchema {
  if (field === undefined || field === 'path') return answer
  const properties = answer.properties as Record<string, JsonSchema>
  return { ...answer, properties: { ...properties, [field]: withoutNull(properties[field]!) } }
}

function withoutNull(schema: JsonSchema): JsonSchema {
  const options = schema.anyOf as JsonSchema[] | undefined
  return options ? options[0]! : schema
}

function errors(): JsonSchema {
  return Object.fromEntries(Object.entries(ERRORS).map(([status, description]) => [status, error(description)]))
}

function error(description: string): JsonSchema {
  return { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } }
}

function parameterObject(parameter: RouteParameter): JsonSchema {
  const { type, isList } = itemType(parameter.type)
  const item = inputSchema(type)
  const schema = isList
    ? { type: 'array', items: item }
    : parameter.name === 'first'
      ? { ...item, maximum: MAX_PAGE, default: 20 }
      : item
  return {
    name: parameter.name,
    in: parameter.in,
    required: parameter.required,
    ...(parameter.description !== '' && { description: parameter.description }),
    schema,
  }
}

function inputSchema(type: GraphQLType): JsonSchema {
  if (isNonNullType(type)) return inputSchema(type.ofType as GraphQLType)
  if (isListType(type)) return { type: 'array', items: inputSchema(type.ofType as GraphQLType) }
  if (isInputObjectType(type)) return { $ref: `#/components/schemas/${type.name}` }
  return scalarSchema(String(type))
}

function inputSchemas(schema: GraphQLSchema, names: readonly string[]): JsonSchema {
  const entries = names.map((name) => {
    const type = schema.getType(name)
    if (!isInputObjectType(type)) throw new Error(`${name} is not an input.`)
    const properties = Object.values(type.getFields()).map((field) => [
      field.name,
      { ...inputSchema(field.type), ...(field.description && { description: field.description }) },
    ])
    return [name, { type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) }]
  })
  return Object.fromEntries(entries)
}

function scalarSchema(name: string): JsonSchema {
  const words = WORDS[name]
  return words ? { type: 'string', enum: words } : SCALARS[name]!
}

function objectSchema(
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  set: SelectionSetNode,
  type: GraphQLObjectType,
): JsonSchema {
  const properties: Record<string, JsonSchema> = {}
  const add = (selections: SelectionSetNode): void => {
    for (const selection of selections.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) add(fragments.get(selection.name.value)!.selectionSet)
      if (selection.kind !== Kind.FIELD) continue
      const field = type.getFields()[selection.name.value]!
      const named = getNamedType(field.type)
      const inner = isObjectType(named)
        ? (fragmentSchema(selection.selectionSet!) ?? objectSchema(fragments, selection.selectionSet!, named))
        : SIGNED.has(`${type.name}.${selection.name.value}`)
          ? { type: 'integer' }
          : scalarSchema(named.name)
      properties[selection.name.value] = outputSchema(field.type, inner)
    }
  }
  add(set)
  return { type: 'object', required: Object.keys(properties), additionalProperties: false, properties }
}

/** The schema of a selection that is just one fragment. */
function fragmentSchema({ selections }: SelectionSetNode): JsonSchema | undefined {
  const [only] = selections
  return selections.length === 1 && only?.kind === Kind.FRAGMENT_SPREAD
    ? { $ref: `#/components/schemas/${only.name.value}` }
    : undefined
}

function outputSchema(type: GraphQLType, inner: JsonSchema): JsonSchema {
  if (isNonNullType(type)) return bareSchema(type.ofType as GraphQLType, inner)
  return { anyOf: [bareSchema(type, inner), { type: 'null' }] }
}

function bareSchema(type: GraphQLType, inner: JsonSchema): JsonSchema {
  return isListType(type) ? { type: 'array', items: outputSchema(type.ofType as GraphQLType, inner) } : inner
}
