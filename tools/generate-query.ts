/**
 * Generates from `src/query/schema.graphql` and `src/query/operations.graphql` what the client and the server share: the schema as
 * text, each operation with its id, its route and its types, the types of the resolvers, and the OpenAPI document of the REST API.
 * Usage: node --conditions=source tools/generate-query.ts [--check]   (`--check` writes nothing and fails when a file is stale)
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import {
  buildSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  Kind,
  parse,
  print,
  stripIgnoredCharacters,
  typeFromAST,
  validate,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { format } from 'prettier'

const root = join(import.meta.dirname, '..')
const schemaText = readFileSync(join(root, 'src/query/schema.graphql'), 'utf8')
const operationsText = readFileSync(join(root, 'src/query/operations.graphql'), 'utf8')
const schema = buildSchema(schemaText)
const document = parse(operationsText)
const faults = validate(schema, document)
if (faults.length > 0) throw new Error(faults.map(({ message }) => message).join('\n'))

const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION)
const fragments = new Map(
  document.definitions
    .filter((node) => node.kind === Kind.FRAGMENT_DEFINITION)
    .map((fragment) => [fragment.name.value, fragment]),
)

/** The scalars of the schema in TypeScript; those that are not listed have the same name there. */
const SCALARS: Readonly<Record<string, string>> = {
  Bytes32: 'Hex',
  Seconds: 'number',
  BlockNumber: 'number',
  Whole: 'string',
  Int: 'number',
  String: 'string',
  Boolean: 'boolean',
  ModelOrder: "'newest' | 'oldest' | 'name' | 'name-descending'",
  ReviewOrder: "'newest' | 'deadline'",
  Grade: "'declared' | 'acknowledged' | 'countersigned' | 'adjudicated' | 'bound'",
  EventName: 'string',
  MapTheme: "'auto' | 'light' | 'dark'",
  ChangeKind: "'credential' | 'model' | 'datasets'",
}
const HEADER = 'Generated from schema.graphql and operations.graphql by tools/generate-query.ts. Do not edit.'

