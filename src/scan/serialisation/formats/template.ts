import { parse, tokenize } from '@huggingface/jinja'

import { quoted } from '../../../core/text.ts'
import type { FormatReader, Judge } from '../../ports.ts'
import { baseNameOf, textOf } from './content.ts'
import { FindingLimit } from './findingLimit.ts'
import { TEMPLATE_GLOBALS } from './names.ts'

/** Longest chat template that is read, in characters. Real ones have some thousands. */
export const MAX_TEMPLATE = 262_144
/** Most brackets that may be open, most statements, and most operators that join texts. */
const TEMPLATE_LIMITS = { open: 100, statements: 20_000, joins: 2000 }

/** Methods of texts, lists and objects that only compute values. */
const TEMPLATE_METHODS = [
  'strip',
  'lstrip',
  'rstrip',
  'split',
  'rsplit',
  'splitlines',
  'partition',
  'rpartition',
  'items',
  'keys',
  'values',
  'get',
  'startswith',
  'endswith',
  'upper',
  'lower',
  'title',
  'capitalize',
  'replace',
  'append',
  'extend',
  'insert',
  'pop',
  'update',
  'join',
  'format',
  'count',
  'index',
  'find',
  'rfind',
  'removeprefix',
  'removesuffix',
  'isdigit',
  'isalpha',
  'isspace',
  'isupper',
  'islower',
  'strftime',
  'setdefault',
  'zfill',
  'ljust',
  'rjust',
  'center',
  'copy',
] as const
const ESCAPE_GLOBALS = [
  'self',
  'lipsum',
  'cycler',
  'joiner',
  'config',
  'request',
  'url_for',
  'get_flashed_messages',
  'open',
  'eval',
  'exec',
  'getattr',
  'setattr',
  'vars',
  'globals',
  'locals',
  'type',
  'compile',
  'import_module',
  'os',
  'sys',
  'subprocess',
  'builtins',
  'session',
  'g',
  'context',
  'environment',
  'application',
  'app',
]
const ESCAPE_METHODS =
  /^(mro|popen|system|read|write|load|loads|eval|exec|subclasses|format_map|translate|maketrans|communicate|import_string|import_module|spawn|call|run|check_output|encode|decode|environ|modules)$/
const ESCAPE_ATTRIBUTES =
  /^(_|func_globals|func_code|gi_(frame|code)|cr_(frame|code)|ag_(frame|code)|tb_frame|tb_next|f_(back|globals|builtins|locals|code)|mro$|environ$|popen$)/
/** Filters that make texts, so that a name can be hidden in pieces. */
const MAKING_FILTERS = [
  'join',
  'format',
  'replace',
  'reverse',
  'lower',
  'upper',
  'string',
  'trim',
  'first',
  'last',
  'list',
  'urlencode',
  'escape',
  'e',
  'safe',
  'title',
  'capitalize',
  'batch',
  'slice',
  'select',
  'random',
  'b64decode',
  'from_json',
]
const ATTRIBUTE_FILTERS = [
  'map',
  'selectattr',
  'rejectattr',
  'groupby',
  'sum',
  'sort',
  'unique',
  'min',
  'max',
  'join',
  'dictsort',
]
const ESCAPED_UNDERSCORE = /\\(x5f|u005f|U0000005f|137|N\{LOW LINE\})/i

/** What else decides what is found in templates; part of the digest of the ruleset. */
export const TEMPLATE_SETTINGS = {
  methods: TEMPLATE_METHODS,
  escapeGlobals: ESCAPE_GLOBALS,
  escapeMethods: ESCAPE_METHODS.source,
  escapeAttributes: ESCAPE_ATTRIBUTES.source,
  attributeFilters: ATTRIBUTE_FILTERS,
  makingFilters: MAKING_FILTERS,
  limits: { characters: MAX_TEMPLATE, ...TEMPLATE_LIMITS },
}

/** Judges a file that is a chat template, by its name: its content may be any text. */
export const readTemplateFile: FormatReader = (content, judge) => {
  if (!/\.(jinja2?|j2)$/.test(baseNameOf(content))) return false
  const text = textOf(content, 4 * MAX_TEMPLATE)
  if (text === null) judge.found({ rule: 'template.unread', what: `A template of ${content.size} bytes` })
  else judgeTemplate(text, judge)
  return true
}

