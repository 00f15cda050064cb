/** The contracts' sources with solc's syntax trees, and the queries that instrumentation makes on such a tree. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import solc from 'solc'

/** A node of solc's syntax tree. `src` is `start:length:file`, in bytes. */
export type SyntaxNode = { readonly nodeType: string; readonly src: string; readonly [member: string]: unknown }

/** A source with its tree. Each character of `text` is one byte of the file, so that the tree's positions apply to it. */
export type SourceTree = { readonly path: string; readonly text: string; readonly root: SyntaxNode }

/**
 * Compiles the contracts up to their typed trees.
 *
 * @throws Error with the compiler's message when the contracts do not compile
 */
export function readSourceTrees(root: string): SourceTree[] {
  const paths = globSync('contracts/**/*.sol', { cwd: root }).toSorted()
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(paths.map((path) => [path, { content: read(path) }])),
    settings: { evmVersion: 'osaka', outputSelection: { '*': { '': ['ast'] } } },
  }
  const resolve = (path: string) => ({ contents: read(join('node_modules', path)) })
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: resolve })) as {
    errors?: { severity: string; formattedMessage: string }[]
    sources: Record<string, { ast: SyntaxNode }>
  }
  const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join('\n'))
  return paths.map((path) => ({
    path,
    text: readFileSync(join(root, path), 'latin1'),
    root: output.sources[path]!.ast,
  }))
}

/** Whether a value of a member is a node. */
export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'nodeType' in value && 'src' in value
}

/** The node under a member, or undefined. */
export function childOf(node: SyntaxNode, member: string): SyntaxNode | undefined {
  const value = node[member]
  return isNode(value) ? value : undefined
}

/** The nodes under a member that is a list. Gaps, as in `(a, , b)`, are left out. */
export function childrenOf(node: SyntaxNode, member: string): SyntaxNode[] {
  const value = node[member]
  return Array.isArray(value) ? value.filter(isNode) : []
}

/** A member that is a string, or the empty string. */
export function textOf(node: SyntaxNode, member: string): string {
  const value = node[member]
  return typeof value === 'string' ? value : ''
}

/** The type of an expression as solc writes it, such as `uint256`, `enum Relation` or `int_const 8`. */
export function typeOf(node: SyntaxNode): string {
  const descriptions = node.typeDescriptions
  if (typeof descriptions !== 'object' || descriptions === null || !('typeString' in descriptions)) return ''
  return String(descriptions.typeString)
}

/** Where a node begins, and where it ends. */
export function rangeOf({ src }: SyntaxNode): [start: number, end: number] {
  const [start, length] = src.split(':').map(Number) as [number, number]
  return [start, start + length]
}

/** Where a statement ends, with its semicolon, which solc leaves out of its range. */
export function endOfStatement(text: string, node: SyntaxNode): number {
  const [, end] = rangeOf(node)
  const semicolon = /^\s*;/.exec(text.slice(end, end + 200))
  return end + (semicolon ? semicolon[0].length : 0)
}

/** The number of the line, from 1, of a position. */
export function lineOf(text: string, position: number): number {
  let line = 1
  for (let i = 0; i < position; ++i) if (text[i] === '\n') ++line
  return line
}

/** Calls `visit` for a node and all its descendants, outer ones first, each with its ancestors, the nearest last. */
export function walk(
  node: SyntaxNode,
  visit: (node: SyntaxNode, ancestors: readonly SyntaxNode[]) => void,
  ancestors: readonly SyntaxNode[] = [],
): void {
  visit(node, ancestors)
  const within = [...ancestors, node]
  for (const value of Object.values(node)) {
    if (isNode(value)) walk(value, visit, within)
    else if (Array.isArray(value)) for (const item of value) if (isNode(item)) walk(item, visit, within)
  }
}

/** An expression without the parentheses around it. */
export function unwrapped(node: SyntaxNode): SyntaxNode {
  const components = childrenOf(node, 'components')
  const bare = node.nodeType === 'TupleExpression' && node.isInlineArray !== true && components.length === 1
  return bare ? unwrapped(components[0]!) : node
}

const LOOPS_AND_BRANCHES = new Set(['IfStatement', 'WhileStatement', 'DoWhileStatement', 'ForStatement', 'Conditional'])

/**
 * The conditions of a node: those of `if`, loops, `?:`, `require` and `assert`, split at `&&` and `||` into operands.
 * Empty for a node without a condition.
 */
export function conditionsOf(node: SyntaxNode): SyntaxNode[] {
  if (LOOPS_AND_BRANCHES.has(node.nodeType)) {
    const condition = childOf(node, 'condition')
    // `while (true)` is not a decision.
    return condition ? operandsOf(condition).filter(({ nodeType }) => nodeType !== 'Literal') : []
  }
  if (node.nodeType === 'FunctionCall' && /^(require|assert)$/.test(textOf(childOf(node, 'expression')!, 'name'))) {
    return operandsOf(childrenOf(node, 'arguments')[0]!)
  }
  return []
}

/** The operands of `&&` and `||`, at any depth, or the expression itself. */
export function operandsOf(expression: SyntaxNode): SyntaxNode[] {
  const inner = unwrapped(expression)
  if (inner.nodeType !== 'BinaryOperation' || !/^(&&|\|\|)$/.test(textOf(inner, 'operator'))) return [expression]
  return [...operandsOf(childOf(inner, 'leftExpression')!), ...operandsOf(childOf(inner, 'rightExpression')!)]
}

/** Whether a node is `&&` or `||`. */
export function isLogical(node: SyntaxNode): boolean {
  return node.nodeType === 'BinaryOperation' && /^(&&|\|\|)$/.test(textOf(node, 'operator'))
}

/** The name of the function, modifier or contract that a node stands in, such as `Ledger.register`. */
export function placeOf(ancestors: readonly SyntaxNode[]): string {
  return ancestors
    .filter(({ nodeType }) => /^(Contract|Function|Modifier)Definition$/.test(nodeType))
    .map((node) => textOf(node, 'name') || textOf(node, 'kind'))
    .join('.')
}
