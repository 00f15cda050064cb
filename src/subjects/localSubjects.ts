import { hashModel } from '../artifacts/modelDigest.ts'
import { findHubSnapshot, isHubOffline } from './hubCache.ts'
import { findLmStudio } from './lmStudio.ts'
import { findOciModel } from './ociLayout.ts'
import { hashOciModel } from './ociModel.ts'
import { findOllama } from './ollama.ts'
import { hashStored, type StoreEnvironment, type StoreStatement } from './storedModel.ts'
import type { Subject, SubjectOptions, SubjectPlace } from './subject.ts'
import type { HashedModel } from '../artifacts/modelDigest.ts'

/** Opens `ollama:name[:tag]` in Ollama's store. @throws what {@link findOllama} and {@link hashStored} throw */
export async function openOllama(reference: string, options: SubjectOptions = {}): Promise<Subject> {
  const stored = await findOllama(reference, environmentOf(options))
  return subjectOf('ollama', reference, stored, await hashStored(stored, options))
}

/** Opens `lmstudio:publisher/name[/file.gguf]` in LM Studio's store. @throws what {@link findLmStudio} and {@link hashStored} throw */
export async function openLmStudio(reference: string, options: SubjectOptions = {}): Promise<Subject> {
  const stored = await findLmStudio(reference, environmentOf(options))
  const model = 'files' in stored ? await hashStored(stored, options) : await hashModel(stored.path, options)
  return subjectOf('lmstudio', reference, stored, model)
}

/** Opens `oci:folder[:tag]`, an OCI image layout. @throws what {@link findOciModel} and {@link hashOciModel} throw */
export async function openOciLayout(reference: string, options: SubjectOptions = {}): Promise<Subject> {
  const stored = await findOciModel(reference, options.cwd ?? process.cwd())
  return subjectOf('oci', reference, stored, await hashOciModel(stored, options))
}

/** Opens `hf:owner/name[@revision]` in the Hub's cache, without a request. @throws what {@link findHubSnapshot} and `modelDigest` throw */
export async function openHubSnapshot(reference: string, options: SubjectOptions = {}): Promise<Subject> {
  const stored = await findHubSnapshot(reference, environmentOf(options))
  const model = await hashModel(stored.path, options)
  return subjectOf('hub', reference, stored, { ...model, warnings: [...stored.warnings, ...model.warnings] })
}

/**
 * Where a model of a store on this disk is now, without hashing it: its folder, if it has one of its own, and a text that changes when the
 * reference comes to name other files.
 *
 * @throws what finding it throws
 */
export async function locateSubject(
  reference: string,
  options: Pick<SubjectOptions, 'cwd' | 'env'> = {},
): Promise<{ folder: string | undefined; state: string }> {
  const environment = environmentOf(options)
  const scheme = /^([a-z]+):/.exec(reference)?.[1]
  if (scheme === 'ollama') return placeOfFiles(await findOllama(reference, environment))
  if (scheme === 'oci') return placeOfFiles(await findOciModel(reference, options.cwd ?? process.cwd()))
  if (scheme === 'lmstudio') {
    const stored = await findLmStudio(reference, environment)
    if ('files' in stored) return placeOfFiles(stored)
    return { folder: stored.path, state: stored.path }
  }
  const { path } = await findHubSnapshot(reference, environment)
  return { folder: path, state: path }
}

function placeOfFiles(stored: object): { folder: undefined; state: string } {
  return { folder: undefined, state: JSON.stringify(stored) }
}

/** Whether the environment of the options asks for no request to the Hub. */
export function isOffline(options: SubjectOptions): boolean {
  return isHubOffline(environmentOf(options))
}

function environmentOf({ env = process.env }: Pick<SubjectOptions, 'env'>): StoreEnvironment {
  return { env }
}

function subjectOf(place: SubjectPlace, reference: string, stated: StoreStatement, model: HashedModel): Subject {
  const { name, revision } = stated
  return { ...model, place, reference, name, revision, stated }
}
