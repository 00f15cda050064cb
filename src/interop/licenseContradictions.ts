import { quoted } from '../core/text.ts'
import type { DraftTerms } from '../documents/draft.ts'
import type { LicenseEntry } from '../documents/license.ts'
import { entriesNamed, readingsOf, statedLicense, type CardLibrary } from './cardLibrary.ts'
import { readLicenseExpression } from './licenseExpression.ts'
import type { RecognizedText } from './licenseSketch.ts'

/** What a file of a model says about its license. */
export type LicenseSource = {
  /** The file, and the field where it has several, safe to print, as the beginning of a sentence. */
  origin: string
} & (
  | { /** What the text in the file is found to be. */ text: RecognizedText }
  | { /** What a field of the file names, as a card does. */ named: DraftTerms }
)

/** How a file of a model stands against the license that is stated for the model. */
export type LicenseContradiction = {
  /**
   * - `differs`: it states another license, or its text is that of another;
   * - `near`: its text is not known, and is nearest to those of others;
   * - `changed`: its text is like that of the stated license, with changes;
   * - `unrecognized`: its text is not like any that is known.
   */
  kind: 'differs' | 'near' | 'changed' | 'unrecognized'
  /** In one or two sentences. */
  reason: string
}

/**
 * Says where a file states another license than a draft or a registration. A file decides nothing: a card that names fewer duties than the
 * registration grants nobody anything.
 *
 * @returns at most one contradiction
 */
export function licenseContradictions(
  source: LicenseSource,
  terms: DraftTerms,
  licenses: CardLibrary,
  by: 'draft' | 'registration',
): LicenseContradiction[] {
  const drafted = licenses.find(terms)
  const stated = statedLicense(terms)
  const against = stated === null ? `the ${by} states none` : `the ${by} states ${quoted(stated)}`
  if ('named' in source) {
    const named = statedLicense(source.named) ?? licenses.find(source.named)?.id
    const counted = readingsOf(terms, licenses)
    if (named === undefined || readingsOf(source.named, licenses).some((one) => counted.includes(one))) return []
    return [{ kind: 'differs', reason: `${source.origin} states the license ${quoted(named)}, but ${against}.` }]
  }
  const { text } = source
  if (text.kind === 'unknown') {
    if (drafted === undefined || drafted.kind === 'tier') return []
    return [
      {
        kind: 'unrecognized',
        reason: `The text in ${source.origin} was not recognized. Compare it with ${quoted(drafted.id)}, which the ${by} states.`,
      },
    ]
  }
  if (text.kind === 'equal') {
    if (isAmong(text.names, drafted, licenses, stated)) return []
    return [
      {
        kind: 'differs',
        reason: `The text in ${source.origin} is that of ${quotedChoices(text.names)}, but ${against}.`,
      },
    ]
  }
  const named = text.candidates
    .map(({ names, distance }) => `${quotedChoices(names)} (distance ${distance.toFixed(2)})`)
    .join(', ')
  const isLike = text.candidates.some(({ names }) => isAmong(names, drafted, licenses, stated))
  return [
    isLike
      ? {
          kind: 'changed',
          reason: `The text in ${source.origin} is like that of ${named}, but differs: read what was changed before you rely on ${quoted(stated!)}.`,
        }
      : {
          kind: 'near',
          reason: `The text in ${source.origin} is not known; the nearest: ${named}. But ${against}.`,
        },
  ]
}

function isAmong(
  names: readonly string[],
  drafted: LicenseEntry | undefined,
  licenses: CardLibrary,
  stated: string | null,
): boolean {
  if (drafted !== undefined && entriesNamed(names, licenses).includes(drafted)) return true
  if (stated === null) return false
  // Of an expression, a text can be that of one part.
  const parts = (readLicenseExpression(stated)?.flat() ?? []).map(({ license }) => license)
  const entries = entriesNamed(names, licenses)
  return [stated, ...parts].some(
    (part) =>
      names.some((name) => name.toLowerCase() === part.toLowerCase()) ||
      entries.some((entry) => entry === licenses.find({ license: part })),
  )
}

/** The first few of some names, as a choice in words. */
export function quotedChoices(names: readonly string[]): string {
  const all = names.slice(0, 4).map(quoted)
  return all.length < 2 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} or ${all.at(-1)!}`
}
