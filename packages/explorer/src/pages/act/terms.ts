import type { Terms } from 'stemma/core'
import { findLicense, parseLicense, termsOfLicense, type LicenseEntry } from 'stemma/documents'

import { LICENSES } from '../../api/library.ts'
import type { Reader } from './reader.ts'

/** The terms that a form publishes: those of a file as the library has them, else of a license of the library. */
export async function termsIn(reader: Reader): Promise<Terms> {
  const field = reader.text('termsFile') === '' ? 'license' : 'termsFile'
  const entry =
    field === 'license'
      ? (inLibrary(reader.required(field)) ?? reader.fail(field, reader.words.license(reader.text(field))))
      : await reader.document(field, (value) => parseLicense(value, 'the file'))
  return reader.attempt(field, () => entry && termsOfLicense(entry)) ?? reader.fail(field, reader.words.noTerms)
}

function inLibrary(name: string | undefined): LicenseEntry | undefined {
  if (name === undefined) return undefined
  return LICENSES.find(({ id }) => id === name) ?? findLicense(LICENSES, { license: name })
}
