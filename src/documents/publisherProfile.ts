import { COUNTRY_FORM, countryHint, isCountry, type Country } from '../core/countries.ts'
import { StemmaError } from '../core/errors.ts'
import { parseStrictJson } from '../core/json.ts'
import { quoted } from '../core/text.ts'
import { FieldReader, describeValue } from './fields.ts'

/** Longest profile document that is read for what it states, in bytes. */
export const MAX_PROFILE_BYTES = 65_536

/** What a publisher states of itself. Statements, which nothing proves; an accredited verifier may vouch for the whole document. */
export type PublisherProfile = {
  /** Where the publisher says that it is established. */
  country?: Country
  /** The DID under which the publisher issues credentials elsewhere, such as `did:web:acme.example`. */
  did?: string
  /** The thumbprints (RFC 7638) of the keys by which it signs them. */
  credentialKeys?: readonly string[]
}

/** Most keys that a profile may name. */
const MAX_CREDENTIAL_KEYS = 32

/**
 * Reads the profile document of a publisher: a JSON object, whose other fields are the publisher's own. The proof of names is one.
 *
 * @param name what the document is called in errors
 *
 * @throws {@link InvalidPublisherProfileError} when it is not an object, is too long, or states a country that does not exist
 * @throws `InvalidJsonError` when it is not JSON
 */
export function parsePublisherProfile(bytes: Uint8Array, name: string): PublisherProfile {
  if (bytes.length > MAX_PROFILE_BYTES) {
    return read.fail('the profile', `${bytes.length} bytes`, `at most ${MAX_PROFILE_BYTES} bytes`)
  }
  const { country, did, credentialKeys } = read.object(parseStrictJson(textOf(bytes), name), 'the profile')
  return {
    ...(country !== undefined && { country: countryOf(country) }),
    ...(did !== undefined && { did: didOf(did) }),
    ...(credentialKeys !== undefined && { credentialKeys: keysOf(credentialKeys) }),
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return read.fail('the profile', 'other bytes', 'text in UTF-8')
  }
}

/** Reads the DID of a profile. @throws {@link InvalidPublisherProfileError} */
function didOf(value: unknown): string {
  const isDid = typeof value === 'string' && /^did:[a-z0-9]+:[\w.:%~-]{1,500}$/.test(value)
  return isDid ? value : read.fail('did', value, 'a DID, such as did:web:acme.example')
}

/** Reads the keys of a profile. @throws {@link InvalidPublisherProfileError} */
function keysOf(value: unknown): string[] {
  const isKey = (key: unknown): key is string => typeof key === 'string' && /^[\w-]{43}$/.test(key)
  if (Array.isArray(value) && value.length <= MAX_CREDENTIAL_KEYS && value.every(isKey)) return value
  return read.fail('credentialKeys', value, `at most ${MAX_CREDENTIAL_KEYS} thumbprints of keys (RFC 7638)`)
}

/** Reads the country of a profile. @throws {@link InvalidPublisherProfileError} */
function countryOf(value: unknown): Country {
  return isCountry(value) ? value : read.fail('country', value, COUNTRY_FORM, countryHint(value))
}

/** Thrown when the profile document of a publisher is malformed. */
export class InvalidPublisherProfileError extends StemmaError {
  override name = 'InvalidPublisherProfileError'
  constructor(field: string, value: unknown, expected: string, hint = '') {
    super(
      'INVALID_PUBLISHER_PROFILE',
      `Invalid profile of a publisher: ${quoted(field)} is ${describeValue(value)}, expected ${expected}. Correct the document.${hint}`,
    )
  }
}

const read = new FieldReader((...fault) => new InvalidPublisherProfileError(...fault))
