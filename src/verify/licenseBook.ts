import { ZERO_DIGEST, type Digest, type TermsId } from '../core/hex.ts'
import type { TermsLabel } from '../core/ports.ts'
import { termsIdOfLicense, type LicenseEntry } from '../documents/license.ts'

/** The license library, as an answer looks things up in it. */
export type LicenseBook = {
  entries: readonly LicenseEntry[]
  /** By the ids under which their terms are published. Licenses that become no terms are not here. */
  byTerms: ReadonlyMap<TermsId, LicenseEntry>
  /** By the digest of the text; several licenses may share one, as "only" and "or later" do. */
  byText: ReadonlyMap<Digest, readonly LicenseEntry[]>
  /** By id, alias and full name, as {@link foldedName} has them. */
  byName: ReadonlyMap<string, readonly LicenseEntry[]>
}

const books = new WeakMap<readonly LicenseEntry[], LicenseBook>()

/** The library as a book. It is made once for a list. */
export function bookOf(licenses: readonly LicenseEntry[]): LicenseBook {
  const known = books.get(licenses)
  if (known) return known
  const byTerms = new Map<TermsId, LicenseEntry>()
  const byText = new Map<Digest, LicenseEntry[]>()
  const byName = new Map<string, LicenseEntry[]>()
  for (const entry of licenses) {
    if (!entry.unknown) byTerms.set(termsIdOfLicense(entry), entry)
    if (entry.text !== null) push(byText, entry.text, entry)
    for (const name of new Set([entry.id, entry.name, ...entry.aliases].map(foldedName))) push(byName, name, entry)
  }
  const book = { entries: licenses, byTerms, byText, byName }
  books.set(licenses, book)
  return book
}

/** The licenses of the library that terms name, by the digest of their text and by their name. */
export function namedBy(
  { byText, byName }: LicenseBook,
  { name, text }: Pick<TermsLabel, 'name' | 'text'>,
): { text: readonly LicenseEntry[]; name: readonly LicenseEntry[] } {
  return {
    text: text === ZERO_DIGEST ? [] : (byText.get(text) ?? []),
    name: name === undefined ? [] : (byName.get(foldedName(name)) ?? []),
  }
}

/**
 * The form in which two names of a license are compared: in lower case and in the plain forms of Unicode, with one hyphen for whatever is
 * neither a letter, a digit, a dot nor a plus sign. So "Apache 2.0" is "apache-2.0".
 */
export function foldedName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}.+]+/gu, '-')
    .replaceAll(/^-|-$/g, '')
}

function push<K>(map: Map<K, LicenseEntry[]>, key: K, entry: LicenseEntry): void {
  const list = map.get(key)
  if (list) list.push(entry)
  else map.set(key, [entry])
}
