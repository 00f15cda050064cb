import { lstat, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import { nameOfFolder } from '../artifacts/folderName.ts'
import { hashModel } from '../artifacts/modelDigest.ts'
import { isHubId } from '../core/hubId.ts'
import { quoted } from '../core/text.ts'
import { HubReferenceError, isHubUrl } from './hub/hubReference.ts'
import { OCI_LAYOUT_FILE } from './ociLayoutFile.ts'
import type { Subject, SubjectOptions } from './subject.ts'

/** Finds the model that a reference names. */
type Opener = (reference: string, options: SubjectOptions) => Promise<Subject>

/** What finds a model, by the scheme of a reference. */
const OPENERS: Readonly<Record<string, Opener>> = {
  hf: openHubModel,
  ollama: async (reference, options) => (await localSubjects()).openOllama(reference, options),
  lmstudio: async (reference, options) => (await localSubjects()).openLmStudio(reference, options),
  oci: async (reference, options) => (await localSubjects()).openOciLayout(reference, options),
}

/** What reads stores, which a path of a folder does not need. */
const localSubjects = () => import('./localSubjects.ts')

/**
 * Finds a model where it is, and hashes it or takes the digests that the place vouches for: `hf:owner/name[@revision]`, a URL of the Hub,
 * `ollama:name[:tag]`, `lmstudio:publisher/name[/file.gguf]`, `oci:folder[:tag]`, or a path of a folder or a file. What begins with a scheme is never a path; `./hf:…` is one.
 *
 * @example
 * const { digest, revision } = await openSubject('hf:acme/tiny-chat')
 *
 * @throws what `modelDigest` throws for a path, what `openHub` throws for a model on the Hub, and what `openOllama`, `openLmStudio` and
 * `openOciLayout` throw for one in a store
 */
export async function openSubject(reference: string, options: SubjectOptions = {}): Promise<Subject> {
  return (openerOf(reference, options.env) ?? openPath)(reference, options)
}

/** Whether a text names a model by the place where it is, other than by a path: `hf:…` or a URL of the Hub. */
export function isPlaceReference(text: string, env: NodeJS.ProcessEnv = process.env): boolean {
  return openerOf(text, env) !== undefined
}

function openerOf(text: string, env: NodeJS.ProcessEnv = process.env): Opener | undefined {
  if (isHubUrl(text, env)) return openHubModel
  const scheme = /^([a-z]+):/.exec(text)?.[1]
  return scheme !== undefined && Object.hasOwn(OPENERS, scheme) ? OPENERS[scheme] : undefined
}

/** Asks the Hub, or with `HF_HUB_OFFLINE` only its cache on this disk. */
async function openHubModel(reference: string, options: SubjectOptions): Promise<Subject> {
  const { isOffline, openHubSnapshot } = await localSubjects()
  if (isOffline(options)) return openHubSnapshot(reference, options)
  const { openHubSubject } = await import('./hub/hubSubject.ts')
  return openHubSubject(reference, options)
}

async function openPath(reference: string, options: SubjectOptions): Promise<Subject> {
  if (/^https?:\/\//i.test(reference)) throw new HubReferenceError(reference)
  const path = resolve(options.cwd ?? process.cwd(), reference)
  const layout = await layoutAt(path)
  if (layout === 'alone') return OPENERS.oci!(`oci:${reference}`, options)
  const model = await hashModel(path, options)
  const name = nameOfFolder(path)
  const warnings = [
    ...(layout === 'nothing'
      ? []
      : [
          `The folder holds other files beside an OCI image layout, so all of it was hashed as it is. For the model in the layout, write ${quoted(`oci:${reference}`)}.`,
        ]),
    ...model.warnings,
  ]
  return { ...model, warnings, place: 'path', reference, name: isHubId(name) ? name : null, revision: null }
}

/** What a folder that is an OCI image layout may have: what the format names, and what Docker and the libraries that write layouts add. */
const LAYOUT_NAMES = [OCI_LAYOUT_FILE, 'index.json', 'blobs', 'ingest', 'manifest.json', 'repositories']

/**
 * Whether a folder is an OCI image layout. A folder that has other files too is not read as one: a program that loads the folder would take
 * those files, whatever the layout beside them holds.
 */
async function layoutAt(path: string): Promise<'alone' | 'beside others' | 'nothing'> {
  const kinds = await Promise.all(
    [OCI_LAYOUT_FILE, 'index.json', 'blobs/sha256'].map((name) => lstat(join(path, name)).catch(() => undefined)),
  )
  const [layout, index, blobs] = kinds
  if (!(layout?.isFile() && index?.isFile() && blobs?.isDirectory())) return 'nothing'
  const names = await readdir(path).catch(() => [''])
  return names.every((name) => LAYOUT_NAMES.includes(name)) ? 'alone' : 'beside others'
}
