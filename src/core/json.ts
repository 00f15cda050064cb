import { StemmaError } from './errors.ts'
import { quoted } from './text.ts'

/** How {@link parseStrictJson} reads. */
export type StrictJsonOptions = {
  /** How many objects and lists may be open at once; 32 by default. */
  maxDepth?: number
  /**
   * Reads a number as null unless it is written as a plain whole number from 0, so 1.0, 1e0, -0 and -1 are null. Readers in
   * languages with integer types refuse such numbers, where `JSON.parse` makes integers of the first three.
   */
  plainIntegers?: boolean
}

/**
 * Parses untrusted JSON more strictly than `JSON.parse`. Refuses duplicate names in an object, as two readers may then see
 * two values, deep nesting, and more parts than a reader has memory for: at most {@link MOST_JSON_VALUES} objects and lists, and as many
 * names in objects.
 *
 * @param what the subject of error messages, such as `The header of "model.safetensors"`
 *
 * @throws {@link InvalidJsonError} {@link DuplicateJsonNameError} {@link JsonTooDeepError} {@link JsonTooLargeError}
 */
export function parseStrictJson(text: string, what: string, options: StrictJsonOptions = {}): unknown {
  const { maxDepth = 32, plainIntegers = false } = options
  checkCounts(text, what)
  const value = parse(text, what)
  const numbers = scan(text, what, maxDepth, plainIntegers)
  return numbers.length > 0 ? parse(withNulls(text, numbers), what) : value
}

/**
 * Most objects and lists of a text that {@link parseStrictJson} reads, and most names in its objects. An empty object takes two characters,
 * and thirty times as many bytes of memory.
 */
export const MOST_JSON_VALUES = 2_000_000

/** Counts what takes memory once it is parsed, in a text that need not be JSON. @throws {@link JsonTooLargeError} */
function checkCounts(text: string, what: string): void {
  // Each takes two characters and a comma.
  if (text.length < 3 * MOST_JSON_VALUES) return
  let [values, names] = [0, 0]
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) {
      for (at++; at < text.length && text.charCodeAt(at) !== QUOTE; at++) if (text.charCodeAt(at) === BACKSLASH) at++
    } else if (unit === 0x7b || unit === 0x5b) {
      if (++values > MOST_JSON_VALUES) throw new JsonTooLargeError(what, `${MOST_JSON_VALUES} objects and lists`)
    } else if (unit === COLON && ++names > MOST_JSON_VALUES) {
      throw new JsonTooLargeError(what, `${MOST_JSON_VALUES} names`)
    }
  }
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new InvalidJsonError(what, text, cause)
  }
}

type Span = readonly [start: number, end: number]

function withNulls(text: string, spans: readonly Span[]): string {
  let result = ''
  let copied = 0
  for (const [start, end] of spans) {
    result += `${text.slice(copied, start)}null`
    copied = end
  }
  return result + text.slice(copied)
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const MINUS = 0x2d
const BACKSLASH = 0x5c
const NUMBER = /[-+.eE\d]+/y
const PLAIN_INTEGER = /^\d+$/

/** Checks names and depth of a text that is known to be JSON. Returns, where they are asked for, the places of numbers that are not plain whole ones. */
function scan(text: string, what: string, maxDepth: number, findsNumbers: boolean): Span[] {
  // One entry for each open object (its names so far) and list (undefined).
  const open: (Set<string> | undefined)[] = []
  const numbers: Span[] = []
  let names: Set<string> | undefined
  let isName = false
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) {
      const start = at
      for (at++; text.charCodeAt(at) !== QUOTE; at++) if (text.charCodeAt(at) === BACKSLASH) at++
      if (names === undefined || !isName) continue
      const name = JSON.parse(text.slice(start, at + 1)) as string
      if (names.has(name)) throw new DuplicateJsonNameError(what, name)
      names.add(name)
      isName = false
    } else if (unit === COMMA) {
      isName = true
    } else if (unit === 0x7b || unit === 0x5b) {
      if (open.length === maxDepth) throw new JsonTooDeepError(what, maxDepth)
      names = unit === 0x7b ? new Set() : undefined
      isName = true
      open.push(names)
    } else if (unit === 0x7d || unit === 0x5d) {
      open.pop()
      names = open.at(-1)
    } else if (findsNumbers && (unit === MINUS || (unit >= 0x30 && unit <= 0x39))) {
      NUMBER.lastIndex = at
      const number = NUMBER.exec(text)![0]
      if (!PLAIN_INTEGER.test(number)) numbers.push([at, at + number.length])
      at += number.length - 1
    }
  }
  return numbers
}