/** Judges a chat template by its syntax tree; nothing of it is ever rendered. */
export function judgeTemplate(source: string, judge: Pick<Judge, 'found'>, where = 'The template'): void {
  const limit = new FindingLimit(judge)
  const add = (rule: string, what: string, level?: 'unknown') => limit.found({ rule, what: `${where} ${what}`, level })
  const text = source.replace(/\{%[-+]?\s*(end)?generation\s*[-+]?%\}/g, '')
  const loaded = /\{%[-+]?\s*(import|include|from|extends)\b/.exec(text)
  if (loaded !== null) add('template.escape', `has the statement ${quoted(loaded[1]!)}, which loads another template`)
  const tags = [...tagsIn(text)]
  if (tags.some((tag) => ESCAPED_UNDERSCORE.test(tag)))
    add('template.escape', 'writes "_" by its number, which hides a name')
  const fault = text.length > MAX_TEMPLATE ? `has ${text.length} characters` : faultIn(text)
  const tree = fault === null ? treeOf(text) : null
  if (tree === null) add('template.unread', fault ?? 'cannot be parsed')
  else new Walk(tree, add).judge()
  // What cannot be parsed is still searched: renderers may take more than this parser does.
  if (tree === null) {
    const name = tags.map((tag) => /(__\w+__|\|\s*attr\b)/.exec(tag)?.[1]).find((each) => each !== undefined)
    if (name !== undefined) add('template.escape', `uses ${quoted(name)}`)
  }
  limit.end()
}

/** The tags of a template. Goes over the text once, however many tags never end. */
function* tagsIn(text: string): Generator<string> {
  const [opening, closing] = [/\{[{%]/g, /[}%]\}/g]
  for (let found = opening.exec(text); found !== null; found = opening.exec(text)) {
    closing.lastIndex = opening.lastIndex
    if (closing.exec(text) === null) return
    yield text.slice(found.index, closing.lastIndex)
    opening.lastIndex = closing.lastIndex
  }
}

function faultIn(text: string): string | null {
  let open = 0
  let joins = 0
  let statements = 0
  let most = 0
  for (const mark of text) {
    if ('([{'.includes(mark)) most = Math.max(most, ++open)
    else if (')]}'.includes(mark)) open = Math.max(0, open - 1)
    if (mark === '{') statements++
    if (mark === '~' || mark === '+') joins++
  }
  if (most > TEMPLATE_LIMITS.open) return 'is nested too deeply'
  // The rules look at what is joined from each operator on.
  if (joins > TEMPLATE_LIMITS.joins) return 'joins too many texts'
  return statements > TEMPLATE_LIMITS.statements ? 'has too many statements' : null
}

/** A node of the tree, as the parser makes it. */
type Node = { type: string; [part: string]: unknown }

function treeOf(text: string): Node | null {
  try {
    return parse(tokenize(text, { lstrip_blocks: true, trim_blocks: true })) as unknown as Node
  } catch {
    // The parser throws plain errors, and RangeError when the stack is exhausted.
    return null
  }
}

type Add = (rule: string, what: string, level?: 'unknown') => void

class Walk {
  readonly #nodes: Node[]
  readonly #add: Add
  /** Filters and tests, whose names are not globals. */
  readonly #filters: ReadonlySet<unknown>
  /** Names that the template itself defines. */
  readonly #defined = new Set<string>()
  /** Names whose values are texts that are put together. */
  readonly #made = new Set<string>()
  /** Names, and members of names, whose values are texts that the template writes out. */
  readonly #texts = new Set<string>()
  /** Names whose values are instructions. */
  readonly #instructions = new Set<string>()
  /** Names whose values come from what a user wrote. */
  readonly #contents = new Set<string>()

  constructor(tree: Node, add: Add) {
    this.#nodes = [...nodesIn(tree)]
    this.#add = add
    this.#filters = new Set(this.#nodes.flatMap(({ filter, test }) => [filter, test]))
    this.#learn()
  }

  judge(): void {
    for (const node of this.#nodes) {
      if (node.type === 'MemberExpression') this.#member(node)
      else if (node.type === 'CallExpression') this.#call(node)
      else if (node.type === 'FilterExpression' || node.type === 'FilterStatement') this.#filter(node.filter as Node)
      else if (node.type === 'TestExpression') continue
      else if (node.type === 'BinaryExpression') this.#joined(node)
      else if (node.type === 'Identifier' && isDunder(String(node.value)))
        this.#escape(`names ${quoted(String(node.value))}`)
      else if (node.type === 'If' || node.type === 'Ternary') this.#branches(node)
      else if (node.type === 'For') this.#selected(node)
      else if (node.type === 'ArrayLiteral' || node.type === 'TupleLiteral') this.#pieces(node)
    }
  }

  #escape(what: string): void {
    this.#add('template.escape', what)
  }

  #learn(): void {
    for (const node of this.#nodes) {
      if (node.type === 'Macro') this.#defined.add(String((node.name as Node).value))
      if (node.type === 'Macro') for (const each of node.args as Node[]) this.#define(each)
      if (node.type === 'For') this.#define(node.loopvar as Node)
      if (node.type === 'CallStatement') for (const each of (node.callerArgs as Node[] | null) ?? []) this.#define(each)
      if (node.type === 'Set') this.#define(node.assignee as Node)
    }
    // Twice, since a name may be made of a name that is made further below, in a loop.
    for (let round = 0; round < 2; round++) {
      for (const node of this.#nodes) {
        if (node.type !== 'Set' || node.value === null) continue
        const names = namesOf(node.assignee as Node)
        this.#learnTexts(names, node.value as Node)
        if (this.#isMade(node.value as Node)) for (const name of names) this.#made.add(name)
        if (this.#isContent(node.value as Node)) for (const name of names) this.#contents.add(name)
      }
    }
  }

  /** Learns which names stand for texts: `set u = '_'`, and the members of `namespace(u='_')` and of `{'u': '_'}`. */
  #learnTexts(names: readonly string[], value: Node): void {
    if (value.type === 'StringLiteral') {
      for (const name of names) this.#texts.add(name)
      if (isInstruction(value)) for (const name of names) this.#instructions.add(name)
    }
    for (const node of nodesIn(value)) {
      if (node.type === 'KeywordArgumentExpression' && (node.value as Node).type === 'StringLiteral')
        for (const name of names) this.#texts.add(`${name}.${String((node.key as Node).value)}`)
      if (node.type === 'ObjectLiteral')
        for (const [key, each] of node.value as Map<Node, Node>)
          if (each.type === 'StringLiteral') for (const name of names) this.#texts.add(`${name}.${String(key.value)}`)
    }
  }

  /** Whether an operand is a text that the template writes out. */
  #isText(node: Node): boolean {
    if (node.type === 'StringLiteral') return true
    if (node.type === 'Identifier') return this.#texts.has(String(node.value))
    if (node.type !== 'MemberExpression') return false
    const { object, property } = node as unknown as { object: Node; property: Node }
    return object.type === 'Identifier' && this.#texts.has(`${String(object.value)}.${String(property.value)}`)
  }

  #define(target: Node): void {
    for (const name of namesOf(target)) this.#defined.add(name)
  }

  #member(node: Node): void {
    const property = node.property as Node
    const literal = property.type === 'StringLiteral' || (node.computed !== true && property.type === 'Identifier')
    if (literal) {
      const name = String(property.value)
      if (ESCAPE_ATTRIBUTES.test(name)) this.#escape(`reaches for the attribute ${quoted(name)}`)
    } else if (this.#isMade(property)) this.#escape('puts the name of an attribute together')
    const object = node.object as Node
    if (object.type === 'Identifier' && this.#isEscape(String(object.value)))
      this.#escape(`reaches into ${quoted(String(object.value))}`)
  }

  #isEscape(name: string): boolean {
    return ESCAPE_GLOBALS.includes(name) && !this.#defined.has(name)
  }

  #call(node: Node): void {
    const callee = node.callee as Node
    if (callee.type === 'Identifier') {
      const name = String(callee.value)
      if (this.#isEscape(name)) this.#escape(`calls ${quoted(name)}`)
      else if (!this.#defined.has(name) && !isGlobal(name) && !this.#isFilter(node))
        this.#add(
          'template.escape',
          `calls ${quoted(name)}, which renderers of chat templates do not define`,
          'unknown',
        )
    } else if (callee.type === 'MemberExpression') this.#method(callee)
    else this.#escape('calls what a call returned')
  }

  /** Whether a call is the arguments of a filter, whose name is not a global. */
  #isFilter(call: Node): boolean {
    return this.#filters.has(call)
  }

  #method(callee: Node): void {
    const property = callee.property as Node
    if (callee.computed === true) return this.#escape('calls an attribute by a computed name')
    const name = String(property.value)
    if (ESCAPE_METHODS.test(name)) this.#escape(`calls the method ${quoted(name)}`)
    else if (name === 'format' && (callee.object as Node).type !== 'StringLiteral')
      this.#escape('formats by a computed pattern')
    else if (name === 'format' && /\{[^{}]*[._[]\s*_|\{[^{}]*\._/.test(String((callee.object as Node).value)))
      this.#escape('reaches for an attribute in a pattern of format')
    else if (!(TEMPLATE_METHODS as readonly string[]).includes(name) && !ESCAPE_ATTRIBUTES.test(name))
      this.#add('template.escape', `calls the method ${quoted(name)}`, 'unknown')
  }

  #filter(filter: Node): void {
    const name = String(filter.type === 'CallExpression' ? (filter.callee as Node).value : filter.value)
    if (name === 'attr') this.#escape('uses the filter attr')
    if (filter.type !== 'CallExpression' || !ATTRIBUTE_FILTERS.includes(name)) return
    for (const [index, argument] of (filter.args as Node[]).entries()) {
      const isKeyword = argument.type === 'KeywordArgumentExpression'
      const isName = isKeyword
        ? ['attribute', 'by'].includes(String((argument.key as Node).value))
        : index === 0 && name !== 'join'
      const value = (isKeyword ? argument.value : argument) as Node
      if (value.type === 'StringLiteral') {
        const text = String(value.value)
        if (text === 'attr' && name === 'map') this.#escape('uses the filter attr through map')
        if (text.split('.').some((part) => ESCAPE_ATTRIBUTES.test(part)))
          this.#escape(`reaches for the attribute ${quoted(text)}`)
      } else if (isName && this.#isMade(value)) this.#escape(`gives ${name} a name that is put together`)
    }
  }

  /** Texts that are joined from literals, and are a hidden name when joined. */
  #joined(node: Node): void {
    const text = foldedOf(node)
    if (text !== null && /__\w|\w__/.test(text)) this.#escape(`puts ${quoted(text.slice(0, 60))} together`)
  }

  #pieces(node: Node): void {
    const parts = (node.value as Node[]).map(foldedOf)
    if (parts.length < 2 || parts.includes(null)) return
    const text = parts.join('')
    if (/__\w+__/.test(text)) this.#escape(`puts ${quoted(text.slice(0, 60))} together`)
  }

  /** Whether an expression makes a text of pieces, or is a name that stands for one. */
  #isMade(expression: Node): boolean {
    for (const node of nodesIn(expression)) {
      if (node.type === 'Identifier' && this.#made.has(String(node.value))) return true
      if (node.type === 'StringLiteral' && isDunder(String(node.value))) return true
      if (node.type === 'BinaryExpression' && ['~', '+', '*', '%'].includes(String((node.operator as Node).value)))
        if ((node.operator as Node).value === '~' || [...nodesIn(node)].some((each) => this.#isText(each))) return true
      if (node.type === 'FilterExpression') {
        const filter = node.filter as Node
        const name = String(filter.type === 'CallExpression' ? (filter.callee as Node).value : filter.value)
        if (MAKING_FILTERS.includes(name) && hasText(node.operand as Node)) return true
      }
      if (node.type === 'CallExpression' && (node.callee as Node).type === 'MemberExpression') {
        const { object, property } = node.callee as Node
        const makes = ['join', 'replace', 'format', 'lower', 'upper', 'strip', 'title', 'capitalize'].includes(
          String((property as Node).value),
        )
        if (makes && hasText(object as Node)) return true
      }
      if (
        node.type === 'MemberExpression' &&
        (node.property as Node).type === 'SliceExpression' &&
        (node.object as Node).type === 'StringLiteral'
      )
        return true
    }
    return false
  }

  #isContent(expression: Node): boolean {
    for (const node of nodesIn(expression)) {
      if (node.type === 'Identifier' && this.#contents.has(String(node.value))) return true
      if (node.type === 'MemberExpression' && ['content', 'text'].includes(String((node.property as Node).value)))
        return true
    }
    return false
  }

  /** A branch that is taken for some words of a user, or from some day on, and that says something to the model. */
  #branches(node: Node): void {
    const test = (node.test ?? node.condition) as Node | undefined
    if (test === undefined) return
    this.#branch(test, (node.body ?? node.trueExpr) as Node | Node[])
    const isNegated = test.type === 'UnaryExpression' || String((test.operator as Node | undefined)?.value) === 'not in'
    const other = (node.alternate ?? node.falseExpr) as Node | Node[] | undefined
    if (isNegated && other !== undefined) this.#branch(test, other)
  }

  /** The turns of a loop that goes over the messages with some words only. */
  #selected(node: Node): void {
    const { type, test } = node.iterable as Node
    if (type === 'SelectExpression') this.#branch(test as Node, node.body as Node[])
  }

  #branch(test: Node, body: Node | Node[]): void {
    if (!this.#dependsOnWords(test)) return
    const said = [...nodesIn(body)].find(
      (each) => isInstruction(each) || (each.type === 'Identifier' && this.#instructions.has(String(each.value))),
    )
    if (said !== undefined)
      this.#add(
        'template.behaviour',
        `adds ${quoted(String(said.value).trim().slice(0, 80))} when a text of the user has certain words, or on certain days`,
      )
  }

  #dependsOnWords(test: Node): boolean {
    const nodes = [...nodesIn(test)]
    const words = nodes.filter(
      ({ type, value }) =>
        type === 'StringLiteral' &&
        /[\p{L}\d]{2}/u.test(String(value)) &&
        !/[<>[\]{}|#]/.test(String(value)) &&
        !['content', 'text', 'role', 'user', 'system', 'assistant', 'tool', 'type'].includes(String(value)),
    )
    const byDay = nodes.some(({ type, value }) => type === 'Identifier' && value === 'strftime_now')
    return words.length > 0 && (this.#isContent(test) || byDay)
  }
}

