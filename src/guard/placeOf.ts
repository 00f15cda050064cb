import { existsSync } from 'node:fs'
import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, sep } from 'node:path'

import { hubSnapshotOf } from '../artifacts/hubCache.ts'
import { homeOf, type StoreEnvironment } from '../subjects/storedModel.ts'
import type { GuardedModel } from './ports.ts'

/** Where Ollama's service keeps models on Linux and on Macs. */
const SERVICE_STORES = ['/usr/share/ollama', '/var/lib/ollama', '/var/snap/ollama']

/**
 * Whose the files of a model are. Only the user's own are ever touched: in a store that programs share, a file that is missing would be
 * downloaded again or break other models, and another user's files are not ours to change.
 *
 * @param root absolute path of the model
 * @param paths absolute paths of its files
 */
export async function placeOf(
  root: string,
  paths: readonly string[],
  environment: StoreEnvironment,
): Promise<GuardedModel['place']> {
  const all = [root, ...paths]
  const stores = await storesOf(environment)
  if (all.some((path) => isInStore(path) || stores.some((store) => isBelow(path, store)))) return 'shared-store'
  const user = process.geteuid?.()
  if (user === undefined) return 'own'
  for (const path of all) {
    const stats = await lstat(path).catch(() => undefined)
    if (stats === undefined || stats.uid !== user) return 'foreign'
  }
  return 'own'
}

/** The folders of the stores that an environment names, without links; those that do not exist are left out. */
async function storesOf(environment: StoreEnvironment): Promise<string[]> {
  const { env } = environment
  const home = homeOf(environment)
  const cache = env.XDG_CACHE_HOME || join(home, '.cache')
  const places = [
    env.HF_HOME || join(cache, 'huggingface'),
    env.HF_HUB_CACHE,
    env.HUGGINGFACE_HUB_CACHE,
    env.TRANSFORMERS_CACHE,
    env.OLLAMA_MODELS,
    join(home, '.ollama'),
    join(home, '.lmstudio'),
    join(cache, 'lm-studio'),
    ...SERVICE_STORES,
  ]
  const found = await Promise.all(
    places.flatMap((place) => {
      if (place === undefined || place === '') return []
      const path = place.startsWith('~/') ? join(home, place.slice(2)) : place
      return [realpath(isAbsolute(path) ? path : join(home, path)).catch(() => undefined)]
    }),
  )
  return found.filter((place) => place !== undefined)
}

/** Whether a path has the form of a store, wherever the store is: it may have been moved, or be another user's. */
function isInStore(path: string): boolean {
  if (hubSnapshotOf(path) !== undefined) return true
  const folder = dirname(path)
  if (basename(folder) !== 'blobs') return false
  const above = dirname(folder)
  // `blobs` of a repository in the Hub's cache, of Ollama, and of an OCI layout.
  return (
    /^(models|datasets)--/.test(basename(above)) ||
    (/^sha256[-:][0-9a-f]{64}$/.test(basename(path)) && existsSync(join(above, 'manifests')))
  )
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)
}
