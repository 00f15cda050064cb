import type { Digest } from './hex.ts'
import { quoted } from './text.ts'

/** Makes the error that names a field, what it holds, and what was expected. */
export type FieldFailure = (field: string, value: unknown, expected: string) => Error

const DIGEST = /^0x[0-9a-f]{64}$/

/** Reads the fields of an object that somebody else may have written. Each method throws the error of the reader. */
export class FieldReader<Field extends string> {
  readonly #fields: Record<Field, unknown>
  readonly #fail: FieldFailure

  /** @param names the fields that the object may have */
  constructor(value: unknown, names: readonly Field[], fail: FieldFailure) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail('all of it', value, 'an object')
    const unknown = Object.keys(value).find((name) => !(names as readonly string[]).includes(name))
    if (unknown !== undefined) throw fail(quoted(unknown), 'a field', `one of the fields ${names.join(', ')}`)
    this.#fields = value as Record<Field, unknown>
    this.#fail = fail
  }

  count(field: Field, most: number): number {
    const number = this.#fields[field]
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0 || number > most) {
      throw this.#fail(field, number, `a whole number up to ${most}`)
    }
    return number
  }

  /** 32 bytes in lower-case hex. */
  digest(field: Field): Digest {
    return this.text(field, DIGEST, '0x and 64 lower-case hex digits') as Digest
  }

  word<T extends string>(field: Field, words: readonly T[]): T {
    const found = words.find((each) => each === this.#fields[field])
    if (found === undefined) throw this.#fail(field, this.#fields[field], `one of: ${words.join(', ')}`)
    return found
  }

  text(field: Field, pattern: RegExp, expected: string): string {
    const text = this.#fields[field]
    if (typeof text !== 'string' || !pattern.test(text)) throw this.#fail(field, text, expected)
    return text
  }
}
