import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import type { DraftTerms } from '../documents/draft.ts'
import { termsOfLicense, type LicenseEntry } from '../documents/license.ts'
import type { ModelCard } from './huggingface.ts'
import { cardLibrary, entriesNamed, licenseOfPart, statedLicense, type CardLibrary } from './cardLibrary.ts'
import {
  licenseContradictions,
  quotedChoices,
  type LicenseContradiction,
  type LicenseSource,
} from './licenseContradictions.ts'
import { formatLicensePart, isLicenseExpression, readLicenseExpression, type LicensePart } from './licenseExpression.ts'
import { nearLicenses } from './nearLicenses.ts'
import { readConjunction } from './readConjunction.ts'

/**
 * The license of a draft: what the card states, or what the registrant states instead. Expressions of SPDX are read: with `WITH`, the license
 * without its exception grants no more; with `+` or `-or-later`, the version that is named may be chosen; licenses that all apply (`AND`) become
 * terms of their own, where one set of terms can be all of them. A choice (`OR`) and a list are for the registrant to resolve, and the warnings
 * say how. Without a library, names are not checked.
 *
 * A text of a license decides only where the card states nothing, and only when it is known word for word.
 *
 * @throws {@link LicenseChoiceError} when the registrant states a choice and makes none
 */
export function draftTerms(card: ModelCard, options: draftTerms.Options): draftTerms.ReturnType {
  const { sources = [], stated } = options
  const licenses = options.licenses && cardLibrary({ ...options, licenses: options.licenses })
  const read =
    stated === undefined
      ? termsOfCard(card, licenses, sources)
      : termsOfWord(stated, { licenseName: null, licenseLink: null }, licenses, true)
  if (stated !== undefined) {
    const written = termsOfCard(card, licenses, []).terms
    const differs = idOf(written, licenses) !== idOf(read.terms, licenses)
    if (statedLicense(written) !== null && differs && !card.licenses.some((each) => mentions(each, read.terms)))
      read.warnings.push(
        `--license states ${quoted(statedLicense(read.terms)!)}, but the card states ${quoted(statedLicense(written)!)}. The registrant answers for that.`,
      )
  }
  if (licenses !== undefined)
    read.warnings.push(
      ...sources.flatMap((source) =>
        licenseContradictions(source, read.terms, licenses, 'draft').map(
          ({ kind, reason }) => `${reason}${REMEDIES[kind]}`,
        ),
      ),
    )
  return read
}

/** What a registrant does where a file states another license than the draft. */
const REMEDIES: Record<LicenseContradiction['kind'], string> = {
  differs: ' Find out which is right, and state it with --license.',
  near: ' Compare them, and state the right one with --license.',
  changed: '',
  unrecognized: '',
}

export declare namespace draftTerms {
  type Options = {
    /** The license library, in which names are looked up. */
    licenses?: readonly LicenseEntry[] | undefined
    /** The model's own `owner/name`, and its base models': they decide about a name that several licenses bear. */
    model?: string | undefined
    baseModels?: readonly string[] | undefined
    /** What the files of the model say about its license. */
    sources?: readonly LicenseSource[] | undefined
    /** The license that the registrant states: an id, or an expression. */
    stated?: string | undefined
  }
  type ReturnType = {
    terms: DraftTerms
    /** What a person should check. */
    warnings: string[]
  }
}

type Named = Pick<DraftTerms, 'licenseName' | 'licenseLink'>
type Library = CardLibrary | undefined

function termsOfCard(card: ModelCard, licenses: Library, sources: readonly LicenseSource[]): draftTerms.ReturnType {
  const named: Named = { licenseName: card.licenseName, licenseLink: card.licenseLink }
  const [first, ...others] = card.licenses
  if (first !== undefined && others.length > 0) return termsOfList(card.licenses, named, licenses)
  if (first !== undefined && first.toLowerCase() !== 'other') return termsOfWord(first, named, licenses, false)
  if (named.licenseName !== null) {
    const { terms, warnings } = termsOfWord(named.licenseName, named, licenses, false)
    const isRead = terms.license !== named.licenseName
    return { terms: isRead ? terms : { license: first ?? null, ...named }, warnings }
  }
  return termsWithoutName(first ?? null, named, licenses, sources)
}

