/** Instruments a contract so that a run reports which statements it reached and how each condition was decided. */
import { applyEdits, type Edit } from './edits.ts'
import { PROBE_SOURCE } from './probe.ts'
import { childOf, childrenOf, conditionsOf, endOfStatement, lineOf, placeOf, rangeOf, walk } from './syntaxTree.ts'
import type { SourceTree, SyntaxNode } from './syntaxTree.ts'

/** A point that a run can reach: a statement (or an empty function body), or an outcome of a condition. */
export type CoveragePoint = {
  readonly id: number
  readonly path: string
  readonly line: number
  readonly place: string
  readonly kind: 'statement' | 'true' | 'false'
  readonly code: string
}

const NO_STATEMENTS = new Set(['Block', 'UncheckedBlock', 'PlaceholderStatement'])

/**
 * Instruments one source. Points are numbered from `firstId` on.
 *
 * Branches in inline assembly are not counted, because assembly cannot make the call; {@link assemblyMutants} covers
 * them.
 */
export function instrumentForCoverage(tree: SourceTree, firstId: number): { source: string; points: CoveragePoint[] } {
  const { text, path, root } = tree
  const points: CoveragePoint[] = []
  const edits: Edit[] = []
  const point = (kind: CoveragePoint['kind'], node: SyntaxNode, ancestors: readonly SyntaxNode[]): number => {
    const [start, end] = rangeOf(node)
    const code = text.slice(start, end).split('\n')[0]!
    const id = firstId + points.length
    points.push({ id, path, line: lineOf(text, start), place: placeOf(ancestors), kind, code })
    return id
  }

  walk(root, (node, ancestors) => {
    for (const condition of conditionsOf(node)) {
      const id = point('true', condition, ancestors)
      point('false', condition, ancestors)
      const [start, end] = rangeOf(condition)
      edits.push({ start, end, wrap: (inner) => `Probe.decided(${id}, ${inner})` })
    }
    for (const [statement, bare] of statementsOf(node)) {
      const id = point('statement', statement, [...ancestors, node])
      const hit = `Probe.hit(${id});`
      const [start] = rangeOf(statement)
      const end = endOfStatement(text, statement)
      edits.push({ start, end, wrap: (inner) => (bare ? `{ ${hit} ${inner} }` : `${hit} ${inner}`) })
    }
    const body = bodyWithoutStatements(node)
    if (body) {
      const id = point('statement', node, [...ancestors, node])
      const [start, end] = rangeOf(body)
      edits.push({ start, end, wrap: () => `{ Probe.hit(${id}); }` })
    }
  })
  return { source: `${applyEdits(text, edits)}\nimport {Probe} from "${PROBE_SOURCE}";\n`, points }
}

/** The statements directly in a node, and of each whether it stands without braces. */
function statementsOf(node: SyntaxNode): [statement: SyntaxNode, bare: boolean][] {
  if (node.nodeType.startsWith('Yul')) return []
  const counted = ({ nodeType }: SyntaxNode) => !NO_STATEMENTS.has(nodeType)
  const listed = childrenOf(node, 'statements').filter(counted)
  const bodies = ['trueBody', 'falseBody', 'body'].flatMap((member) => childOf(node, member) ?? []).filter(counted)
  return [
    ...listed.map((it): [SyntaxNode, boolean] => [it, false]),
    ...bodies.map((it): [SyntaxNode, boolean] => [it, true]),
  ]
}

function bodyWithoutStatements(node: SyntaxNode): SyntaxNode | undefined {
  const body = node.nodeType === 'FunctionDefinition' ? childOf(node, 'body') : undefined
  return body && childrenOf(body, 'statements').length === 0 ? body : undefined
}
