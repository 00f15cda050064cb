import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import { isHubId } from '../core/hubId.ts'
import type { RegistrationDraft } from '../documents/draft.ts'
import { draftFromCard } from '../interop/draftFromCard.ts'
import { parseCard, type ModelCard } from '../interop/huggingface.ts'
import type { Manifest } from '../interop/oms.ts'
import { FileChangedError, modelNameOf } from './listFiles.ts'
import { modelDigest } from './modelDigest.ts'
import { withFile } from './openFile.ts'

/** Longest README.md that is read, in bytes. */
export const MAX_README_BYTES = 8 * 1024 * 1024

/**
 * Drafts the registration of the model in a folder: its digest, and what its card (README.md) says. The card that is read is
 * the one that was hashed. A folder without a card gives a draft with a warning.
 *
 * @example
 * const { draft } = await draftFolder('./acme__tiny-chat', { uri: 'ipfs://…' })
 *
 * @throws {@link ModelNameError} when no name is given and the folder's is none
 * @throws {@link ReadmeTooLongError} {@link ReadmeNotTextError}
 * @throws what {@link modelDigest}, `parseCard` and `draftFromCard` throw
 */
export async function draftFolder(folder: string, options: draftFolder.Options = {}): Promise<draftFolder.ReturnType> {
  const { name = nameOfFolder(folder), uri, method, ...rest } = options
  if (!isHubId(name)) throw new ModelNameError(name)
  const digest = await modelDigest(folder, rest)
  const files = digest.manifest.resources.map((resource) => resource.name)
  const card = await readCard(folder, digest.manifest)
  const draft = draftFromCard(card ?? NO_CARD, { name, weights: digest.digest, uri, files, method })
  if (card === undefined)
    draft.warnings.unshift('The folder has no README.md, so nothing is known of parents, license and datasets.')
  return { draft, ...digest, warnings: digest.warnings }
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
  type ReturnType = modelDigest.ReturnType & { draft: RegistrationDraft }
}

/** The name of the model in a folder that is called `name` or `owner__name`. */
export function nameOfFolder(folder: string): string {
  return modelNameOf(folder).replace('__', '/')
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

async function readCard(folder: string, manifest: Manifest): Promise<ModelCard | undefined> {
  const resource = manifest.resources.find(({ name }) => name === 'README.md')
  if (resource === undefined) return
  const path = join(resolve(folder), 'README.md')
  return withFile(path, async (file) => {
    if (file.size > MAX_README_BYTES) throw new ReadmeTooLongError(path, file.size)
    const bytes = await file.read(0, file.size)
    if (createHash('sha256').update(bytes).digest('hex') !== resource.digest)
      throw new FileChangedError(path, 'was changed')
    let text: string
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    } catch {
      throw new ReadmeNotTextError(path)
    }
    return parseCard(text)
  })
}

/** Thrown when a model has no name, or none that can be one. */
export class ModelNameError extends StemmaError {
  override name = 'ModelNameError'
  constructor(name: string) {
    super(
      'MODEL_NAME',
      `${quoted(name)} is not a model's name. Give one as owner/name, of letters, digits, ".", "_" and "-", or call the folder owner__name.`,
    )
  }
}

/** Thrown when a README.md is too long to be a model card. */
export class ReadmeTooLongError extends StemmaError {
  override name = 'ReadmeTooLongError'
  constructor(path: string, size: number) {
    super(
      'README_TOO_LONG',
      `${quoted(path)} has ${size} bytes. A model card has at most ${MAX_README_BYTES}; shorten it.`,
    )
  }
}

/** Thrown when a README.md is not UTF-8. */
export class ReadmeNotTextError extends StemmaError {
  override name = 'ReadmeNotTextError'
  constructor(path: string) {
    super('README_NOT_TEXT', `${quoted(path)} is not UTF-8. Save it as UTF-8.`)
  }
}
