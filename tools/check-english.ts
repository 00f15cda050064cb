/**
 * Finds words and names that the style guide rules out: phrases that do not read as English, and names with several meanings.
 * Prints each with its line and what to write instead, and exits with 1.
 * Usage: node tools/check-english.ts [PATH...]   (folders or files; the whole tree by default)
 */
import { globSync, readFileSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'

import ts from 'typescript'

import { readOptions } from '../scripts/options.ts'

/** A line that breaks a rule. */
export type Fault = { path: string; line: number; found: string; instead: string }

type Rule = { pattern: RegExp; instead: string }

// Spaces match runs of spaces: a phrase may be wrapped over two lines of a comment.
const COMPARISON =
  'longer|more|less|fewer|later|earlier|further|greater|larger|smaller|lower|higher|better|worse|different'
const RULES: readonly Rule[] = [
  {
    pattern: new RegExp(`(?<!\\bthere +)\\b(?:is|are|was|were|be) +no +(?!(?:${COMPARISON})\\b)\\S+`, 'gi'),
    instead: 'write "is not a ..."',
  },
  { pattern: /\bwhoever\b/gi, instead: 'name who it is, or write "anybody who"' },
  { pattern: /\banew\b/gi, instead: 'write "again"' },
  { pattern: /\bfor +ever\b/gi, instead: 'write "permanently" or "forever"' },
  { pattern: /\bof +whom\b/gi, instead: 'write "whose"' },
  { pattern: /\btold\b/gi, instead: 'say what is passed, reported or configured' },
  { pattern: /\bwhat +is +wrong +ends +with +2\b/gi, instead: 'write "wrong usage exits with 2"' },
  { pattern: /\ban +`?uris?\b/gi, instead: 'write "a URI"' },
]

/** Names that have had several meanings. `rest` was a sleep, a list's tail and an HTTP style. */
const NAMES = new Set(['say', 'told', 'seen', 'shown', 'rest', 'solid', 'Lazy'])

/** Files whose words are not ours, or that have to name what is ruled out. */
const ALLOWED: readonly (readonly [path: RegExp, reason: string])[] = [
  [/^tools\/check-english\.ts$|^test\/tools\/english\.test\.ts$/, 'they hold the list'],
  [/^examples\/models\//, 'model cards and licenses as their publishers wrote them'],
  [/^docs\/reference\//, 'made from comments, which are checked where they stand'],
  [/^docs\/(?:errors\.md|openapi\.json)$/, 'made from comments, which are checked where they stand'],
]

const TREE = [
  '{src,packages,contracts,licenses,scripts,tools,test,bench,docs,examples,ignition,.github,.changeset}/**/*',
  '*.{md,ts}',
]
const OURS = /\.(?:ts|mjs|sol|md|yml|yaml|json|html|css|svg)$/
const SKIPPED = /(?:^|\/)(?:node_modules|dist|build|deployments|\.stemma)\//

/** The faults of one file, in its order. */
export function faultsIn(path: string, text: string): Fault[] {
  if (ALLOWED.some(([allowed]) => allowed.test(path))) return []
  const file = basename(path).split('.')[0]!
  const joined = text.replaceAll(/\n[ \t]*(?:\/\/\/?|\*(?!\/)|>)?/g, (wrap) => ' '.repeat(wrap.length))
  const found = [
    ...(NAMES.has(file) ? [{ index: 0, found: file, instead: 'name a file by what it exports' }] : []),
    ...RULES.flatMap(({ pattern, instead }) =>
      [...joined.matchAll(pattern)].map(({ 0: match, index }) => ({
        index,
        found: match.replaceAll(/ +/g, ' '),
        instead,
      })),
    ),
    ...(path.endsWith('.ts') ? declaredNames(path, text) : []).map(({ name, index }) => ({
      index,
      found: name,
      instead: 'choose a name with one meaning',
    })),
  ]
  return found
    .toSorted((a, b) => a.index - b.index)
    .map(({ index, ...fault }) => ({ path, line: text.slice(0, index).split('\n').length, ...fault }))
}

/** The names of {@link NAMES} that a TypeScript file declares. A name of somebody else that it merely uses does not count. */
function declaredNames(path: string, text: string): { name: string; index: number }[] {
  if (!Array.from(NAMES).some((name) => text.includes(name))) return []
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const found: { name: string; index: number }[] = []
  const visit = (node: ts.Node) => {
    if (ts.isIdentifier(node) && NAMES.has(node.text) && isDeclared(node)) {
      found.push({ name: node.text, index: node.getStart(file) })
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

function isDeclared(node: ts.Identifier): boolean {
  const { parent } = node
  const isUse = ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)
  return !isUse && 'name' in parent && parent.name === node
}

/** The text files of ours below a root, or those of them below some paths. */
function ourFiles(root: string, paths: readonly string[]): string[] {
  const patterns = paths.map((path) => {
    const inside = relative(root, path).replaceAll('\\', '/') || '.'
    return statSync(path).isDirectory() ? `${inside}/**/*` : inside
  })
  return globSync(paths.length > 0 ? patterns : TREE, { cwd: root, exclude: (path) => path === 'node_modules' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => OURS.test(path) && !SKIPPED.test(path))
    .toSorted()
}

if (process.argv[1] === import.meta.filename) {
  const root = join(import.meta.dirname, '..')
  const { positionals } = readOptions({}, true)
  const faults = ourFiles(root, positionals).flatMap((path) => faultsIn(path, readFileSync(join(root, path), 'utf8')))
  for (const { path, line, found, instead } of faults) console.log(`${path}:${line}: "${found}": ${instead}`)
  if (faults.length > 0) process.exitCode = 1
}
