import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml'

/** Longest front matter that is read, in UTF-16 code units. Cards with thousands of benchmark results stay well below. */
export const MAX_FRONT_MATTER = 1024 * 1024
/** Most values that are read of one document, so that aliases cannot multiply without end. */
const MAX_VALUES = 200_000
const MAX_DEPTH = 50
/** Most aliases: to find what one stands for takes a walk over the document. */
const MAX_ALIASES = 100
/** Most fields that are read one by one where the YAML is broken. A card has few, each once. */
const MAX_BLOCKS = 100
/** Most brackets, and most names, in one line; and most brackets that stay open. More is made to cost time. */
const MAX_IN_LINE = 2000
const MAX_OPEN = 200

/** A field, or a part of a value, that names a base model. */
const BASE_FIELD = /base[ _-]?models?["']?[^\S\n]*:/i

/** A value of YAML with every scalar as the text that was written; null for an empty one. */
export type YamlValue = string | null | YamlValue[] | Map<string, YamlValue>

/** The fields of some front matter. */
export type FrontMatter = {
  /** Each field with its value; with one for each time that it stands there. */
  fields: ReadonlyMap<string, YamlValue[]>
  /** Lines that name a base model where no field could be read: it must not get lost. */
  hidden: readonly string[]
  /** What a person should know about the reading. */
  warnings: string[]
}

/**
 * Finds and reads the front matter of a model card: YAML between two lines of `---` at the top of a README.md. Never throws: a card is
 * written by anybody. Where the YAML as a whole cannot be read, each field is read by itself, and what is still not YAML is kept as bare text.
 *
 * @param isRead whether a field is read, by its name as it is written; others are not looked at where the YAML is broken
 */
export function readFrontMatter(text: string, isRead: (field: string) => boolean): FrontMatter {
  const warnings: string[] = []
  const yaml = findFrontMatter(text.replace(/\r\n?/g, '\n'), warnings)
  if (yaml === null) return { fields: new Map(), hidden: [], warnings }
  return readFields(yaml, isRead, warnings)
}

/** Reads all documents of a YAML file, each as far as it can be read; null when one cannot be. Never throws. */
export function readYaml(text: string): YamlValue[] | null {
  try {
    const values: YamlValue[] = []
    for (const part of text.replace(/\r\n?/g, '\n').split(/^---(?=\s|$)/m)) {
      const document = parse(part)
      if (document.errors.length > 0) return null
      if (document.contents !== null) values.push(new Converter(document).value(document.contents))
    }
    return values
  } catch {
    return null
  }
}

function findFrontMatter(text: string, warnings: string[]): string | null {
  const head = text.slice(0, MAX_FRONT_MATTER + 4096)
  const start = /^\ufeff?\s*---[^\S\n]*\n/.exec(head)
  if (start === null) {
    const below = lowerFrontMatter(head)
    if (below === null) {
      warnings.push(
        'README.md has no front matter (fields between two lines of "---" at its top), so parents, license and datasets are unknown.',
      )
      return null
    }
    warnings.push(
      'The front matter of README.md does not stand at its top, where the Hub looks for it. It was read all the same.',
    )
    return below
  }
  const body = head.slice(start[0].length)
  const end = /^---[^\S\n]*$/m.exec(body)
  if (end !== null) return body.slice(0, end.index)
  warnings.push(
    text.length > head.length
      ? `The front matter of README.md is longer than ${MAX_FRONT_MATTER} characters. What follows them was not read.`
      : 'The front matter of README.md has no second line of "---". The whole file was read as front matter.',
  )
  return body
}

/**
 * Front matter below the top of a text: what is between two lines of `---`, or after one, with a base model or a license. A base model without
 * such lines gives the whole text.
 */
function lowerFrontMatter(text: string): string | null {
  const license = /^["']?license["']?[^\S\n]*:/im
  const parts = text.split(/^---[^\S\n]*$/m)
  const found =
    parts.slice(1).find((part) => BASE_FIELD.test(part)) ?? parts.slice(1, -1).find((part) => license.test(part))
  return found ?? (/^["']?base[ _-]?models?["']?[^\S\n]*:/im.test(text) ? text : null)
}

function readFields(yaml: string, isRead: (field: string) => boolean, warnings: string[]): FrontMatter {
  const fields = new Map<string, YamlValue[]>()
  const add = (name: string, value: YamlValue) => {
    const values = fields.get(name)
    if (values === undefined) fields.set(name, [value])
    else values.push(value)
  }
  const whole = topFields(yaml)
  if (typeof whole !== 'string') {
    for (const [name, value] of whole) add(name, value)
    return { fields, hidden: [], warnings }
  }
  warnings.push(`The front matter of README.md is not YAML as a whole (${whole}). Each field was read by itself.`)
  const { blocks, stray } = blocksOf(yaml)
  const lost = [...stray]
  let parsed = 0
  for (const { name, text } of blocks) {
    const isBase = BASE_FIELD.test(`${name}:`)
    // What another field holds, a merge key may have brought to the top.
    if (!isBase) for (const line of text.split('\n')) lost.push(line)
    if (!isRead(name)) continue
    let block = ++parsed > MAX_BLOCKS ? 'too many' : topFields(text)
    // What follows a value in one line may belong to no field. Of base models nothing may be left out.
    if (typeof block === 'string' && !isBase) block = topFields(text.slice(0, text.indexOf('\n')))
    if (typeof block === 'string') add(name, bareText(text))
    else for (const [each, value] of block) add(each, value)
  }
  return { fields, hidden: lost.filter((line) => BASE_FIELD.test(line)).map((line) => line.trim()), warnings }
}

/** The text of a field that is not YAML, without its name and, in one line, without quotation marks. */
function bareText(block: string): string {
  return block.replace(/^["']?[\w -]+["']?[^\S\n]*:/, '').trim()
}

/** The names and values of a map of YAML, a name as often as it stands there; or why there are none. */
function topFields(yaml: string): [string, YamlValue][] | string {
  if (isBomb(yaml)) return 'it is nested too deeply'
  try {
    const lines = new LineCounter()
    const document = parse(yaml, lines)
    const [problem] = document.errors
    // The front matter begins after the line of "---".
    if (problem !== undefined)
      return `line ${lines.linePos(problem.pos[0]).line + 1}: ${PROBLEMS[problem.code] ?? problem.code}`
    if (document.contents === null) return []
    if (!isMap(document.contents)) return 'it is not a list of fields with a name each'
    return new Converter(document).pairs(document.contents, 0)
  } catch (error) {
    return error instanceof TooMuchError ? 'its aliases or levels are too many' : 'it is nested too deeply'
  }
}

/** Whether the YAML library would take long over a text: its time grows with the square of what is nested. */
function isBomb(yaml: string): boolean {
  let open = 0
  for (const line of yaml.split('\n')) {
    const begun = count(line, /[[{]/g)
    if (begun > MAX_IN_LINE || count(line, /:[^\S\n]|-[^\S\n]/g) > MAX_IN_LINE) return true
    open = Math.max(0, open + begun - count(line, /[\]}]/g))
    if (open > MAX_OPEN) return true
  }
  return false
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}

/** What the codes of the YAML library mean in a card. */
const PROBLEMS: Readonly<Record<string, string>> = {
  BAD_INDENT: 'a wrong indentation or an unclosed bracket',
  BAD_SCALAR_START: 'a value without quotes that starts with a reserved character',
  BLOCK_AS_IMPLICIT_KEY: 'a colon, a list or a map inside a value without quotes',
  MISSING_CHAR: 'an unclosed quote or bracket, or a colon without a space',
  MULTILINE_IMPLICIT_KEY: 'a value without a name, or a name of several lines',
  MULTIPLE_DOCS: 'several YAML documents',
  NON_STRING_KEY: 'a name that is not text',
  TAB_AS_INDENT: 'a tab as indentation',
  UNEXPECTED_TOKEN: 'an unexpected character',
}

function parse(yaml: string, lineCounter?: LineCounter): Document.Parsed {
  return parseDocument(yaml, {
    version: '1.2',
    // Every scalar is text, so that "1.0" stays what it is. Tags are not followed.
    schema: 'failsafe',
    resolveKnownTags: false,
    customTags: null,
    merge: false,
    strict: true,
    // The library compares each key with all others; here a name may stand twice.
    uniqueKeys: false,
    prettyErrors: false,
    // With "silent" a second document would be ignored and not refused.
    logLevel: 'error',
    ...(lineCounter && { lineCounter }),
  })
}

/** Turns nodes of YAML into values, follows aliases and merge keys, and stops where they multiply. */
class Converter {
  readonly #document: Document.Parsed
  #left = MAX_VALUES
  #aliases = MAX_ALIASES

  constructor(document: Document.Parsed) {
    this.#document = document
  }

  value(node: unknown, depth = 0): YamlValue {
    this.#left -= 1
    if (this.#left < 0 || depth > MAX_DEPTH) throw new TooMuchError()
    if (isAlias(node)) {
      if (--this.#aliases < 0) throw new TooMuchError()
      const target = node.resolve(this.#document)
      // An alias to nothing stays as it is written, so that it does not pass for an empty value.
      return target === undefined ? `*${node.source}` : this.value(target, depth + 1)
    }
    if (isSeq(node)) return node.items.map((item) => this.value(item, depth + 1))
    if (isMap(node)) return new Map(this.pairs(node, depth + 1))
    if (isPair(node)) return this.value(node.value, depth + 1)
    if (!isScalar(node)) return null
    const text = typeof node.value === 'string' ? node.value : String(node.value ?? '')
    return node.type === 'PLAIN' && ['', '~', 'null', 'Null', 'NULL'].includes(text) ? null : text
  }

  /** The pairs of a map. What a merge key (`<<`) brings in counts where the map does not have the name itself. */
  pairs(node: unknown, depth: number): [string, YamlValue][] {
    if (!isMap(node)) return []
    const own: [string, YamlValue][] = []
    const merged: [string, YamlValue][] = []
    for (const { key, value } of node.items) {
      const name = this.value(key, depth)
      const read = this.value(value, depth)
      if (name === '<<') for (const each of [read].flat()) if (each instanceof Map) merged.push(...each)
      if (name !== '<<' || !(read instanceof Map || Array.isArray(read))) own.push([nameOfKey(name), read])
    }
    const names = new Set(own.map(([name]) => name))
    return [...own, ...merged.filter(([name]) => !names.has(name))]
  }
}

function nameOfKey(key: YamlValue): string {
  return typeof key === 'string' ? key : ''
}

/** Splits front matter into its fields: a line that begins with a name and a colon, and what follows it. */
function blocksOf(yaml: string): { blocks: { name: string; text: string }[]; stray: string[] } {
  const blocks: { name: string; text: string }[] = []
  const stray: string[] = []
  const lines = yaml.split('\n')
  const indents = lines.filter((line) => /\S/.test(line)).map((line) => /^\s*/.exec(line)![0].length)
  const indent = Math.min(...indents)
  for (const line of lines.map((each) => each.slice(indent))) {
    if (/^(?:\.\.\.|---)\s*$/.test(line)) continue
    const start = /^(["']?)([A-Za-z_][\w -]*?)\1\s*:(?:\s|$)/.exec(line)
    if (start !== null) blocks.push({ name: start[2]!, text: `${line}\n` })
    else if (blocks.length > 0) blocks.at(-1)!.text += `${line}\n`
    else stray.push(line)
  }
  return { blocks, stray }
}

class TooMuchError extends Error {}
