import { StemmaError } from '../core/errors.ts'
import { isBytes32, type Digest } from '../core/hex.ts'
import { isHubId } from '../core/hubId.ts'
import { MAX_PARENTS } from '../core/registration.ts'
import { quoted } from '../core/text.ts'
import {
  namedDatasetDigest,
  parseDraft,
  type DraftDataset,
  type DraftParent,
  type DraftTerms,
  type RegistrationDraft,
} from '../documents/draft.ts'
import { relationOf, type ModelCard } from './huggingface.ts'

/**
 * Drafts the registration of a model from its card. What the card leaves open stays open and is named in `warnings`. Only the
 * relation is inferred, with a reason.
 *
 * @throws `DraftFieldError` when the name or the digest is invalid, {@link TooManyParentsError}
 */
export function draftFromCard(card: ModelCard, options: draftFromCard.Options): RegistrationDraft {
  const { name, weights, tensors, uri = '', files = [], method = null } = options
  const warnings: string[] = []
  const { relation, inferred } = relationOf(card, files)
  if (card.baseModels.length > MAX_PARENTS) throw new TooManyParentsError(card.baseModels.length)
  if (card.baseModels.length === 0 && card.relation !== null) {
    warnings.push(
      `base_model_relation is ${quoted(card.relation)} but no base_model is named: name it, or remove the relation.`,
    )
  }
  const parents = card.baseModels
    .filter((model) => {
      if (isHubId(model) || isBytes32(model)) return true
      warnings.push(
        `base_model ${quoted(model)} is not an id on the Hub and was left out: add the parent by its model id.`,
      )
      return false
    })
    .map((model): DraftParent => ({ model, relation, inferred }))
  if (parents.length > 0 && inferred !== null) {
    warnings.push(`The relation ${quoted(relation)} was inferred (${inferred}): check it.`)
  }

  const terms: DraftTerms = { license: null, licenseName: card.licenseName, licenseLink: card.licenseLink }
  if (card.licenses.length === 1) terms.license = card.licenses[0]!
  if (card.licenses.length === 0)
    warnings.push('The card states no license, so nobody is granted any right: add the license to the draft.')
  if (card.licenses.length > 1) {
    warnings.push(
      `Several licenses are stated (${card.licenses.map(quoted).join(', ')}), but not whether all of them apply or any one: choose one in the draft.`,
    )
  }
  if (terms.license === 'other' && terms.licenseName === null) {
    warnings.push('The license is "other" without license_name: name it, or nobody is granted any right.')
  }

  const datasets = card.datasets.map((dataset): DraftDataset => ({
    digest: namedDatasetDigest(dataset),
    license: '',
    source: 'unstated',
    share: 0,
    name: dataset,
    named: true,
  }))
  if (datasets.length > 0)
    warnings.push('Datasets are known by name only: add digest, license, source and share where you know them.')
  return parseDraft({
    version: 1,
    name,
    weights,
    ...(tensors && { tensors }),
    uri,
    parents,
    terms,
    datasets,
    method,
    warnings,
  })
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
  }
}

/** Thrown when a card names more base models than a registration can have parents. */
export class TooManyParentsError extends StemmaError {
  override name = 'TooManyParentsError'
  constructor(count: number) {
    super(
      'TOO_MANY_PARENTS',
      `The card names ${count} base models, and a registration has at most ${MAX_PARENTS} parents. Register merges of some of them first and name those.`,
    )
  }
}
