import { isAbsolute, join } from 'node:path'

import {
  BlobOutsideStoreError,
  homeOf,
  isBelow,
  namesIn,
  readSmall,
  realFolder,
  StoredModelNotFoundError,
  StoreManifestError,
  StoreNotFoundError,
  statementOfStore,
  type StoredFolder,
  type StoreEnvironment,
} from './storedModel.ts'
import { parseHubReference } from './hub/hubReference.ts'
import { didYouMean } from '../core/text.ts'

const COMMIT = /^[0-9a-f]{40}$/
/** Most bytes of a file that holds a commit. */
const MAX_REF_BYTES = 256

/** Whether an environment asks for no network, as `huggingface_hub` reads it: `HF_HUB_OFFLINE`, or the older `TRANSFORMERS_OFFLINE`. */
export function isHubOffline({ env }: StoreEnvironment): boolean {
  const asked = env.HF_HUB_OFFLINE ?? env.TRANSFORMERS_OFFLINE ?? ''
  return ['1', 'on', 'yes', 'true'].includes(asked.toLowerCase())
}

/**
 * Finds a snapshot in the Hub's cache on this disk, without a request: `$HF_HUB_CACHE`, else `hub` in `$HF_HOME`, else in
 * `~/.cache/huggingface`. A branch or a tag is what it was at the last download.
 *
 * @param reference `hf:owner/name[@revision]`, or a URL of the Hub; without a revision, `main`
 * @throws `HubReferenceError` {@link StoreNotFoundError} {@link StoredModelNotFoundError}
 * @throws {@link StoreManifestError} {@link BlobOutsideStoreError} `UnreadableFileError`
 */
export async function findHubSnapshot(reference: string, environment: StoreEnvironment): Promise<StoredFolder> {
  const { id, revision, path: inside } = parseHubReference(reference, environment.env)
  const place = cacheFolder(environment)
  const root = await realFolder(place)
  if (root === undefined)
    throw new StoreNotFoundError('the Hub', [place], 'Set HF_HUB_CACHE to its folder, or ask the Hub.')
  const repository = join(root, `models--${id.replaceAll('/', '--')}`)
  const commits = await namesIn(join(repository, 'snapshots'))
  const commit = COMMIT.test(revision) ? revision : await commitOf(repository, revision)
  const path = join(repository, 'snapshots', commit ?? '-')
  const folder = commit && (await realFolder(path))
  if (folder === undefined || commit === undefined) throw await notFound(reference, id, root, commits)
  if (!isBelow(folder, root) || folder !== path) throw new BlobOutsideStoreError(path, root)
  const warnings = [
    `${reference} was read from the Hub's cache, without asking the Hub: only files that were downloaded count${
      revision === commit ? '' : `, and "${revision}" is the commit ${commit} that it was at the last download`
    }.`,
  ]
  return {
    ...statementOfStore(`hf:${id}@${commit}`),
    name: id,
    revision: commit,
    warnings,
    path: inside === undefined ? folder : join(folder, inside),
  }
}

/** The commit that a branch or a tag was at the last download; undefined when it was not downloaded. */
async function commitOf(repository: string, revision: string): Promise<string | undefined> {
  const refs = await realFolder(join(repository, 'refs'))
  const path = join(repository, 'refs', revision)
  if (refs === undefined || !(await hasFile(repository, ['refs', ...revision.split('/')]))) return undefined
  const commit = new TextDecoder().decode(await readSmall(refs, path, MAX_REF_BYTES)).trim()
  if (!COMMIT.test(commit)) throw new StoreManifestError(path, 'does not hold a commit of 40 hex digits')
  return commit
}

async function hasFile(folder: string, parts: readonly string[]): Promise<boolean> {
  let path = folder
  for (const part of parts) {
    if (!(await namesIn(path)).includes(part)) return false
    path = join(path, part)
  }
  return true
}

function cacheFolder(environment: StoreEnvironment): string {
  const { env } = environment
  const home = homeOf(environment)
  const expand = (path: string) => (path.startsWith('~/') ? join(home, path.slice(2)) : path)
  const cache = env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE
  const base = env.HF_HOME || join(env.XDG_CACHE_HOME || join(home, '.cache'), 'huggingface')
  const place = cache ? expand(cache) : join(expand(base), 'hub')
  return isAbsolute(place) ? place : join(home, place)
}

async function notFound(
  reference: string,
  id: string,
  root: string,
  commits: readonly string[],
): Promise<StoredModelNotFoundError> {
  const of = (folder: string) => folder.slice('models--'.length).replaceAll('--', '/')
  const models = (await namesIn(root)).filter((name) => name.startsWith('models--')).map((name) => `hf:${of(name)}`)
  const available = commits.length > 0 ? commits.map((commit) => `hf:${id}@${commit}`) : models
  const remedy = `Download it with "hf download ${id}", or ask the Hub by leaving HF_HUB_OFFLINE out.${didYouMean(reference, models)}`
  return new StoredModelNotFoundError(reference, root, available, remedy)
}