function isInstruction({ type, value }: Node): boolean {
  return type === 'StringLiteral' && /(\p{L}{2,}[\s,.'’-]+){3,}\p{L}{2,}/u.test(String(value))
}

function isGlobal(name: string): boolean {
  return (TEMPLATE_GLOBALS as readonly string[]).includes(name)
}

function isDunder(name: string): boolean {
  return /^__|__$|__\w+__/.test(name)
}

function hasText(node: Node): boolean {
  return [...nodesIn(node)].some(
    ({ type }) => type === 'StringLiteral' || type === 'ArrayLiteral' || type === 'TupleLiteral',
  )
}

/** The text that joined literals are; null when anything but literals is joined. */
function foldedOf(node: Node): string | null {
  if (node.type === 'StringLiteral') return String(node.value)
  if (node.type !== 'BinaryExpression' || !['~', '+'].includes(String((node.operator as Node).value))) return null
  const left = foldedOf(node.left as Node)
  const right = left === null ? null : foldedOf(node.right as Node)
  return left === null || right === null ? null : left + right
}

function namesOf(target: Node): string[] {
  return [...nodesIn(target.type === 'KeywordArgumentExpression' ? (target.key as Node) : target)]
    .filter(({ type }) => type === 'Identifier')
    .map(({ value }) => String(value))
}

/** All nodes below one, and itself. */
function* nodesIn(root: Node | Node[]): Generator<Node> {
  const open: unknown[] = [root]
  while (open.length > 0) {
    const each = open.pop()
    if (each instanceof Map) open.push(...each.keys(), ...each.values())
    else if (Array.isArray(each)) for (let index = each.length - 1; index >= 0; index--) open.push(each[index])
    else if (typeof each === 'object' && each !== null) {
      if ('type' in each && typeof each.type === 'string') yield each as Node
      for (const part of Object.values(each)) if (typeof part === 'object' && part !== null) open.push(part)
    }
  }
}
