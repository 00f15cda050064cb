/** Builds every mutant of a contract into one source, in which the block's coinbase chooses the active one. */
import { assemblyMutants } from './assemblyMutants.ts'
import { applyEdits, type Edit } from './edits.ts'
import type { Mutant, Site } from './mutant.ts'
import { expressionMutants, isKnownModifier, modifierMutants, statementMutants } from './mutationOperators.ts'
import { PROBE_SOURCE } from './probe.ts'
import { childOf, lineOf, placeOf, rangeOf, textOf, walk, type SourceTree, type SyntaxNode } from './syntaxTree.ts'

/** Builds the mutants of one source, numbered from `firstId` on. */
export function mutate(
  { path, text, root }: SourceTree,
  firstId: number,
  declarations: ReadonlyMap<number, SyntaxNode>,
): { source: string; points: Mutant[] } {
  const points: Mutant[] = []
  const edits: Edit[] = []
  const counts = new Map<string, number>()
  walk(root, (node, ancestors) => {
    if (!isMutable(node, ancestors)) return
    const place = placeOf([...ancestors, node])
    const mutant = (operator: string, before: string, after: string, reach?: number) => {
      const id = firstId + points.length
      const bare = `${path} ${place}: ${operator}: ${oneLine(before)} -> ${oneLine(after)}`
      const count = (counts.get(bare) ?? 0) + 1
      counts.set(bare, count)
      const key = count === 1 ? bare : `${bare} (${count})`
      const line = lineOf(text, rangeOf(node)[0])
      points.push({
        id,
        key,
        path,
        line,
        place,
        operator,
        before: oneLine(before),
        after: oneLine(after),
        reach: reach ?? id,
      })
      return id
    }
    const code = (of: SyntaxNode) => text.slice(...rangeOf(of))
    const mutated = (of: SyntaxNode) => {
      const [from, to] = rangeOf(of)
      const within = edits
        .filter(({ start, end }) => start >= from && end <= to)
        .map(({ start, end, wrap }) => ({ start: start - from, end: end - from, wrap }))
      return applyEdits(text.slice(from, to), within)
    }
    const declarationOf = ({ referencedDeclaration }: SyntaxNode) => declarations.get(Number(referencedDeclaration))
    const site: Site = { node, ancestors, code, declarationOf, mutant, edit: (it) => edits.push(it), mutated, text }
    expressionMutants(site)
    statementMutants(site)
    modifierMutants(site)
    assemblyMutants(site)
  })
  return { source: `${applyEdits(text, edits)}\nimport {Probe} from "${PROBE_SOURCE}";\n`, points }
}

/** Every declaration of some trees by its node id. */
export function declarationsOf(roots: readonly SyntaxNode[]): Map<number, SyntaxNode> {
  const declarations = new Map<number, SyntaxNode>()
  for (const root of roots) {
    walk(root, (node) => {
      if (/(Definition|Declaration)$/.test(node.nodeType)) declarations.set(Number(node.id), node)
    })
  }
  return declarations
}

/**
 * The code of functions and modifiers, without constants and without assembly, which has its own operators. Each use of
 * a modifier in another contract gets its own mutants.
 */
function isMutable(node: SyntaxNode, ancestors: readonly SyntaxNode[]): boolean {
  const within = [...ancestors, node]
  const inCode = within.some((it) => /^(Function|Modifier)Definition$/.test(it.nodeType) && childOf(it, 'body'))
  if (within.some((it) => it.nodeType === 'ModifierDefinition' && isKnownModifier(textOf(it, 'name')))) return false
  const inConstant = within.some((it) => it.constant === true || it.nodeType === 'ArrayTypeName')
  return (
    inCode && !inConstant && !node.nodeType.startsWith('Yul') && textOf(node, 'nodeType') !== 'StructuredDocumentation'
  )
}

function oneLine(code: string): string {
  return code.replaceAll(/\s+/g, ' ').trim()
}