/** The terms of a card that names no license, or `other` without its name. */
function termsWithoutName(
  license: string | null,
  named: Named,
  licenses: Library,
  sources: readonly LicenseSource[],
): draftTerms.ReturnType {
  const terms: DraftTerms = { license, ...named }
  const what = license === null ? 'The card states no license' : 'The license is "other" without license_name'
  const linked = licenses && licenses.find(terms)
  if (linked !== undefined && !linked.unknown) {
    return {
      terms,
      warnings: [`${what}, but its license_link is that of ${quoted(linked.id)}, so it is read as that. Check it.`],
    }
  }
  const equal = sources.flatMap((source) =>
    'text' in source && source.text.kind === 'equal'
      ? entriesNamed(source.text.names, licenses).map((entry) => ({ source, entry }))
      : [],
  )
  const ids = new Set(equal.map(({ entry }) => entry.id))
  if (ids.size === 1) {
    const [{ source, entry }] = equal as [(typeof equal)[0]]
    return {
      terms: { license: entry.id, licenseName: null, licenseLink: named.licenseLink },
      warnings: [
        `${what}. The text in ${source.origin} is that of ${quoted(entry.id)}, so it is read as that. Check it.`,
      ],
    }
  }
  const which = ids.size === 0 ? '' : ` The text in ${equal[0]!.source.origin} is that of ${quotedChoices([...ids])}.`
  return { terms, warnings: [`${what}, so nobody is granted any right.${which} State it with --license.`] }
}

/** The terms of one name or expression. @param isStated whether the registrant states it */
function termsOfWord(word: string, named: Named, licenses: Library, isStated: boolean): draftTerms.ReturnType {
  const asWritten: DraftTerms = { license: word, ...named }
  const entry = licenses && licenses.find({ license: word, licenseName: null, licenseLink: named.licenseLink })
  if (entry?.unknown)
    return {
      terms: asWritten,
      warnings: [
        `The license ${quoted(word)} does not say what it grants, so nobody is granted any right. State one with --license.`,
      ],
    }
  if (entry !== undefined) return { terms: asWritten, warnings: [] }
  const expression = isLicenseExpression(word) || isVersioned(word) ? readLicenseExpression(word) : null
  if (expression === null)
    return { terms: asWritten, warnings: licenses === undefined ? [] : [unknownName(word, named, licenses)] }
  const warnings: string[] = []
  const alternatives = expression.map((parts) =>
    parts.map((part) => ({ part, license: licenseOfPart(part, licenses) })),
  )
  const distinct = distinctOf(
    alternatives.map((parts) =>
      distinctOf(
        parts.map(({ license }) => license),
        licenses,
      ).join(' AND '),
    ),
    licenses,
  )
  if (distinct.length > 1) {
    const options = distinct.map((each) => `--license ${each.includes(' ') ? `"${each}"` : each}`)
    if (isStated) throw new LicenseChoiceError(word, options)
    warnings.push(
      `The license ${quoted(word)} is a choice, and none is made: nobody is granted any right until one is. Choose: ${options.join(', or ')}.`,
    )
    return { terms: asWritten, warnings }
  }
  const all = distinctOf(
    alternatives[0]!.map(({ license }) => license),
    licenses,
  )
  for (const { part, license } of alternatives[0]!) warnings.push(...partWarnings(part, license))
  if (all.length === 1) {
    const terms: DraftTerms = { license: all[0]!, licenseName: null, licenseLink: named.licenseLink }
    if (licenses !== undefined && !isKnown(all[0]!, named, licenses))
      warnings.push(unknownName(all[0]!, named, licenses))
    return { terms, warnings }
  }
  const what = `The license ${quoted(word)} is of several that all apply`
  const conjunction = licenses && readConjunction(all.join(' AND '), licenses.entries)
  if (!conjunction) return { terms: asWritten, warnings: [...warnings, together(what, all, licenses)] }
  if ('refused' in conjunction) {
    const why = `${what}, and no one set of terms can be all of them: ${conjunction.refused}. Nobody is granted any right until one is stated`
    return { terms: asWritten, warnings: [...warnings, together(why, all, licenses)] }
  }
  const { name } = conjunction.terms
  warnings.push(
    `${what}. It is read as the terms ${quoted(name)}: what each of them grants, with the duties of all. Publish these terms before you register: stemma terms publish ${quoted(name)}.`,
  )
  return { terms: { license: name, licenseName: null, licenseLink: named.licenseLink }, warnings }
}