await write('packages/server/src/api/graphql/schemaText.ts', [
  `// ${HEADER}`,
  '/** The schema of the query API, in the GraphQL schema language. */',
  `export const schemaText: string = ${JSON.stringify(schemaText)}`,
])
await write('src/query/operations.ts', [
  `// ${HEADER}`,
  "import type { ChainId } from '../core/chainId.ts'",
  "import type { ClaimState, InheritanceState } from '../core/claim.ts'",
  "import type { Verdict } from '../core/evaluate.ts'",
  "import type { Address, Hex } from '../core/hex.ts'",
  "import type { CredentialState, ModelStatus } from '../core/lineage.ts'",
  "import type { ReviewState, ScanScope, ScanVerdict } from '../core/review.ts'",
  "import type { ServingGrade } from '../core/serving.ts'",
  "import type { Obligation, Part, Relation, Right, Scope, TermsFlag } from '../core/vocabulary.ts'",
  '',
  ...Object.values(schema.getTypeMap())
    .filter(isInputObjectType)
    .flatMap((type) => [comment(type.description ?? ''), `export type ${type.name} = ${inputType(type.name)}`]),
  '',
  ...[...fragments.values()].flatMap((fragment) => [
    `/** The fields of ${fragment.typeCondition.name.value} that answers carry. */`,
    `export type ${fragment.name.value} = ${selectionType(fragment.selectionSet, objectType(fragment.typeCondition.name.value))}`,
  ]),
  '',
  '/** What each operation takes and gives. */',
  'export type Operations = {',
  ...operations.flatMap((operation) => [
    comment(docsOf(operation).text),
    `${operation.name!.value}: { variables: ${variablesType(operation)}; result: ${selectionType(operation.selectionSet, schema.getRootType(operation.operation)!)} }`,
  ]),
  '}',
  '',
  '/** The id of each operation, the SHA-256 of its text: all that a client sends. */',
  'export const operationIds: Readonly<Record<keyof Operations, string>> = {',
  ...operations.map((operation) => `${operation.name!.value}: '${idOf(textOf(operation))}',`),
  '}',
])
await write('packages/server/src/api/graphql/operations.ts', [
  `// ${HEADER}`,
  "import type { Operations } from 'stemma/query'",
  '',
  '/** An operation as the server knows it: `id` is the SHA-256 of the text. */',
  'export type Operation = { id: string; method: string; path: string; docs: string; text: string }',
  '',
  '/** The operations of `stemma/query`, with their texts and routes. */',
  'export const operations: Readonly<Record<keyof Operations, Operation>> = {',
  ...operations.map((operation) => {
    const { method, path, text: docs } = docsOf(operation)
    const text = textOf(operation)
    return `${operation.name!.value}: ${JSON.stringify({ id: idOf(text), method, path, docs, text })},`
  }),
  '}',
])
await write('packages/server/src/api/graphql/schemaTypes.ts', [
  '// Generated from schema.graphql by tools/generate-query.ts. Do not edit.',
  'import type {',
  'Address, ChainId, ClaimState, CredentialState, Hex, InheritanceState, ModelStatus, Obligation, Part, Relation, ReviewState, Right, ScanScope, ScanVerdict, Scope, ServingGrade, TermsFlag, Verdict,',
  "} from 'stemma/core'",
  `import type { ${Object.values(schema.getTypeMap())
    .filter(isInputObjectType)
    .map(({ name }) => name)
    .join(', ')} } from 'stemma/query'`,
  '',
  '/** A field: its value, or a function that reads the value when a query asks for it. */',
  'export type Field<T> = T | Promise<T> | (() => T | Promise<T>)',
  '/** A field with arguments. */',
  'export type FieldWith<A, T> = (args: A) => T | Promise<T>',
  '/** Lists of objects may hold promises of them. */',
  'type List<T> = readonly (T | Promise<T>)[]',
  '',
  ...Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !type.name.startsWith('__'))
    .flatMap((type) => [
      comment(type.description ?? `What resolves the fields of ${type.name}.`),
      `export type ${type.name}Node = ${nodeType(type as GraphQLObjectType)}`,
    ]),
])
// Imported only now, because it is made from what was just written.
const { openApiDocument } = await import('../packages/server/src/api/rest/openapi.ts')
await write('docs/openapi.json', [JSON.stringify(openApiDocument())])

function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** The comment above an operation: its route in the first line, then what it is for. */
function docsOf(operation: OperationDefinitionNode): { method: string; path: string; text: string } {
  const lines = operationsText.slice(0, operation.loc!.start).trimEnd().split('\n')
  const comments: string[] = []
  while (lines.at(-1)?.startsWith('#')) comments.unshift(lines.pop()!.slice(1).trim())
  const route = /^(GET) (\/v1\/\S+)$/.exec(comments[0] ?? '')
  if (!route)
    throw new Error(`${operation.name!.value} needs its route in the comment above it, such as GET /v1/models.`)
  return { method: route[1]!, path: route[2]!, text: comments.slice(1).join(' ') }
}

/** An operation with the fragments that it uses, minified. */
function textOf(operation: OperationDefinitionNode): string {
  const used = new Set<string>()
  const collect = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD && !used.has(selection.name.value)) {
        used.add(selection.name.value)
        collect(fragments.get(selection.name.value)!.selectionSet)
      } else if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet) {
        collect(selection.selectionSet)
      }
    }
  }
  collect(operation.selectionSet)
  const parts: (OperationDefinitionNode | FragmentDefinitionNode)[] = [
    operation,
    ...[...used].toSorted().map((name) => fragments.get(name)!),
  ]
  return stripIgnoredCharacters(parts.map((part) => print(part)).join('\n'))
}

function variablesType(operation: OperationDefinitionNode): string {
  const members = (operation.variableDefinitions ?? []).map(({ variable, type, defaultValue }) => {
    const given = typeFromAST(schema, type as never)!
    const isOptional = !isNonNullType(given) || defaultValue !== undefined
    return `${variable.name.value}${isOptional ? '?' : ''}: ${typeName(given, false)}`
  })
  return `{ ${members.join('; ')} }`
}

