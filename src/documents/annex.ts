import { canonicalJson } from '../core/canonicalJson.ts'
import { StemmaError } from '../core/errors.ts'
import { ZERO_DIGEST, type Digest } from '../core/hex.ts'
import { sha256Text } from '../core/sha256.ts'
import { quoted } from '../core/text.ts'
import { describeValue, FieldReader } from './fields.ts'

/** Most digests in an annex. */
export const MAX_ANNEX_ENTRIES = 256

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/

/**
 * Digests by name that a registration commits to besides its own: sketches by algorithm and version, such as
 * `minhash-tensors-1`, and what comes later. A name is 1 to 64 of a-z, 0-9, ".", "_" and "-", and begins with a letter or digit.
 */
export type Annex = { readonly [name: string]: Digest }

/** Reads the parsed JSON of an annex. @throws {@link AnnexError} naming the entry */
export function parseAnnex(value: unknown): Annex {
  const entries = Object.entries(read.object(value, 'the annex'))
  if (entries.length > MAX_ANNEX_ENTRIES) {
    return read.fail('the annex', `${entries.length} entries`, `at most ${MAX_ANNEX_ENTRIES}`)
  }
  const digests = entries.map(([name, digest]) => {
    if (!NAME.test(name)) read.fail(name, digest, 'a name of 1 to 64 of a-z, 0-9, ".", "_" and "-"')
    const parsed = read.digest(digest, name)
    if (parsed === ZERO_DIGEST) read.fail(name, parsed, 'a digest that is not zero')
    return [name, parsed] as const
  })
  return Object.fromEntries(digests)
}

/** The document of an annex: its canonical JSON (RFC 8785), whose SHA-256 is {@link annexDigest}. */
export function annexText(annex: Annex): string {
  return canonicalJson(parseAnnex(annex))
}

/** The `annex` of a registration: SHA-256 of the annex's document; zero when it has no entry. */
export function annexDigest(annex: Annex): Digest {
  return Object.keys(annex).length === 0 ? ZERO_DIGEST : sha256Text(annexText(annex))
}

/** Thrown when a value is not an annex. */
export class AnnexError extends StemmaError {
  override name = 'AnnexError'
  constructor(field: string, value: unknown, expected: string) {
    super(
      'ANNEX',
      `Invalid annex: ${quoted(field)} is ${describeValue(value)}, expected ${expected}. Correct the entry.`,
    )
  }
}

const read = new FieldReader((field, value, expected) => new AnnexError(field, value, expected))
