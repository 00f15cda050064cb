import { termsIdOf, ZERO_DIGEST, type TermsId } from 'stemma/core'
import {
  findLicense,
  matchLicenseOfDraft,
  termsIdOfLicense,
  type LicenseEntry,
  type RegistrationDraft,
} from 'stemma/documents'
import { readConjunction } from 'stemma/interop'

import { LICENSES } from '../../api/library.ts'
import type { Reader } from './reader.ts'

const NONE = ZERO_DIGEST as string as TermsId

/** The terms that a field names: a license of the library by its id or an alias, terms by their id, or `none`. */
export function termsNamed(reader: Reader, field: string): TermsId {
  const name = reader.required(field)
  if (name === undefined || name === 'none') return NONE
  return name.startsWith('0x')
    ? reader.id(field)
    : (termsOfLibrary(name) ?? reader.fail(field, reader.words.license(name)))
}

/** The terms of the license that a draft states; none where it states none, or one that the library does not have. */
export function termsOfDraft(draft: RegistrationDraft): TermsId {
  const { entry } = matchLicenseOfDraft(LICENSES, draft)
  if (entry) return termsIdOfLicense(entry)
  const { license, licenseName } = draft.terms
  const stated = license === 'other' ? licenseName : (license ?? licenseName)
  return (stated && termsOfLibrary(stated)) || NONE
}

function termsOfLibrary(name: string): TermsId | undefined {
  const both = readConjunction(name, LICENSES)
  if (both) return 'terms' in both ? termsIdOf(both.terms) : undefined
  const entry: LicenseEntry | undefined =
    LICENSES.find(({ id }) => id === name) ?? findLicense(LICENSES, { license: name })
  return entry && !entry.unknown ? termsIdOfLicense(entry) : undefined
}