function inputType(name: string): string {
  const type = schema.getType(name)
  if (!isInputObjectType(type)) throw new Error(`${name} is not an input.`)
  const fields = Object.values(type.getFields())
  if (type.isOneOf) return fields.map((field) => `{ ${field.name}: ${typeName(field.type, false)} }`).join(' | ')
  const members = fields.map((field) => {
    const isRequired = isNonNullType(field.type) && field.default === undefined
    const type = typeName(field.type, false)
    return `${comment(field.description ?? '')}\n${isRequired ? `${field.name}: ${type}` : `${field.name}?: ${type} | null`}`
  })
  return `{ ${members.join('\n')} }`
}

/** The type of an object that resolves the fields of a type of the schema. */
function nodeType(type: GraphQLObjectType): string {
  const fields = Object.values(type.getFields()).map((field) => {
    const value = nodeValue(field.type)
    if (field.args.length === 0) return `${field.name}: Field<${value}>`
    const args = field.args.map((argument) => {
      const isRequired = isNonNullType(argument.type) || argument.default !== undefined
      return isRequired
        ? `${argument.name}: ${typeName(argument.type, false)}`
        : `${argument.name}?: ${typeName(argument.type, false)} | null`
    })
    return `${field.name}: FieldWith<{ ${args.join('; ')} }, ${value}>`
  })
  return `{ ${fields.join('\n')} }`
}

function nodeValue(type: GraphQLType): string {
  if (!isNonNullType(type)) return `${bareNodeValue(type)} | null | undefined`
  return bareNodeValue(type.ofType as GraphQLType)
}

function bareNodeValue(type: GraphQLType): string {
  if (isListType(type)) {
    const item = nodeValue(type.ofType as GraphQLType)
    return isObjectType(getNamedType(type)) ? `List<${item}>` : `readonly ${item.includes('|') ? `(${item})` : item}[]`
  }
  if (isObjectType(type)) return `${type.name}Node`
  const name = (type as { name: string }).name
  return name === 'Whole' ? 'bigint' : (SCALARS[name] ?? name)
}

function selectionType(set: SelectionSetNode, type: GraphQLObjectType): string {
  const spreads: string[] = []
  const members: string[] = []
  for (const selection of set.selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) spreads.push(selection.name.value)
    else if (selection.kind === Kind.FIELD) {
      const field = type.getFields()[selection.name.value]!
      const named = getNamedType(field.type)
      const inner = isObjectType(named) ? selectionType(selection.selectionSet!, named) : undefined
      members.push(`${selection.name.value}: ${typeName(field.type, true, inner)}`)
    }
  }
  const own = members.length > 0 ? [`{ ${members.join('; ')} }`] : []
  return [...spreads, ...own].join(' & ')
}

function typeName(type: GraphQLType, isOutput: boolean, inner?: string): string {
  if (isNonNullType(type)) return bareName(type.ofType, isOutput, inner)
  // An input field that may be null is optional, so its type adds the null itself.
  return isOutput ? `${bareName(type, isOutput, inner)} | null` : bareName(type, isOutput, inner)
}

function bareName(type: GraphQLType, isOutput: boolean, inner?: string): string {
  if (isListType(type)) return `readonly (${typeName(type.ofType as GraphQLType, isOutput, inner)})[]`
  if (inner !== undefined) return `(${inner})`
  if (isScalarType(type))
    return !isOutput && type.name === 'Whole' ? 'string | bigint' : (SCALARS[type.name] ?? type.name)
  if (isInputObjectType(type)) return type.name
  throw new Error(
    `Unsupported type ${String(type)}${isEnumType(type) ? ': use a scalar of words instead of an enum' : ''}.`,
  )
}

function objectType(name: string): GraphQLObjectType {
  const type = schema.getType(name)
  if (!isObjectType(type)) throw new Error(`${name} is not an object.`)
  return type
}

function comment(text: string): string {
  return text === '' ? '' : `/** ${text.replaceAll(/\s+/g, ' ')} */`
}

async function write(path: string, lines: readonly string[]): Promise<void> {
  const config = { printWidth: 120, semi: false, singleQuote: true, filepath: path }
  const text = await format(lines.join('\n'), config)
  const file = join(root, path)
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.log(`${path} is stale. Run node --conditions=source tools/generate-query.ts.`)
    process.exitCode = 1
  }
}
