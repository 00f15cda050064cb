import {
  getNamedType,
  getVariableValues,
  GraphQLError,
  isCompositeType,
  isListType,
  isNonNullType,
  Kind,
  valueFromASTUntyped,
  type DocumentNode,
  type ExecutionArgs,
  type FragmentDefinitionNode,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
} from 'graphql'

import { QueryTooLargeError } from '../budget.ts'

/** How large a request may be. */
export type Limits = {
  /** Bytes of a request's body, and characters of a query. */
  body: number
  /** Tokens of a query. */
  tokens: number
  /** Levels of nested fields. */
  depth: number
  /** About how many objects an answer may hold; some fields cost as much as many objects, see `WEIGHTS` and `PRICES`. */
  cost: number
  /** About how many values of fields an answer may hold. */
  values: number
}

/** The default limits of a server. */
export const LIMITS: Limits = { body: 100_000, tokens: 3000, depth: 14, cost: 5000, values: 200_000 }

/** Fields that cost more than an object. */
const WEIGHTS: Readonly<Record<string, number>> = {
  'Ledger.search': 50,
  'Ledger.digests': 50,
  'Ledger.path': 20,
  'Ledger.commonAncestors': 50,
  'Ledger.lineage': 100,
  'Ledger.findings': 100,
  'Ledger.blastRadius': 50,
  'Ledger.blastRadiusMap': 300,
  'Ledger.map': 300,
  'Ledger.overview': 300,
  'Model.lookAlikes': 50,
  'Model.ancestors': 5,
  'Model.descendants': 20,
  'Model.family': 20,
  'Statistics.models': 20,
  'Statistics.edges': 20,
  'Statistics.publishers': 50,
  'Statistics.accounts': 20,
  'Statistics.terms': 5,
  'Statistics.tiers': 20,
  'Statistics.credentials': 20,
  'Statistics.events': 50,
  'Statistics.relations': 50,
  'Statistics.licenses': 50,
}
/** Cost of counting a list. */
const COUNT = 10
/** Assumed length of a list that has no page size. */
const LIST = 4
/** Cost of an object of the schema's description, which is in memory. */
const DESCRIBED = 1 / 500
/** Most selections of an operation: nested fragments can expand without bound. */
const MAX_SELECTIONS = 20_000

/** The fields of the root that describe the schema. */
const DESCRIPTIONS: Readonly<Record<string, GraphQLField<unknown, unknown>>> = {
  [SchemaMetaFieldDef.name]: SchemaMetaFieldDef,
  [TypeMetaFieldDef.name]: TypeMetaFieldDef,
}

/** The depth and the cost of an operation, and how many values of fields its answer may hold. */
export type Measure = { depth: number; cost: number; values: number }

/**
 * Measures an operation before it runs.
 *
 * @throws GraphQLError that names the field at which a limit is exceeded
 */
export function measure(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  limits: Limits,
): Measure {
  const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], variables)
  // Variables that cannot be read are refused by the execution, with a better message.
  const values = coerced.variableValues?.coerced ?? {}
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const total: Measure = { depth: 0, cost: 0, values: 0 }
  const types = Object.keys(schema.getTypeMap()).length
  let selections = 0

  const visit = (
    set: SelectionSetNode,
    type: GraphQLCompositeType,
    depth: number,
    times: number,
    items: number,
    isDescribing = false,
  ): void => {
    for (const selection of set.selections) {
      selections += 1
      if (selections > MAX_SELECTIONS) throw tooLarge(`it has more than ${MAX_SELECTIONS} selections`, selection)
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(selection.name.value)
        if (fragment) visit(fragment.selectionSet, type, depth, times, items, isDescribing)
        continue
      }
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        visit(selection.selectionSet, type, depth, times, items, isDescribing)
        continue
      }
      const name = selection.name.value
      const field = DESCRIPTIONS[name] ?? (type as GraphQLObjectType).getFields()[name]
      total.values += times
      if (total.values > limits.values) {
        throw tooLarge(
          `its answer holds more than ${limits.values} values at field "${name}"; request fewer fields or smaller pages`,
          selection,
        )
      }
      if (!field) continue
      const describes = isDescribing || name in DESCRIPTIONS
      if (depth > limits.depth && !describes) {
        throw tooLarge(`field "${name}" is at depth ${depth}, and the limit is ${limits.depth}`, selection)
      }
      if (!describes) total.depth = Math.max(total.depth, depth)
      const named = getNamedType(field.type)
      const isObject = isCompositeType(named)
      // A connection holds at most one page of items; other lists are short.
      const isTypes = isDescribing && name === 'types'
      const count = isTypes ? types : isList(field.type) ? (name === 'nodes' ? items : LIST) : 1
      const inside = times * count
      const own = WEIGHTS[`${(type as GraphQLObjectType).name}.${name}`] ?? (name === 'totalCount' ? COUNT : 0)
      total.cost += times * own + (isObject ? inside * (describes ? DESCRIBED : 1) : 0)
      if (total.cost > limits.cost) {
        throw tooLarge(
          `its cost exceeds ${limits.cost} at field "${name}"; request fewer fields or smaller pages`,
          selection,
        )
      }
      if (!isObject || !selection.selectionSet) continue
      let page = 1
      const argument = field.args.find(({ name: each }) => each === 'first')
      if (argument) {
        const given = selection.arguments?.find(({ name: each }) => each.value === 'first')
        const value = (given && valueFromASTUntyped(given.value, values)) ?? defaultOf(argument)
        page = typeof value === 'number' ? Math.max(0, value) : 0
      }
      visit(selection.selectionSet, named, depth + 1, inside, page, describes)
    }
  }

  const root = schema.getRootType(operation.operation)
  if (root) visit(operation.selectionSet, root, 1, 1, 1)
  return total
}

/** Measures what would be executed, see {@link measure}. Arguments that name no operation have no cost: they are refused otherwise. */
export function measureArguments(
  { schema, document, operationName, variableValues }: ExecutionArgs,
  limits: Limits,
): Measure {
  const all = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION)
  const operation = operationName == null ? all[0] : all.find(({ name }) => name?.value === operationName)
  if (!operation) return { depth: 0, cost: 0, values: 0 }
  return measure(schema, document, operation, variableValues ?? {}, limits)
}

function defaultOf({ default: given }: GraphQLArgument): unknown {
  return given?.literal ? valueFromASTUntyped(given.literal) : given?.value
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type)
}

function tooLarge(what: string, node: SelectionSetNode['selections'][number]): GraphQLError {
  const originalError = new QueryTooLargeError(what)
  return new GraphQLError(originalError.message, { nodes: [node], originalError })
}
