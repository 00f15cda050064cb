/** The operators of inline assembly, which lacks `?:` and may not read the chain inside a pure function. */
import type { Site } from './mutant.ts'
import { childOf, childrenOf, rangeOf, textOf, walk, type SyntaxNode } from './syntaxTree.ts'

/** The replacement of each built-in function of two arguments. */
const SWAPPED: Readonly<Record<string, string>> = {
  add: 'sub(x, y)',
  sub: 'add(x, y)',
  mul: 'div(x, y)',
  div: 'mul(x, y)',
  and: 'or(x, y)',
  or: 'and(x, y)',
  shl: 'shr(x, y)',
  shr: 'shl(x, y)',
  lt: 'iszero(gt(x, y))',
  gt: 'iszero(lt(x, y))',
  eq: 'iszero(eq(x, y))',
}

/**
 * Mutants of an assembly block: another built-in function, a number one higher, a statement removed. The number of the
 * active mutant is read before the block.
 */
export function assemblyMutants({ node, code, mutant, edit }: Site): void {
  const block = node.nodeType === 'InlineAssembly' ? childOf(node, 'AST') : undefined
  if (!block) return
  let reach: number | undefined
  const helpers = new Set<string>()
  const change = (at: SyntaxNode, after: string, wrap: (inner: string, on: string) => string) => {
    const id = mutant('assembly', code(at), after, reach)
    reach ??= id
    const [start, end] = rangeOf(at)
    edit({ start, end, wrap: (inner) => wrap(inner, `eq(mutantActive, ${id})`) })
  }
  walk(block, (inner) => {
    if (inner.nodeType === 'YulExpressionStatement' || inner.nodeType === 'YulAssignment') {
      change(inner, '', (statement, on) => `if iszero(${on}) { ${statement} }`)
    } else if (inner.nodeType === 'YulLiteral' && textOf(inner, 'kind') === 'number') {
      change(inner, `${code(inner)} + 1`, (number, on) => `add(${number}, ${on})`)
    } else if (inner.nodeType === 'YulFunctionCall') {
      const name = textOf(childOf(inner, 'functionName')!, 'name')
      const swapped = SWAPPED[name]
      if (!swapped || childrenOf(inner, 'arguments').length !== 2) return
      helpers.add(`function mutant_${name}(on, x, y) -> r { r := ${name}(x, y) if on { r := ${swapped} } }`)
      change(inner, swapped.replace(/\(.*/, ''), (call, on) => call.replace(`${name}(`, `mutant_${name}(${on}, `))
    }
  })
  const [start, end] = rangeOf(node)
  const [blockStart] = rangeOf(block)
  edit({ start: blockStart + 1, end: blockStart + 1, wrap: () => ` ${[...helpers].join(' ')} ` })
  edit({ start, end, wrap: (inner) => `{ uint256 mutantActive = Probe.active(${reach ?? 0}); ${inner} }` })
}
