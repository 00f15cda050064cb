import { createHash } from 'node:crypto'
import { resolve } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import type { Digest } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import { isHubId } from '../core/hubId.ts'
import type { RegistrationDraft } from '../documents/draft.ts'
import { draftFromCard } from '../interop/draftFromCard.ts'
import { baseModelOfAdapter, hasFrontMatter, parseCard, type ModelCard } from '../interop/huggingface.ts'
import type { Manifest } from '../interop/oms.ts'
import { hubSnapshotOf } from './hubCache.ts'
import { FileChangedError, modelNameOf, type ListedFile } from './listFiles.ts'
import { requireComplete, type ModelProblem } from './inspectFiles.ts'
import { hashModel, requireTensors, type modelDigest, type ModelTensors } from './modelDigest.ts'
import { withFile } from './openFile.ts'

/** Longest README.md and adapter_config.json that are read, in bytes. */
export const MAX_README_BYTES = 8 * 1024 * 1024

/**
 * Drafts the registration of the model in a folder from its digest and its card (README.md). Reads the card that was hashed.
 * A folder without a card, or with a card without front matter, gives a draft with a warning.
 *
 * @example
 * const { draft } = await draftFolder('./acme__tiny-chat', { uri: 'ipfs://…' })
 *
 * @throws {@link ModelNameError} when no name is given and the folder's name is not one
 * @throws {@link ReadmeTooLongError} {@link ReadmeNotTextError}
 * @throws `IncompleteModelError`, or what the readers of safetensors and GGUF throw, when the tensors have no digest; with
 * `tensors: false` the draft states none
 * @throws what {@link modelDigest}, `parseCard` and `draftFromCard` throw
 */
export async function draftFolder(folder: string, options: draftFolder.Options = {}): Promise<draftFolder.ReturnType> {
  const { name = nameOfFolder(folder), uri, method, ...hashing } = options
  if (!isHubId(name)) throw new ModelNameError(name)
  const { listed, ...result } = await hashModel(folder, hashing)
  const files = listed.map((file) => file.name)
  const found = await readCard(listed, result.manifest)
  const { card, warnings } = await withAdapterBase(found, listed, result.manifest)
  const tensors = result.tensors === null ? undefined : tensorsOf(result.tensors, result.problems)
  const draft = draftFromCard(card, { name, weights: result.digest, tensors, uri, files, method })
  draft.warnings = [...result.problems.map(({ message }) => message), ...warnings, ...draft.warnings]
  return { draft, ...result }
}

/** The digest of the tensors. A part that is missing is named before the header that is wrong because of it. */
function tensorsOf(tensors: ModelTensors, problems: readonly ModelProblem[]): Digest {
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
  }
  type ReturnType = modelDigest.ReturnType & {
    /** The draft. Its warnings name the problems of the files too. */
    draft: RegistrationDraft
  }
}

/** The name of the model in a folder that is called `name` or `owner__name`, or is a snapshot in the Hub's cache. */
export function nameOfFolder(folder: string): string {
  return hubSnapshotOf(resolve(folder))?.id ?? modelNameOf(folder).replace('__', '/')
}

const NO_CARD: ModelCard = {
  baseModels: [],
  relation: null,
  licenses: [],
  licenseName: null,
  licenseLink: null,
  datasets: [],
  libraryName: null,
  tags: [],
  newVersion: null,
}

type FoundCard = { card: ModelCard; warnings: string[] }

async function readCard(files: readonly ListedFile[], manifest: Manifest): Promise<FoundCard> {
  const text = await readHashedText(files, manifest, 'README.md')
  if (text === undefined) {
    return { card: NO_CARD, warnings: ['The folder has no README.md, so parents, license and datasets are unknown.'] }
  }
  if (!hasFrontMatter(text)) {
    const warning =
      'README.md has no front matter (fields between two lines of "---" at its top), so parents, license and datasets are unknown.'
    return { card: NO_CARD, warnings: [warning] }
  }
  return { card: parseCard(text), warnings: [] }
}

/** Takes the base model from `adapter_config.json` where the card names none. */
async function withAdapterBase(found: FoundCard, files: readonly ListedFile[], manifest: Manifest): Promise<FoundCard> {
  if (found.card.baseModels.length > 0) return found
  const text = await readHashedText(files, manifest, 'adapter_config.json')
  const base = text === undefined ? null : baseModelOfAdapter(text)
  if (base === null) return found
  if (!isHubId(base)) {
    const warning = `adapter_config.json names the base model ${quoted(base)}, which is not an id on the Hub. Add the parent to the draft.`
    return { card: found.card, warnings: [...found.warnings, warning] }
  }
  const warning = `The card names no base_model. The parent ${quoted(base)} is from adapter_config.json: check it.`
  return { card: { ...found.card, baseModels: [base] }, warnings: [...found.warnings, warning] }
}

/** The text of a file of a model, which must have the digest that it was hashed to; undefined when there is no such file. */
async function readHashedText(
  files: readonly ListedFile[],
  manifest: Manifest,
  name: string,
): Promise<string | undefined> {
  const listed = files.find((file) => file.name === name)
  const resource = manifest.resources.find((each) => each.name === name)
  if (listed === undefined || resource === undefined) return undefined
  return withFile(listed.path, async (file) => {
    if (file.size > MAX_README_BYTES) throw new ReadmeTooLongError(listed.path, file.size)
    const bytes = await file.read(0, file.size)
    if (createHash('sha256').update(bytes).digest('hex') !== resource.digest)
      throw new FileChangedError(listed.path, 'was changed')
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    } catch {
      throw new ReadmeNotTextError(listed.path)
    }
  })
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

/** Thrown when a README.md or an adapter_config.json is too long. */
export class ReadmeTooLongError extends StemmaError {
  override name = 'ReadmeTooLongError'
  constructor(path: string, size: number) {
    super('README_TOO_LONG', `${quoted(path)} has ${size} bytes, but at most ${MAX_README_BYTES} are read. Shorten it.`)
  }
}

/** Thrown when a README.md or an adapter_config.json is not UTF-8. */
export class ReadmeNotTextError extends StemmaError {
  override name = 'ReadmeNotTextError'
  constructor(path: string) {
    super('README_NOT_TEXT', `${quoted(path)} is not UTF-8. Save it as UTF-8.`)
  }
}
