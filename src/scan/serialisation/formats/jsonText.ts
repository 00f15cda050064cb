import { Entries, type Value } from './values.ts'

/** Most objects and lists that may be open at once. */
export const MAX_JSON_DEPTH = 200

const SPACE = /[\t\n\r ]*/y
const WORD = /-?Infinity|NaN|true|false|null|-?\d[\d.eE+-]*/y

/** Why a text was not read: `invalid` JSON, or nested `deep`er than {@link MAX_JSON_DEPTH}. */
export type JsonFault = { fault: 'invalid' | 'deep'; at: number }

/** JSON as Python reads it (`NaN` and `Infinity` too), with duplicate names kept. `end` is where the value ends. */
export function readJson(text: string, start = 0): { value: Value; end: number } | JsonFault {
  const reader = new Reader(text, start)
  try {
    const value = reader.value(0)
    return { value, end: reader.at }
  } catch (error) {
    if (error instanceof Fault) return { fault: error.kind, at: reader.at }
    throw error
  }
}

class Fault extends Error {
  readonly kind: 'invalid' | 'deep'

  constructor(kind: 'invalid' | 'deep') {
    super(kind)
    this.kind = kind
  }
}

class Reader {
  at: number
  readonly #text: string

  constructor(text: string, start: number) {
    this.#text = text
    this.at = text.charCodeAt(start) === 0xfeff ? start + 1 : start
  }

  value(depth: number): Value {
    if (depth > MAX_JSON_DEPTH) throw new Fault('deep')
    this.#take(SPACE)
    const next = this.#text[this.at]
    if (next === '{') return this.#object(depth)
    if (next === '[') return this.#list(depth)
    return next === '"' ? this.#string() : this.#word()
  }

  #object(depth: number): Entries {
    const list: [string, Value][] = []
    this.at++
    if (this.#skip('}')) return new Entries(list)
    do {
      this.#take(SPACE)
      const name = this.#string()
      if (!this.#skip(':')) throw new Fault('invalid')
      list.push([name, this.value(depth + 1)])
    } while (this.#skip(','))
    if (!this.#skip('}')) throw new Fault('invalid')
    return new Entries(list)
  }

  #list(depth: number): Value[] {
    const list: Value[] = []
    this.at++
    if (this.#skip(']')) return list
    do list.push(this.value(depth + 1))
    while (this.#skip(','))
    if (!this.#skip(']')) throw new Fault('invalid')
    return list
  }

  #string(): string {
    const start = this.at
    if (this.#text[start] !== '"') throw new Fault('invalid')
    let end = start
    // Not by one expression: an engine's stack is too small for very long strings.
    do {
      end = this.#text.indexOf('"', end + 1)
      if (end < 0) throw new Fault('invalid')
    } while (this.#isEscaped(start, end))
    this.at = end + 1
    const raw = this.#text.slice(start + 1, end)
    if (!raw.includes('\\')) return raw
    try {
      // Control characters become blanks first: a reader that is not strict takes them.
      return JSON.parse(`"${raw.replace(/\p{Cc}/gu, ' ')}"`) as string
    } catch {
      throw new Fault('invalid')
    }
  }

  #isEscaped(start: number, quote: number): boolean {
    let slashes = 0
    while (quote - 1 - slashes > start && this.#text[quote - 1 - slashes] === '\\') slashes++
    return slashes % 2 === 1
  }

  #word(): Value {
    const word = this.#take(WORD)
    if (word === 'true' || word === 'false') return word === 'true'
    if (word === 'null') return null
    if (word === '') throw new Fault('invalid')
    return Number(word)
  }

  #skip(mark: string): boolean {
    this.#take(SPACE)
    if (this.#text[this.at] !== mark) return false
    this.at++
    return true
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.at += found.length
    return found
  }
}
