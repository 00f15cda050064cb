import { StemmaError } from './errors.ts'
import { ZERO_DIGEST, type Digest } from './hex.ts'
import { sha256Text } from './sha256.ts'

/** What JSON can say. Numbers are IEEE 754 doubles, as in RFC 8785. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue }

/** How deep canonical JSON may be nested. */
export const MAX_JSON_DEPTH = 64

/**
 * The one text that stands for a value by RFC 8785 (JSON Canonicalization Scheme): no white space, members sorted by the
 * UTF-16 units of their names, numbers as ECMAScript writes them.
 *
 * @throws {@link NotCanonicalJsonError} when the value is none of JSON's: `undefined`, a number that is not finite, a
 * bigint, a class instance, half a surrogate pair, or anything below {@link MAX_JSON_DEPTH} levels (so also a cycle)
 */
export function canonicalJson(value: unknown): string {
  return write(value, '$', 0)
}

/** SHA-256 of a value's canonical JSON in UTF-8. @throws {@link NotCanonicalJsonError} */
export function canonicalJsonDigest(value: unknown): Digest {
  return sha256Text(canonicalJson(value))
}

/**
 * The `method` of a registration: SHA-256 of the training description in canonical JSON, zero when there is none.
 *
 * @throws {@link NotCanonicalJsonError}
 */
export function methodDigest(description: { readonly [key: string]: unknown } | null | undefined): Digest {
  return description == null ? ZERO_DIGEST : canonicalJsonDigest(description)
}

function write(value: unknown, path: string, depth: number): string {
  if (depth > MAX_JSON_DEPTH) throw new NotCanonicalJsonError(path, `nesting below ${MAX_JSON_DEPTH} levels`)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return writeString(value, path)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new NotCanonicalJsonError(path, `the number ${value}`)
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) {
    // Array.from: a hole is undefined, which is refused below.
    return `[${Array.from(value, (item, index) => write(item, `${path}[${index}]`, depth + 1)).join(',')}]`
  }
  if (typeof value === 'object') {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== null && prototype !== Object.prototype) throw new NotCanonicalJsonError(path, 'a class instance')
    const members = Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${writeString(key, path)}:${write(member, `${path}.${key}`, depth + 1)}`)
    return `{${members.join(',')}}`
  }
  throw new NotCanonicalJsonError(path, typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`)
}

function writeString(text: string, path: string): string {
  if (/\p{Cs}/u.test(text)) throw new NotCanonicalJsonError(path, 'a string with half a surrogate pair')
  return JSON.stringify(text)
}

/** Thrown when a value has no canonical JSON. */
export class NotCanonicalJsonError extends StemmaError {
  override name = 'NotCanonicalJsonError'
  constructor(path: string, what: string) {
    const start = path.length > 100 ? `${path.slice(0, 100)}…` : path
    super(
      'NOT_CANONICAL_JSON',
      `${JSON.stringify(start)} is ${what}, which canonical JSON cannot express. Use null, booleans, finite numbers, well-formed strings, arrays and plain objects.`,
    )
  }
}
