import type { ModelId } from '../../src/core/hex.ts'
import type { LineageEdge } from '../../src/core/lineage.ts'
import type { Ledger } from '../../src/sdk/connect.ts'
import { verifyModel } from '../../src/sdk/compliance/verifyModel.ts'
import { readLineage } from '../../src/sdk/registry/readLineage.ts'
import { readRegistrations } from '../../src/sdk/registry/readRegistrations.ts'
import type { Report } from '../../src/core/report.ts'

/** A line of a lineage that is drawn: the model with its branch, how it was made, and what `verify` answers. */
export type LineageLine = { label: string; relation: string; answer: string }

/** A model under the parent that leads to it first. */
type Node = { model: ModelId; edge?: LineageEdge; branch: string }

/**
 * Draws the lineages of some models as one tree, from their common origins down, and asks for each model whether anybody may use it
 * commercially. A model with several parents is drawn once.
 */
export async function drawLineage(ledger: Ledger, models: readonly ModelId[]): Promise<LineageLine[]> {
  const lineages = await Promise.all(models.map((model) => readLineage(ledger, { model })))
  const parents = new Map<ModelId, readonly LineageEdge[]>(
    lineages.flatMap(({ lineage }) => lineage.models.map((entry) => [entry.model, entry.parents] as const)),
  )
  const nodes = nodesOf(parents)
  const [registrations, reports] = await Promise.all([
    readRegistrations(ledger, { models: [...parents.keys()] }),
    Promise.all(nodes.map(({ model }) => verifyModel(ledger, { model, use: 'commercial' }))),
  ])
  const names = new Map(registrations.map(({ model, registration }) => [model, nameOf(registration.uri)]))
  return nodes.map(({ model, edge, branch }, index) => ({
    label: `${branch}${names.get(model) ?? model}`,
    relation: edge ? `${edge.relation}${edge.undisclosed ? ', undisclosed' : ''}` : '',
    answer: answerOf(reports[index]!),
  }))
}

/** The models in the order of their lines, each with the branch before its name. */
function nodesOf(parents: ReadonlyMap<ModelId, readonly LineageEdge[]>): Node[] {
  const drawn = new Set<ModelId>()
  const childrenOf = (parent: ModelId): Omit<Node, 'branch'>[] =>
    Array.from(parents).flatMap(([model, edges]) => {
      const edge = edges.find((each) => each.model === parent)
      return edge && !drawn.has(model) ? [{ model, edge }] : []
    })
  const below = (node: Node, indent: string): Node[] => {
    drawn.add(node.model)
    const children = childrenOf(node.model)
    return [
      node,
      ...children.flatMap((child, index) => {
        const isLast = index === children.length - 1
        return below({ ...child, branch: `${indent}${isLast ? '└─' : '├─'} ` }, `${indent}${isLast ? '   ' : '│  '}`)
      }),
    ]
  }
  const origins = [...parents.keys()].filter((model) => parents.get(model)!.length === 0)
  return origins.flatMap((model) => below({ model, branch: '' }, ''))
}

/** The name on the Hub that a registration's URI stands for. */
function nameOf(uri: string): string {
  return uri.replace(/^https:\/\/huggingface\.co\//, '')
}

/** A verdict in a few words, with its duties: the sure ones, and those that depend on facts about who asks. */
function answerOf({ verdict, obligations }: Report): string {
  if (verdict === 'not-permitted') return 'NO'
  if (verdict === 'unknown') return 'UNKNOWN'
  if (verdict === 'permitted') return 'yes'
  const namesOf = (sure: boolean): string =>
    [...new Set(obligations.filter(({ certain }) => certain === sure).map(({ obligation }) => obligation))].join(', ')
  const [sure, perhaps] = [namesOf(true), namesOf(false)]
  return ['yes', ...(sure ? [`owes ${sure}`] : []), ...(perhaps ? [`may owe ${perhaps}`] : [])].join(', ')
}
