import {
  InvalidHexError,
  isBytes32,
  parseAddress,
  parseStrictJson,
  StemmaError,
  utf8Length,
  type Address,
  type Hex,
} from 'stemma/core'

import { isAddress } from '../../app/address.ts'
import type { ActWords } from './words.ts'

/** What the fields of a form hold, all as text. */
export type Values = Readonly<Record<string, string>>

const MOST_BYTES = 2048
const MOST_TIME = 2 ** 40

/** Reads the fields of a form. What cannot be read is noted under the field's name, in words that say what to do. */
export class Reader {
  readonly errors = new Map<string, string>()
  readonly #values: Values
  readonly words: ActWords['errors']

  constructor(values: Values, words: ActWords['errors']) {
    this.#values = values
    this.words = words
  }

  /** The text of a field, without space around it. */
  text(name: string): string {
    return (this.#values[name] ?? '').trim()
  }

  /** Notes an error. The value that is returned stands in for one that could not be read: with errors, nothing is done with it. */
  fail(name: string, words: string): never {
    if (!this.errors.has(name)) this.errors.set(name, words)
    return undefined as never
  }

  /** 32 bytes: an id or a digest. */
  id<T extends Hex>(name: string): T {
    const text = this.text(name).replace(/^sha256:/i, '0x')
    const hex = /^[\da-f]{64}$/i.test(text) ? `0x${text}` : text
    if (!isBytes32(hex)) return this.fail(name, text === '' ? this.words.missing : this.words.id(short(text)))
    return hex.toLowerCase() as T
  }

  optionalId<T extends Hex>(name: string): T | undefined {
    return this.text(name) === '' ? undefined : this.id<T>(name)
  }

  account(name: string): Address {
    const text = this.text(name)
    if (!isAddress(text)) return this.fail(name, text === '' ? this.words.missing : this.words.account(short(text)))
    return parseAddress(text)
  }

  required(name: string, most = MOST_BYTES): string {
    const text = this.text(name)
    return text === '' ? this.fail(name, this.words.missing) : this.short(name, most)
  }

  /** A text of a limited length in UTF-8. */
  short(name: string, most = MOST_BYTES): string {
    const text = this.text(name)
    const length = utf8Length(text)
    return length > most ? this.fail(name, this.words.long(length, most)) : text
  }

  uri(name: string): string {
    const text = this.short(name) ?? ''
    return text === '' || /^[a-z][a-z\d+.-]*:\S+$/i.test(text) ? text : this.fail(name, this.words.uri(short(text)))
  }

  choice<T extends string>(name: string, choices: readonly T[]): T {
    const text = this.text(name)
    return choices.find((each) => each === text) ?? this.fail(name, this.words.choice)
  }

  list<T extends string>(name: string, choices: readonly T[]): T[] {
    const chosen = this.text(name).split(' ')
    return choices.filter((each) => chosen.includes(each))
  }

  isChecked(name: string): boolean {
    return this.text(name) === 'yes'
  }

  /** A whole number; 0 where nothing is said. */
  whole(name: string, most: bigint): bigint {
    const text = this.text(name).replaceAll(/[\s_']/g, '')
    if (text === '') return 0n
    if (!/^\d{1,30}$/.test(text)) return this.fail(name, this.words.whole(short(text)))
    return BigInt(text) > most ? this.fail(name, this.words.most(text, String(most))) : BigInt(text)
  }

  /** A time as the browser's field writes it, in Unix seconds. */
  time(name: string): number | undefined {
    const text = this.text(name)
    if (text === '') return undefined
    const seconds = Math.floor(new Date(text).getTime() / 1000)
    return Number.isSafeInteger(seconds) && seconds > 0 && seconds < MOST_TIME
      ? seconds
      : this.fail(name, this.words.time(short(text)))
  }

  /** An amount that is written in ether, in wei. */
  ether(name: string, otherwise: bigint): bigint {
    const text = this.text(name)
    if (text === '') return otherwise
    const [, whole = '', fraction = ''] = /^(\d{1,9})(?:\.(\d{1,18}))?$/.exec(text) ?? []
    return whole === '' ? this.fail(name, this.words.ether(short(text))) : BigInt(whole + fraction.padEnd(18, '0'))
  }

  /** A document in JSON or YAML, parsed by its own parser, whose words say what is wrong with it. */
  async document<T>(name: string, parse: (value: unknown) => T): Promise<T> {
    const text = this.text(name)
    if (text === '') return this.fail(name, this.words.missing)
    const value = await valueIn(text)
    return value === undefined ? this.fail(name, this.words.json(short(text))) : this.attempt(name, () => parse(value))
  }

  /** Runs a parser of the SDK, and notes its words under a field. */
  attempt<T>(name: string, run: () => T): T {
    try {
      return run()
    } catch (error) {
      if (error instanceof StemmaError || error instanceof InvalidHexError) return this.fail(name, error.message)
      throw error
    }
  }
}

/** The object that a document in JSON or YAML holds; undefined where it is neither. The parser of YAML comes when it is needed. */
async function valueIn(text: string): Promise<object | undefined> {
  try {
    return objectOf(parseStrictJson(text, 'The document'))
  } catch {
    const { yamlValue } = await import('./yaml.ts')
    try {
      return objectOf(yamlValue(text))
    } catch {
      return undefined
    }
  }
}

function objectOf(value: unknown): object | undefined {
  return typeof value === 'object' && value !== null ? value : undefined
}

/** The field that holds which registration a parent's name means; `external` for none. */
export function parentField(name: string): string {
  return `parent ${name}`
}

function short(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
