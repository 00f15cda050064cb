/** Reads what the contracts' sources declare from the compiler's syntax trees, for the reference and the check of comments. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The part of a node of solc's syntax tree that is read here. `src` is `start:length:file`, in bytes. */
export type SolcNode = {
  nodeType: string
  src: string
  name?: string
  kind?: string
  contractKind?: 'interface' | 'library' | 'contract'
  abstract?: boolean
  constant?: boolean
  visibility?: string
  functionSelector?: string
  eventSelector?: string
  errorSelector?: string
  nodes?: SolcNode[]
  parameters?: { parameters: unknown[] }
}

/** A source file with its tree. */
export type SourceFile = { path: string; text: string; nodes: readonly SolcNode[] }

const KINDS = {
  FunctionDefinition: 'function',
  EventDefinition: 'event',
  ErrorDefinition: 'error',
  StructDefinition: 'struct',
  EnumDefinition: 'enum',
  UserDefinedValueTypeDefinition: 'type',
  VariableDeclaration: 'variable',
} as const

/** A declaration that others can use or see. `contract` is undefined outside of contracts. */
export type Declaration = {
  kind: (typeof KINDS)[keyof typeof KINDS]
  name: string
  contract?: string
  /** The source without the body of a function and without the contract's indentation. */
  code: string
  /** The text of the comment above it, without the comment signs; empty without a comment. */
  comment: string
  /** 4 bytes of a function or error, 32 of an event. */
  selector?: string
}

/** A contract, interface or library with what it declares itself. */
export type ContractDeclaration = {
  name: string
  kind: 'interface' | 'library' | 'contract' | 'abstract contract'
  comment: string
  declarations: Declaration[]
  /** The source of its constants, a line each, without their comments. */
  constants: string[]
}

/** What a source file declares. */
export type Declared = { path: string; contracts: ContractDeclaration[]; declarations: Declaration[] }

/**
 * Reads the trees of source files from Hardhat's build information. Of several builds, the one of the current file
 * counts.
 *
 * @throws {@link NotCompiledError} when there is no such build
 */
export function readSources(root: string, paths: readonly string[]): SourceFile[] {
  const folder = join(root, 'artifacts/build-info')
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'))
  const builds = readdirSync(folder)
    .filter((file) => file.endsWith('.output.json'))
    .map((file) => ({
      sources: read(file.replace('.output', '')).input.sources,
      trees: read(file).output.sources,
    }))
  return paths.map((path) => {
    const text = readFileSync(join(root, path), 'utf8')
    const build = builds.find(({ sources }) => sources[`project/${path}`]?.content === text)
    const tree = build?.trees[`project/${path}`]?.ast
    if (!tree) throw new NotCompiledError(path)
    return { path, text, nodes: tree.nodes }
  })
}

/** Thrown when the current content of a source file was never compiled. */
export class NotCompiledError extends Error {
  constructor(path: string) {
    super(`${path} is not compiled as it is now. Run: npm run setup`)
  }
}

/** Everything that a file declares, in the order of the source. */
export function declaredIn({ path, text, nodes }: SourceFile): Declared {
  const bytes = Buffer.from(text)
  const contracts = nodes
    .filter(({ nodeType }) => nodeType === 'ContractDefinition')
    .map((node) => ({
      name: node.name!,
      kind: node.abstract && node.contractKind === 'contract' ? ('abstract contract' as const) : node.contractKind!,
      comment: commentAbove(bytes, node),
      declarations: declarationsOf(bytes, node.nodes!, node.name),
      constants: node.nodes!.filter(({ constant }) => constant).map((constant) => codeOf(bytes, constant)),
    }))
  return { path, contracts, declarations: declarationsOf(bytes, nodes) }
}

/**
 * Visible declarations without a comment, as `path: what`: contracts, external and public functions (and constructors
 * with arguments), events, errors, and the structs, enums, types and constants of interfaces and outside of contracts.
 */
export function undocumented({ path, contracts, declarations }: Declared): string[] {
  const free = declarations.filter(({ kind }) => kind !== 'function')
  const members = contracts.flatMap((contract) =>
    contract.declarations.filter(({ kind }) => contract.kind === 'interface' || !isTypeKind(kind)),
  )
  const bare = [...free, ...members]
    .filter(({ comment }) => comment === '')
    .map(({ kind, name, contract }) => `${path}: ${kind} ${contract ? `${contract}.` : ''}${name}`)
  const bareContracts = contracts
    .filter(({ comment }) => comment === '')
    .map(({ kind, name }) => `${path}: ${kind} ${name}`)
  return [...bareContracts, ...bare]
}

/** In an implementation these only describe its storage. */
function isTypeKind(kind: Declaration['kind']): boolean {
  return kind === 'struct' || kind === 'enum' || kind === 'type'
}

function declarationsOf(bytes: Buffer, nodes: readonly SolcNode[], contract?: string): Declaration[] {
  return nodes
    .filter((node) => node.nodeType in KINDS && isVisible(node, contract !== undefined))
    .map((node) => ({
      kind: KINDS[node.nodeType as keyof typeof KINDS],
      name: node.name || node.kind!,
      ...(contract !== undefined && { contract }),
      code: codeOf(bytes, node),
      comment: commentAbove(bytes, node),
      ...selectorOf(node),
    }))
}

function isVisible({ nodeType, kind, visibility, parameters }: SolcNode, inContract: boolean): boolean {
  if (nodeType === 'FunctionDefinition') {
    if (kind === 'constructor') return parameters!.parameters.length > 0
    return !inContract || visibility === 'external' || visibility === 'public'
  }
  return nodeType !== 'VariableDeclaration' || !inContract || visibility === 'public'
}

function selectorOf({ functionSelector, eventSelector, errorSelector }: SolcNode): { selector?: string } {
  const selector = functionSelector ?? eventSelector ?? errorSelector
  return selector === undefined ? {} : { selector: `0x${selector}` }
}

function codeOf(bytes: Buffer, { nodeType, src }: SolcNode): string {
  const [start, length] = src.split(':').map(Number) as [number, number]
  const code = bytes.subarray(start, start + length).toString()
  const head = nodeType === 'FunctionDefinition' ? code.replace(/\s*\{[\s\S]*$|;$/, '') : code.replace(/;$/, '')
  const line = bytes.subarray(0, start).toString().split('\n').at(-1)!
  const indent = /^ */.exec(line)![0]
  return `${head.replaceAll(`\n${indent}`, '\n')}${/^(struct|enum) /.test(head) ? '' : ';'}`
}

/** solc keeps no comment of types and constants in its tree, so all comments are read from the source. */
function commentAbove(bytes: Buffer, { src }: SolcNode): string {
  const before = bytes.subarray(0, Number(src.split(':')[0])).toString()
  const lines = /(?:^[ \t]*\/\/\/.*\n)+[ \t]*(?![^])/m.exec(before)
  if (lines) return plain(lines[0].replaceAll(/^[ \t]*\/\/\/ ?/gm, ''))
  const start = before.lastIndexOf('/**')
  const block = start < 0 ? null : /^\/\*\*([^]*?)\*\/\s*$/.exec(before.slice(start))
  return block ? plain(block[1]!.replaceAll(/^[ \t]*\* ?/gm, '')) : ''
}

function plain(comment: string): string {
  return comment.trim().replaceAll(/[ \t]+$/gm, '')
}
