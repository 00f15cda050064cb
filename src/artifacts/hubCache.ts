import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { compareCodePoints, quoted } from '../core/text.ts'
import { DOWNLOAD_CACHE, FILES_LEFT_OUT } from '../interop/modelFolder.ts'

/** A snapshot in the Hugging Face Hub's shared cache: `models--owner--name/snapshots/<commit>`, whose files link to blobs. */
export type HubSnapshot = {
  /** Absolute path of the repository's folder, which holds `blobs`, `refs` and `snapshots`. */
  repository: string
  /** Id on the Hub: `owner/name` or `name`. */
  id: string
}

const REPOSITORY = /^(?:models|datasets)--(.+)$/
/** Most snapshots that an error message lists. */
const LISTED_SNAPSHOTS = 3

/** The snapshot that an absolute path is, or is below; undefined for a path outside the Hub's cache. */
export function hubSnapshotOf(path: string): HubSnapshot | undefined {
  const parts = path.split(sep)
  const at = parts.findLastIndex(
    (part, index) => REPOSITORY.test(part) && parts[index + 1] === 'snapshots' && parts[index + 2] !== undefined,
  )
  if (at < 0) return undefined
  const [, id] = REPOSITORY.exec(parts[at]!)!
  return { repository: parts.slice(0, at + 1).join(sep), id: id!.replaceAll('--', '/') }
}

/** The id on the Hub of what is at an absolute path of its cache: a snapshot, below one, or the folder of a repository. */
export function hubIdOf(path: string): string | undefined {
  const repository = REPOSITORY.exec(path.slice(path.lastIndexOf(sep) + 1))
  return hubSnapshotOf(path)?.id ?? repository?.[1]!.replaceAll('--', '/')
}

/**
 * The snapshot of the repository whose folder in the Hub's cache is at a path, without links above it, when it has one only; undefined
 * for another path.
 */
export async function onlySnapshotOf(folder: string): Promise<string | undefined> {
  if (!REPOSITORY.test(folder.slice(folder.lastIndexOf(sep) + 1))) return undefined
  const commits = await readdir(join(folder, 'snapshots')).catch(() => [])
  if (commits.length !== 1) return undefined
  const snapshot = join(folder, 'snapshots', commits[0]!)
  // A link among the snapshots could lead anywhere.
  return (await realpath(snapshot).catch(() => undefined)) === snapshot ? snapshot : undefined
}

/**
 * Refuses the folder of a repository in the Hub's cache. It holds snapshots of several commits and is itself not a model.
 *
 * @throws {@link HubRepositoryError}
 */
export async function checkNotHubRepository(folder: string): Promise<void> {
  const name = folder.slice(folder.lastIndexOf(sep) + 1)
  if (!REPOSITORY.test(name)) return
  const commits = await readdir(join(folder, 'snapshots')).catch(() => undefined)
  if (commits !== undefined) throw new HubRepositoryError(folder, commits)
}

/**
 * Lists the unfinished files of a download by `hf download`, as paths from the model's folder. It keeps them in
 * `.cache/huggingface` of a local folder, and among the blobs of the shared cache, where they may be of another commit.
 */
export async function unfinishedDownloads(root: string): Promise<string[]> {
  const snapshot = hubSnapshotOf(root)
  const folder = snapshot === undefined ? join(root, '.cache/huggingface/download') : join(snapshot.repository, 'blobs')
  const names = await namesBelow(folder)
  return names
    .filter((name) => name.endsWith('.incomplete'))
    .map((name) => relative(root, join(folder, name)).split(sep).join('/'))
    .toSorted(compareCodePoints)
}

/**
 * Lists what is in `.cache/huggingface` of a model's folder, and in folders that have the name of a file that is left out, as paths from
 * the folder. Most of it may be what belongs there: see `hiddenFiles`.
 */
export async function leftOutFiles(root: string): Promise<string[]> {
  const found = await Promise.all([DOWNLOAD_CACHE, ...FILES_LEFT_OUT].map((name) => filesIn(root, name)))
  return found.flat().toSorted(compareCodePoints)
}

async function filesIn(root: string, name: string): Promise<string[]> {
  const folder = join(root, name)
  const stats = await lstat(folder).catch(() => undefined)
  if (stats === undefined) return []
  if (stats.isDirectory()) return (await namesBelow(folder)).map((each) => `${name}/${each.split(sep).join('/')}`)
  if (name === DOWNLOAD_CACHE) return [name]
  // A link to a file is what the Hub's shared cache has; one to a folder is as good as a folder.
  const isFolder = (await stat(folder).catch(() => undefined))?.isDirectory() === true
  return isFolder ? [`${name}/`] : []
}

/** Everything below a folder that is not itself a folder, by its path from there. Follows no link: they may lead in circles. */
async function namesBelow(folder: string): Promise<string[]> {
  if ((await realpath(folder).catch(() => undefined)) !== folder) return []
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}

/** Thrown for the folder of a repository in the Hub's cache, where a snapshot is needed. */
export class HubRepositoryError extends StemmaError {
  override name = 'HubRepositoryError'
  constructor(folder: string, commits: readonly string[]) {
    const listed = commits.slice(0, LISTED_SNAPSHOTS).map((commit) => quoted(join(folder, 'snapshots', commit)))
    const remedy =
      commits.length === 0
        ? 'It has none: download the model.'
        : `Use one of its ${commits.length}: ${listed.join(', ')}.`
    super('HUB_REPOSITORY', `${quoted(folder)} holds the snapshots of a repository, not one model. ${remedy}`)
  }
}
