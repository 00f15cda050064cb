import { StemmaError } from '../core/errors.ts'
import type { Digest } from '../core/hex.ts'
import { isHubId } from '../core/hubId.ts'
import { quoted } from '../core/text.ts'
import type { RegistrationDraft } from '../documents/draft.ts'
import type { LicenseEntry } from '../documents/license.ts'
import { draftFromCard } from '../interop/draftFromCard.ts'
import { emptyCard, parseCard, type ModelCard } from '../interop/huggingface.ts'
import { NO_CLAIMS, sourcesOfClaims } from './claimsFile.ts'
import { nameOfFolder } from './folderName.ts'
import { requireComplete, type ModelProblem } from './inspectFiles.ts'
import { loadKnownTexts, loadLicenses } from './licenseLibrary.ts'
import {
  hashModel,
  requireTensors,
  TensorsUnreadError,
  type HashedModel,
  type modelDigest,
  type ModelTensors,
} from './modelDigest.ts'
import type { ModelFile } from './modelFile.ts'
import { readModelSources, type StatedSources } from './modelSources.ts'
import { readModelText } from './modelText.ts'

/**
 * Drafts the registration of the model in a folder from its digest, its card (README.md) and what its other files say of parents and license
 * (`readModelSources`). Reads the files that were hashed. A card that is missing or cannot be understood gives a draft with a warning.
 *
 * @example
 * const { draft } = await draftFolder('./acme__tiny-chat', { uri: 'ipfs://…' })
 *
 * @throws {@link ModelNameError} when no name is given and the folder's name is not one
 * @throws `IncompleteModelError`, or what the readers of safetensors and GGUF throw, when the tensors have no digest; with
 * `tensors: false` the draft states none
 * @throws what {@link modelDigest} and `draftFromCard` throw
 */
export async function draftFolder(folder: string, options: draftFolder.Options = {}): Promise<draftFolder.ReturnType> {
  const { name = nameOfFolder(folder), uri, method, card, licenses, stated, ...hashing } = options
  if (!isHubId(name)) throw new ModelNameError(name)
  const { contents, ...result } = await hashModel(folder, hashing)
  const draft = await draftModel({ ...result, contents }, { name, uri, method, card, licenses, stated })
  return { draft, ...result }
}

/**
 * Drafts the registration of a model that was hashed, wherever its files are: what {@link draftFolder} does.
 *
 * @throws what {@link draftFolder} throws
 */
export async function draftModel(model: HashedModel, options: draftModel.Options): Promise<RegistrationDraft> {
  const { name, uri, method, card: chosen, licenses, stated } = options
  if (!isHubId(name)) throw new ModelNameError(name)
  const { contents, problems, digest: weights } = model
  const card = chosen === undefined ? await readCard(contents) : parseCard(chosen)
  const library = licenses ?? (await loadLicenses())
  const sources = await readModelSources(contents, () => loadKnownTexts(library), statedOf(model))
  const files = contents.map((file) => file.name)
  const tensors = model.tensors === null ? undefined : tensorsOf(model.tensors, problems)
  const draft = draftFromCard(card, { name, weights, tensors, uri, files, method, licenses: library, sources, stated })
  const unread = model.tensors !== null && 'refused' in model.tensors ? [model.tensors.refused.message] : []
  draft.warnings = [...problems.map(({ message }) => message), ...unread, ...draft.warnings]
  return draft
}

/** What is stated beside the files: by the place of the model, and by claims, which only hint. */
function statedOf({ stated, claims = NO_CLAIMS }: HashedModel): StatedSources {
  const claimed = sourcesOfClaims(claims)
  return {
    licenseTexts: stated?.licenseTexts ?? [],
    licenseNames: [...(stated?.licenseNames ?? []), ...claimed.licenseNames],
    parents: [...(stated?.parents ?? []), ...claimed.parents],
  }
}

export declare namespace draftModel {
  type Options = Omit<draftFolder.Options, keyof modelDigest.Options> & {
    /** `owner/name`. */
    name: string
  }
}

/**
 * The digest of the tensors; undefined for weights that were not read. A part that is missing is named before the header that is wrong because
 * of it.
 */
function tensorsOf(tensors: ModelTensors, problems: readonly ModelProblem[]): Digest | undefined {
  if ('refused' in tensors && tensors.refused instanceof TensorsUnreadError) return undefined
  if ('refused' in tensors) requireComplete(problems)
  return requireTensors(tensors).digest
}

export declare namespace draftFolder {
  type Options = modelDigest.Options & {
    /** `owner/name`; by default the folder's name, in which `__` stands for `/`. */
    name?: string | undefined
    /** Where the documents behind the digests will be. */
    uri?: string | undefined
    /** The training description. */
    method?: RegistrationDraft['method'] | undefined
    /** The text of a card to read in place of README.md, which counts in the digest all the same. */
    card?: string | undefined
    /** What the registrant states in place of card and files. */
    stated?: draftFromCard.Options['stated']
    /** The license library; the one of the package by default. */
    licenses?: readonly LicenseEntry[] | undefined
  }
  type ReturnType = modelDigest.ReturnType & {
    /** The draft. Its warnings name the problems of the files too. */
    draft: RegistrationDraft
  }
}

/**
 * The card of a model: README.md, also where its name is written in another case.
 *
 * @throws `FileChangedError` when the card is not the file that was hashed
 */
export async function readCard(files: readonly ModelFile[]): Promise<ModelCard> {
  const named = files.filter(({ name }) => name.toLowerCase() === 'readme.md')
  const file = named.find(({ name }) => name === 'README.md') ?? named[0]
  if (file === undefined)
    return emptyCard(['The model has no README.md, so parents, license and datasets are unknown.'])
  const card = parseCard(await readModelText(file))
  if (file.name !== 'README.md')
    card.warnings.unshift(`${quoted(file.name)} was read as the card, which the Hub reads from README.md only.`)
  return card
}

/** Thrown when a model has no valid name. */
export class ModelNameError extends StemmaError {
  override name = 'ModelNameError'
  constructor(name: string) {
    super(
      'MODEL_NAME',
      `${quoted(name)} is not a model's name. Use --name owner/name, of letters, digits, ".", "_" and "-", or call the folder owner__name.`,
    )
  }
}
