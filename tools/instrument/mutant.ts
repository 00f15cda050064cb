/** What a mutant is, and what an operator gets to make mutants. */
import type { Edit } from './edits.ts'
import type { SyntaxNode } from './syntaxTree.ts'

/** One small fault. Its `key` stays the same when other lines of the file change. */
export type Mutant = {
  readonly id: number
  readonly key: string
  readonly path: string
  readonly line: number
  readonly place: string
  readonly operator: string
  readonly before: string
  readonly after: string
  /** The point that a run reports when it reaches the mutant: its own id, or that of the surrounding assembly block. */
  readonly reach: number
}

/** What an operator gets: a node with its position, and a way to add a mutant. */
export type Site = {
  readonly node: SyntaxNode
  readonly ancestors: readonly SyntaxNode[]
  /** The source of a node, without any mutant. */
  readonly code: (node: SyntaxNode) => string
  /** The declaration of a name, in any file. */
  readonly declarationOf: (node: SyntaxNode) => SyntaxNode | undefined
  /** Announces a mutant and returns its id. */
  readonly mutant: (operator: string, before: string, after: string, reach?: number) => number
  /** Changes the source. */
  readonly edit: (edit: Edit) => void
  /** The source of a node with its inner mutants. Only for use while the source is assembled. */
  readonly mutated: (node: SyntaxNode) => string
  readonly text: string
}
