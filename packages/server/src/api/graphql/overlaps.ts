import { GraphQLError, Kind, type DocumentNode, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql'

import { QueryTooLargeError } from '../budget.ts'

/**
 * Most pairs of fields with one response name in merged selections. Validation compares each pair, so that a query which repeats a field
 * takes the square of its length: https://spec.graphql.org/October2021/#sec-Field-Selection-Merging.
 */
const MAX_PAIRS = 10_000
/** Most selections with fragments unfolded: nested ones can expand without bound. */
const MAX_SELECTIONS = 20_000
/** Most levels that are looked at: deeper queries are refused for their depth, and fragments in a circle by validation. */
const MAX_LEVELS = 50

/**
 * Checks that a document, which is not validated yet, does not repeat fields too often. Takes time in proportion to what it counts.
 *
 * @throws GraphQLError when it does
 */
export function checkOverlaps({ definitions }: DocumentNode): void {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const each of definitions) if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each)
  let pairs = 0
  let visited = 0

  const visit = (sets: readonly SelectionSetNode[], level: number): void => {
    const fields = new Map<string, { count: number; inside: SelectionSetNode[] }>()
    const spread = new Set<string>()
    const collect = (set: SelectionSetNode): void => {
      for (const selection of set.selections) {
        visited += 1
        if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet)
        else if (selection.kind === Kind.FRAGMENT_SPREAD) {
          const { value } = selection.name
          const fragment = fragments.get(value)
          if (!fragment || spread.has(value)) continue
          spread.add(value)
          collect(fragment.selectionSet)
        } else {
          const name = (selection.alias ?? selection.name).value
          const same = fields.get(name) ?? { count: 0, inside: [] }
          fields.set(name, same)
          pairs += same.count
          same.count += 1
          if (selection.selectionSet) same.inside.push(selection.selectionSet)
          if (pairs > MAX_PAIRS || visited > MAX_SELECTIONS) throw tooMany(name, selection)
        }
      }
    }
    for (const set of sets) collect(set)
    if (level === MAX_LEVELS) return
    for (const { inside } of fields.values()) if (inside.length > 0) visit(inside, level + 1)
  }

  for (const each of definitions) {
    if (each.kind === Kind.OPERATION_DEFINITION || each.kind === Kind.FRAGMENT_DEFINITION) visit([each.selectionSet], 1)
  }
}

function tooMany(name: string, node: SelectionSetNode['selections'][number]): GraphQLError {
  const what = `it repeats fields such as "${name}" too often; request each once, or under an alias of its own`
  const originalError = new QueryTooLargeError(what)
  return new GraphQLError(originalError.message, { nodes: [node], originalError })
}
