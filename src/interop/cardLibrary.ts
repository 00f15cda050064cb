import type { DraftTerms } from '../documents/draft.ts'
import type { LicenseEntry } from '../documents/license.ts'
import { matchLicense, type LicenseCard, type LicenseMatch } from '../documents/licenseNames.ts'
import { readLicenseExpression, type LicensePart } from './licenseExpression.ts'

/** The license library, in which names are looked up as the card of one model bears them. */
export type CardLibrary = {
  entries: readonly LicenseEntry[]
  find: (card: LicenseCard) => LicenseEntry | undefined
  /** The entries among which nothing decides. */
  candidates: (card: LicenseCard) => readonly LicenseEntry[]
}

/** The library for the card of a model. @param of the model and its base models decide about a name that several licenses bear */
export function cardLibrary(of: {
  licenses: readonly LicenseEntry[]
  model?: string | undefined
  baseModels?: readonly string[] | undefined
}): CardLibrary {
  const { licenses: entries, model, baseModels } = of
  const match = (card: LicenseCard): LicenseMatch => matchLicense(entries, { model, baseModels, ...card })
  return { entries, find: (card) => match(card).entry, candidates: (card) => match(card).candidates }
}

/** The licenses of the library with some ids or names, each once, without those that are not known. */
export function entriesNamed(names: readonly string[], licenses: CardLibrary | undefined): LicenseEntry[] {
  if (licenses === undefined) return []
  const found = names.flatMap(
    (name) => licenses.entries.find(({ id }) => id === name) ?? licenses.find({ license: name }) ?? [],
  )
  return [...new Set(found)].filter(({ unknown }) => !unknown)
}

/** The name under which the library may have a part: with `+` the entry for later versions too, else the version that is named. */
export function licenseOfPart({ license, orLater }: LicensePart, licenses: CardLibrary | undefined): string {
  const base = license.replace(/-(?:or-later|only)$/i, '')
  const isLater = orLater || /-or-later$/i.test(license)
  const names = isLater ? [`${base}-or-later`, `${base}-only`, base] : [license, `${base}-only`]
  return names.find((name) => licenses && licenses.find({ license: name })) ?? license
}

/** The license that terms state, in their words; null when they state none. */
export function statedLicense({ license, licenseName }: DraftTerms): string | null {
  return license?.toLowerCase() === 'other' ? (licenseName ?? license) : (license ?? licenseName)
}

/**
 * The ways in which stated terms may be read, each as the ids of the licenses that all apply (names in lower case where the library lacks
 * them), sorted. None where nothing is stated.
 */
export function readingsOf(terms: DraftTerms, licenses: CardLibrary): string[] {
  const entry = licenses.find(terms)
  if (entry !== undefined) return [entry.id]
  const stated = statedLicense(terms)
  if (stated === null) return []
  const alternatives = readLicenseExpression(stated) ?? [[{ license: stated, orLater: false, exception: null }]]
  return alternatives.map((parts) => {
    const names = parts.map((part) => licenseOfPart(part, licenses))
    const ids = names.map((name) => licenses.find({ license: name })?.id ?? name.toLowerCase())
    return [...new Set(ids)].toSorted().join(' AND ')
  })
}