/** Longest text in which the place of a fault is looked for, in characters. */
const MOST_SEARCHED = 1_000_000
const TOKEN =
  /[\t\n\r ]*(?:("(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)|([{}[\],:]))/uy

/** What may come next in a JSON text. */
type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | ':' | ', or end' | 'end'

/** Where a text stops being JSON, as a line and a column from 1. */
function placeOfFault(text: string): string {
  if (text.length > MOST_SEARCHED) return ''
  const before = text.slice(0, faultIn(text))
  const line = before.split('\n').length
  return ` (line ${line}, column ${before.length - before.lastIndexOf('\n')})`
}

/** The offset of the first token that cannot stand where it does. Engines report it in different ways, or not at all. */
function faultIn(text: string): number {
  const open: ('{' | '[')[] = []
  let expected: Expected = 'value'
  const closed = (): Expected => (open.length > 0 ? ', or end' : 'end')
  for (let at = 0; ;) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    const start =
      match === null
        ? at + /^[\t\n\r ]*/.exec(text.slice(at))![0].length
        : TOKEN.lastIndex - match[0].trimStart().length
    if (match === null) return start
    at = TOKEN.lastIndex
    const [, string, scalar, mark] = match
    const isValue = expected === 'value' || expected === 'value or ]'
    if (isValue && (string ?? scalar) !== undefined) expected = closed()
    else if (isValue && (mark === '{' || mark === '[')) {
      open.push(mark)
      expected = mark === '{' ? 'name or }' : 'value or ]'
    } else if (string !== undefined && (expected === 'name' || expected === 'name or }')) expected = ':'
    else if (mark === ':' && expected === ':') expected = 'value'
    else if (mark === ',' && expected === ', or end') expected = open.at(-1) === '{' ? 'name' : 'value'
    else if (mark === '}' && open.at(-1) === '{' && (expected === 'name or }' || expected === ', or end')) {
      open.pop()
      expected = closed()
    } else if (mark === ']' && open.at(-1) === '[' && (expected === 'value or ]' || expected === ', or end')) {
      open.pop()
      expected = closed()
    } else return start
  }
}

/** Thrown when a text is not valid JSON. */
export class InvalidJsonError extends StemmaError {
  override name = 'InvalidJsonError'
  constructor(what: string, text: string, cause: unknown) {
    // The engine's own message may quote the text, controls and all.
    super(
      'INVALID_JSON',
      `${what} is not JSON${placeOfFault(text)}. Expected RFC 8259 JSON in UTF-8; the file may be damaged.`,
      { cause },
    )
  }
}

/** Thrown when a JSON object has a duplicate name. */
export class DuplicateJsonNameError extends StemmaError {
  override name = 'DuplicateJsonNameError'
  constructor(what: string, name: string) {
    super(
      'DUPLICATE_JSON_NAME',
      `${what} has the name ${quoted(name)} twice in one object. Readers would disagree about its value; remove one.`,
    )
  }
}

/** Thrown when JSON is nested too deeply. */
export class JsonTooDeepError extends StemmaError {
  override name = 'JsonTooDeepError'
  constructor(what: string, maxDepth: number) {
    super(
      'JSON_TOO_DEEP',
      `${what} has more than ${maxDepth} levels of nesting, which no valid file needs. Do not use the file.`,
    )
  }
}

/** Thrown when JSON has more objects, lists or names than its reader has memory for. */
export class JsonTooLargeError extends StemmaError {
  override name = 'JsonTooLargeError'
  constructor(what: string, most: string) {
    super('JSON_TOO_LARGE', `${what} has more than ${most}. Do not use the file, or split it.`)
  }
}
