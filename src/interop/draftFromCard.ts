import type { Digest } from '../core/hex.ts'
import { quoted, utf8Length } from '../core/text.ts'
import type { Relation } from '../core/vocabulary.ts'
import {
  MAX_DRAFT_TEXT_BYTES,
  namedDatasetDigest,
  parseDraft,
  type DraftDataset,
  type RegistrationDraft,
} from '../documents/draft.ts'
import type { LicenseEntry } from '../documents/license.ts'
import { draftParents } from './draftParents.ts'
import { draftTerms } from './draftTerms.ts'
import type { LicenseSource } from './licenseContradictions.ts'
import type { DatasetSource } from './ggufStatements.ts'
import { MAX_CARD_LIST, type ModelCard } from './huggingface.ts'
import type { ParentSource } from './parentFiles.ts'

/** Most datasets that a warning names. */
const MOST_NAMED = 3

/**
 * Drafts the registration of a model from its card, and from what its other files say. What they leave open stays open and is named in
 * `warnings`; what the registrant states counts before both. No parent that a source names gets lost.
 *
 * @throws `DraftFieldError` when the name or the digest is invalid
 * @throws `UnreadParentError`, `SelfParentError`, `TooManyParentsError` when parents would get lost
 * @throws `LicenseChoiceError` when the registrant states a choice of licenses
 */
export function draftFromCard(card: ModelCard, options: draftFromCard.Options): RegistrationDraft {
  const { name, weights, tensors, uri = '', files = [], method = null, licenses, sources = {}, stated = {} } = options
  const parents = draftParents(card, {
    name,
    files,
    sources: sources.parents,
    stated: stated.baseModels,
    relation: stated.relation,
  })
  const terms = draftTerms(card, {
    licenses,
    model: name,
    baseModels: parents.parents.map(({ model }) => model),
    sources: sources.licenses,
    stated: stated.license,
  })
  const named = namedDatasets(card.datasets, sources.datasets)
  const datasets = named.datasets.map((dataset): DraftDataset => ({
    digest: namedDatasetDigest(dataset),
    license: '',
    source: 'unstated',
    share: 0,
    name: dataset,
    named: true,
  }))
  const warnings = [...card.warnings, ...parents.warnings, ...terms.warnings, ...named.warnings]
  if (datasets.length > 0)
    warnings.push('Datasets are known by name only: add digest, license, source and share where you know them.')
  return parseDraft({
    version: 1,
    name,
    weights,
    ...(tensors && { tensors }),
    uri,
    parents: parents.parents,
    terms: terms.terms,
    datasets,
    method,
    warnings: warnings.map(shortened),
  })
}

/** The datasets of a draft: those that the card names, and what only a file names, which is said. */
function namedDatasets(
  ofCard: readonly string[],
  sources: readonly DatasetSource[] = [],
): { datasets: string[]; warnings: string[] } {
  const datasets = [...ofCard]
  const warnings = sources.flatMap((source) => source.warnings)
  for (const { origin, datasets: named } of sources) {
    const known = new Set(datasets.map((name) => name.toLowerCase()))
    const added = named.filter((name) => !known.has(name.toLowerCase()))
    if (added.length === 0) continue
    const room = Math.max(MAX_CARD_LIST - datasets.length, 0)
    datasets.push(...added.slice(0, room))
    const few = added.slice(0, MOST_NAMED).map(quoted).join(', ')
    const more = added.length > MOST_NAMED ? ` and ${added.length - MOST_NAMED} more` : ''
    warnings.push(
      `The ${added.length === 1 ? 'dataset' : 'datasets'} ${few}${more} ${added.length === 1 ? 'is' : 'are'} named by ${origin}, but not by the card. Check that.`,
    )
    if (added.length > room)
      warnings.push(
        `A draft names at most ${MAX_CARD_LIST} datasets: ${added.length - room} of ${origin} are left out.`,
      )
  }
  return { datasets, warnings }
}

/** A warning that a draft can hold. */
function shortened(warning: string): string {
  let text = warning
  while (utf8Length(text) > MAX_DRAFT_TEXT_BYTES) text = `${[...text].slice(0, -50).join('')}…`
  return text
}

export declare namespace draftFromCard {
  type Options = {
    /** `owner/name`. */
    name: string
    /** SHA-256 model digest. */
    weights: Digest
    /** Digest of the tensors; zero, which states none, by default. */
    tensors?: Digest | undefined
    /** Where the documents will be. */
    uri?: string | undefined
    /** Names of the model's files, from which a relation may be inferred. */
    files?: Iterable<string> | undefined
    /** The training description. */
    method?: RegistrationDraft['method'] | undefined
    /** The license library, in which names are looked up; without it they are not checked. */
    licenses?: readonly LicenseEntry[] | undefined
    /** What the other files of the model say. */
    sources?:
      | {
          parents?: readonly ParentSource[] | undefined
          licenses?: readonly LicenseSource[] | undefined
          datasets?: readonly DatasetSource[] | undefined
        }
      | undefined
    /** What the registrant states in place of the card and the files. */
    stated?: Statement | undefined
  }
  /** What a registrant states in place of a card and files. What is left out is taken from them. */
  type Statement = {
    /** An id of a license, or an expression without a choice. */
    license?: string | undefined
    /** The names of all parents, as `statedParents` reads them; empty for none. */
    baseModels?: readonly string[] | undefined
    /** The relation to every parent. */
    relation?: Relation | undefined
  }
}