/** The terms of a list, which says neither that all of them apply nor that any one does. */
function termsOfList(words: readonly string[], named: Named, licenses: Library): draftTerms.ReturnType {
  const distinct = distinctOf(words, licenses)
  if (distinct.length === 1) return termsOfWord(distinct[0]!, named, licenses, false)
  const what = `Several licenses are stated (${words.map(quoted).join(', ')}), but not whether all of them apply or any one`
  const unknown =
    licenses === undefined
      ? []
      : distinct.flatMap((word) =>
          isKnown(word, named, licenses) || word === 'other' ? [] : [unknownName(word, named, licenses)],
        )
  return { terms: { license: null, ...named }, warnings: [together(what, distinct, licenses), ...unknown] }
}

/** What to do where several licenses apply: one word of terms cannot be all of them. */
function together(what: string, words: readonly string[], licenses: Library): string {
  const strictest = licenses && strictestOf(words, licenses)
  const one =
    strictest === undefined
      ? 'the strictest, or the one that you choose,'
      : `${quoted(strictest)}, whose terms grant no more and ask no less than the others,`
  return `${what}: ${words.map(quoted).join(', ')}. Nobody is granted any right until one set of terms is stated. State ${one} with --license; if all apply, what is granted is what each of them grants, with the duties of all: publish such terms of your own (stemma terms publish) and register with --terms.`
}

/** The license whose terms grant no right that another withholds and have every duty and threshold of the others. */
function strictestOf(words: readonly string[], licenses: CardLibrary): string | undefined {
  const all = words.map((word) => {
    const entry = licenses.find({ license: word })
    return entry && termsOfLicense(entry)
  })
  const index = all.findIndex(
    (one) =>
      one &&
      all.every((other) => {
        if (!other) return false
        const duties = Object.keys(other.duties) as (keyof typeof other.duties)[]
        return (
          one.rights.every((right) => other.rights.includes(right)) &&
          duties.every((duty) =>
            other.duties[duty]!.every((use) => !one.rights.includes(use) || one.duties[duty]?.includes(use)),
          ) &&
          (one === other || other.thresholds.length === 0)
        )
      }),
  )
  return words[index]
}

function partWarnings(part: LicensePart, license: string): string[] {
  const written = quoted(formatLicensePart(part))
  if (part.exception !== null)
    return [
      `The license ${written} is read as ${quoted(license)}: its exception adds permissions, which the terms do not have.`,
    ]
  if (license.toLowerCase() === part.license.toLowerCase()) return []
  return [
    `The license ${written} is read as ${quoted(license)}.${/-or-later$/i.test(license) ? '' : ' The holder may choose that version.'}`,
  ]
}

function isVersioned(word: string): boolean {
  return /^\S+-(?:or-later|only)$/i.test(word)
}

/** Names, each license of the library once. */
function distinctOf(words: readonly string[], licenses: Library): string[] {
  const keys = new Map<string, string>()
  for (const word of words) {
    const key = (licenses && licenses.find({ license: word })?.id) ?? word.toLowerCase()
    if (!keys.has(key)) keys.set(key, word)
  }
  return [...keys.values()]
}

function isKnown(word: string, { licenseLink }: Named, licenses: Library): boolean {
  return licenses !== undefined && licenses.find({ license: word, licenseName: null, licenseLink }) !== undefined
}

function unknownName(word: string, { licenseLink }: Named, licenses: CardLibrary): string {
  const shared = licenses.candidates({ license: word, licenseLink })
  if (shared.length > 0)
    return `The license ${quoted(word)} is a name of several (${shared.map(({ id }) => id).join(', ')}), and neither the link nor a base model says which, so nobody is granted any right. State it with --license.`
  const near = nearLicenses(licenses.entries, word)
  const question = near.length === 0 ? '' : ` Did you mean ${quotedChoices(near)}?`
  return `The license ${quoted(word)} is not in the library, so nobody is granted any right.${question} State it with --license; stemma terms list --library lists the licenses.`
}

function idOf(terms: DraftTerms, licenses: Library): string | null {
  return (licenses && licenses.find(terms)?.id) ?? statedLicense(terms)?.toLowerCase() ?? null
}

/** Whether an expression or a name has a license among its parts. */
function mentions(word: string, { license }: DraftTerms): boolean {
  const parts = readLicenseExpression(word)?.flat() ?? []
  return [word, ...parts.map((part) => part.license)].some((each) => each.toLowerCase() === license?.toLowerCase())
}

/** Thrown when a registrant states licenses to choose from, and chooses none. */
export class LicenseChoiceError extends StemmaError {
  override name = 'LicenseChoiceError'
  constructor(expression: string, options: readonly string[]) {
    super(
      'LICENSE_CHOICE',
      `--license ${quoted(expression)} is a choice, and the registrant makes it. Use ${options.join(', or ')}.`,
    )
  }
}
