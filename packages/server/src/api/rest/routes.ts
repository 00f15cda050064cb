import {
  buildSchema,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  parse,
  typeFromAST,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'

import type { Operations } from 'stemma/query'
import { operations } from '../graphql/operations.ts'
import { schemaText } from '../graphql/schemaText.ts'

/** A parameter of a route. It becomes a variable of the operation, or a field of one. */
export type RouteParameter = {
  /** Its name in the path or the query string. */
  name: string
  in: 'path' | 'query'
  variable: string
  /** The field of the variable; missing when the parameter is the whole variable. */
  field?: string
  type: GraphQLInputType
  required: boolean
  description: string
}

/** A route of the REST API: an address for an operation of the query API. */
export type Route = {
  name: keyof Operations
  path: string
  docs: string
  document: DocumentNode
  operation: OperationDefinitionNode
  parameters: readonly RouteParameter[]
  /** Parameters of which at most one may be given, or exactly one when required. */
  choices: readonly { names: readonly string[]; required: boolean }[]
  /** Variables with several parts, which only the body of a POST can hold. */
  body: readonly { name: string; type: GraphQLInputType }[]
  /** The field of the ledger that answers; undefined when it is the ledger itself. */
  field: string | undefined
  /** The one field of that which is the answer, an SVG image; undefined for an answer in JSON. */
  image: string | undefined
}

/** Variables that only a body can hold. */
const BODY = ['facts', 'policy']
/** What parameters say, by their names. */
export const DESCRIPTIONS: Readonly<Record<string, string>> = {
  id: 'Its id.',
  address: 'The account.',
  to: 'Id of the ancestor.',
  models: 'Ids of 2 to 8 models; the parameter is repeated.',
  first: 'Number of items of the page, 0 to 100.',
  order: 'The order; `newest` by default.',
  after: 'The `endCursor` of the page before.',
  maxDepth: 'Leaves out models that are further away.',
  licensee: 'The account that wants to use it; the public by default.',
  use: 'The use.',
  text: 'The text to search for.',
  digests: 'A digest; the parameter is repeated, at most 100 times.',
  name: 'Exact name.',
  startsWith: 'Beginning of the name, in either case.',
  up: 'Levels of ancestors; all by default.',
  down: 'Levels of descendants; 2 by default.',
  cap: 'Most descendants that hang from one model, 0 to 300; 8 by default. So many of several first models are on the map too.',
  open: 'Id of a model that shows 20 more of its descendants, or of the change whose map it is; the parameter is repeated, at most 100 times, and an id may be too.',
  theme: "The colors; by default those of the reader's system.",
  block: 'Answers as of this block.',
  time: 'Answers as of this time.',
}

/** Every route, in the order of the operations. */
export function createRoutes(schema: GraphQLSchema = buildSchema(schemaText)): Route[] {
  return (Object.keys(operations) as (keyof Operations)[]).map((name) => {
    const { path, docs, text } = operations[name]
    const document = parse(text)
    const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION)!
    const inPath = new Set(Array.from(path.matchAll(/\{(\w+)\}/g), ([, parameter]) => parameter!))
    const variables = (operation.variableDefinitions ?? []).map(({ variable, type, defaultValue }) => ({
      name: variable.name.value,
      type: typeFromAST(schema, type as never) as GraphQLInputType,
      hasDefault: defaultValue !== undefined,
    }))
    return {
      name,
      path,
      docs,
      document,
      operation,
      parameters: variables
        .filter((variable) => !BODY.includes(variable.name))
        .flatMap((variable) => parametersOf(variable, inPath)),
      choices: variables.flatMap(({ type }) => {
        const { type: bare } = itemType(type)
        if (!isInputObjectType(bare) || !bare.isOneOf) return []
        return [{ names: Object.keys(bare.getFields()), required: isNonNullType(type) }]
      }),
      body: variables.filter((variable) => BODY.includes(variable.name)),
      field: fieldOf(operation),
      image: path.endsWith('.svg') ? 'svg' : undefined,
    }
  })
}

/** The path of a route as a pattern. */
export function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}/?$`)
}

/** A type without its nullability, or the type of a list's items. */
export function itemType(type: GraphQLInputType): { type: GraphQLInputType; isList: boolean } {
  const bare = isNonNullType(type) ? type.ofType : type
  return isListType(bare)
    ? { type: itemType(bare.ofType as GraphQLInputType).type, isList: true }
    : { type: bare, isList: false }
}

function parametersOf(
  { name, type, hasDefault }: { name: string; type: GraphQLInputType; hasDefault: boolean },
  inPath: ReadonlySet<string>,
): RouteParameter[] {
  const { type: bare } = itemType(type)
  const required = isNonNullType(type) && !hasDefault
  if (!isInputObjectType(bare)) {
    const place = inPath.has(name) ? 'path' : 'query'
    return [{ name, in: place, variable: name, type, required, description: DESCRIPTIONS[name] ?? '' }]
  }
  return Object.values(bare.getFields()).map((field) => ({
    name: field.name,
    in: 'query',
    variable: name,
    field: field.name,
    type: field.type,
    required: false,
    description: field.description ?? DESCRIPTIONS[field.name] ?? '',
  }))
}

function fieldOf({ selectionSet }: OperationDefinitionNode): string | undefined {
  const [root] = selectionSet.selections
  if (root?.kind !== Kind.FIELD || root.name.value !== 'ledger') return undefined
  const fields = root.selectionSet!.selections.filter((selection) => selection.kind === Kind.FIELD)
  const [field] = fields.filter(({ selectionSet: inner }) => inner !== undefined)
  return field && field.name.value !== 'progress' ? field.name.value : undefined
}
