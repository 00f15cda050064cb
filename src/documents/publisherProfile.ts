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
}

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
  const { country } = read.object(parseStrictJson(textOf(bytes), name), 'the profile')
  return country === undefined ? {} : { country: countryOf(country) }
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return read.fail('the profile', 'other bytes', 'text in UTF-8')
  }
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
