import { constants, type BigIntStats } from 'node:fs'
import { lstat, open, readdir, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { compareCodePoints, hasUnsafeCharacters, quoted } from '../core/text.ts'
import { checkResourceName, compareResourceNames } from '../interop/oms.ts'
import { shardOf } from '../interop/shards.ts'
import { tensorFormatOf } from '../interop/tensors.ts'
import { checkNotHubRepository, hubSnapshotOf, type HubSnapshot } from './hubCache.ts'

/** What distinguishes one state of a file from another. Times are nanoseconds since 1970. */
export type FileState = {
  size: bigint
  mtimeNs: bigint
  ctimeNs: bigint
  inode: bigint
  device: bigint
}

/** A file of a model, as it was found. */
export type ListedFile = {
  /** The resource's name in the manifest. */
  name: string
  /** Absolute path without links: for a link of the Hub's cache, that of its blob. */
  path: string
  /** Whether it was found through a link of the Hub's cache. */
  linked: boolean
  state: FileState
}

/**
 * Lists the regular files of a model in the order of the manifest. Empty folders do not count. Follows symbolic links only in
 * a snapshot of the Hub's shared cache, and only to the blobs of its own repository. For a file that is one part of split weights of
 * GGUF, lists all parts beside it.
 *
 * @param root absolute path of a folder or of one file, whose parent has no links
 * @param ignore paths from the root that are left out with all that is below them; they may be anything, links too
 *
 * @throws {@link ModelNotFoundError} when there is nothing at the path
 * @throws {@link SymlinkError} for another symbolic link, {@link NotARegularFileError} for a device, pipe or socket
 * @throws {@link UnreadableNameError} for a name that is not UTF-8 or has control or bidirectional characters
 * @throws `HubRepositoryError` for the folder of a repository in the Hub's cache, which holds snapshots
 * @throws `InvalidResourceError` for a name that no manifest can have
 */
export async function listFiles(root: string, ignore: ReadonlySet<string>): Promise<ListedFile[]> {
  const stats = await statOf(root)
  if (stats === undefined) throw new ModelNotFoundError(root)
  const listing: Listing = { ignore, snapshot: hubSnapshotOf(root), files: [] }
  if (stats.isDirectory()) {
    await checkNotHubRepository(root)
    await walk(root, '', stats, listing)
  } else for (const part of await partsOf(root)) await addPart(part, part === root ? stats : undefined, listing)
  return listing.files.sort((a, b) => compareResourceNames(a.name, b.name))
}

/**
 * Makes paths to leave out comparable with names: drops a leading `./`, a trailing `/` and doubled `/`.
 *
 * @throws {@link IgnoredPathError} for a path that is absolute or leaves the folder
 */
export function normalizeIgnored(paths: Iterable<string>): Set<string> {
  return new Set(
    Array.from(paths, (path) => {
      const parts = path.split('/').filter((part) => part !== '' && part !== '.')
      if (path.startsWith('/') || parts.length === 0 || parts.includes('..')) throw new IgnoredPathError(path)
      return parts.join('/')
    }),
  )
}

/** The state of a file with a status. */
export function stateOf(stats: BigIntStats): FileState {
  return {
    size: stats.size,
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    inode: stats.ino,
    device: stats.dev,
  }
}

/** Whether two states are the same. */
export function isSameState(a: FileState, b: FileState): boolean {
  return (
    a.size === b.size &&
    a.mtimeNs === b.mtimeNs &&
    a.ctimeNs === b.ctimeNs &&
    a.inode === b.inode &&
    a.device === b.device
  )
}

/** The name of the model at a path: the last part of the absolute path. */
export function modelNameOf(path: string): string {
  return basename(resolve(path))
}

async function statOf(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new UnreadableFileError(path, error)
  }
}

type Listing = {
  ignore: ReadonlySet<string>
  snapshot: HubSnapshot | undefined
  files: ListedFile[]
}

async function walk(folder: string, prefix: string, stats: BigIntStats, listing: Listing): Promise<void> {
  for (const raw of await readFolder(folder, stats)) {
    if (listing.ignore.has(prefix + raw.toString('utf8'))) continue
    const base = nameOf(folder, raw)
    const name = prefix + base
    checkResourceName(name)
    const path = join(folder, base)
    const child = await statOf(path)
    if (child === undefined) throw new FileChangedError(path, 'was removed')
    if (child.isDirectory()) await walk(path, `${name}/`, child, listing)
    else await addFile(path, name, child, listing)
  }
}

/** A name in a folder, which must be UTF-8 without characters that a terminal obeys. */
function nameOf(folder: string, raw: Buffer): string {
  const name = raw.toString('utf8')
  if (!Buffer.from(name, 'utf8').equals(raw)) throw new UnreadableNameError(folder, name, 'is not UTF-8')
  if (hasUnsafeCharacters(name)) {
    throw new UnreadableNameError(folder, name, 'has control, zero-width or bidirectional characters')
  }
  return name
}

async function addFile(path: string, name: string, stats: BigIntStats, listing: Listing): Promise<void> {
  const { snapshot, files } = listing
  if (stats.isFile()) files.push({ name, path, linked: false, state: stateOf(stats) })
  else if (!stats.isSymbolicLink()) throw new NotARegularFileError(path, kindOf(stats))
  else if (snapshot === undefined) throw new SymlinkError(path)
  else files.push({ name, linked: true, ...(await blobOf(path, snapshot)) })
}

async function addPart(path: string, known: BigIntStats | undefined, listing: Listing): Promise<void> {
  const stats = known ?? (await statOf(path))
  if (stats === undefined) throw new FileChangedError(path, 'was removed')
  await addFile(path, nameOf(dirname(path), Buffer.from(basename(path))), stats, listing)
}

/** The paths of all parts of split weights of GGUF that are beside one of them; for another file, its own. */
async function partsOf(path: string): Promise<string[]> {
  const name = basename(path)
  const pattern = tensorFormatOf(name) === 'gguf' ? shardOf(name)?.pattern : undefined
  if (pattern === undefined) return [path]
  const names = await readdir(dirname(path)).catch(() => [name])
  return names.filter((each) => shardOf(each)?.pattern === pattern).map((each) => join(dirname(path), each))
}

/** The blob that a link of the Hub's cache leads to. */
async function blobOf(path: string, snapshot: HubSnapshot): Promise<{ path: string; state: FileState }> {
  const blob = await realpath(path).catch(() => undefined)
  if (blob === undefined || dirname(blob) !== join(snapshot.repository, 'blobs')) throw new SymlinkError(path)
  const stats = await statOf(blob)
  if (stats === undefined) throw new FileChangedError(blob, 'was removed')
  if (!stats.isFile()) throw new NotARegularFileError(blob, kindOf(stats))
  return { path: blob, state: stateOf(stats) }
}

/** The names in a folder as bytes, sorted. The folder must still be the one with the given status. */
async function readFolder(folder: string, stats: BigIntStats): Promise<Buffer[]> {
  try {
    // Between looking and reading, the folder may have been swapped for a link.
    const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
    try {
      const opened = await handle.stat({ bigint: true })
      if (opened.ino !== stats.ino || opened.dev !== stats.dev) throw new FileChangedError(folder, 'was replaced')
      const names = await readdir(folder, { encoding: 'buffer' })
      const after = await lstat(folder, { bigint: true })
      if (after.ino !== stats.ino || after.dev !== stats.dev) throw new FileChangedError(folder, 'was replaced')
      return names.sort(Buffer.compare)
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof StemmaError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ELOOP' || code === 'ENOTDIR' || code === 'ENOENT') throw new FileChangedError(folder, 'was replaced')
    throw new UnreadableFileError(folder, error)
  }
}

function kindOf(stats: BigIntStats): string {
  if (stats.isDirectory()) return 'a folder'
  if (stats.isFIFO()) return 'a named pipe'
  if (stats.isSocket()) return 'a socket'
  if (stats.isCharacterDevice()) return 'a character device'
  return stats.isBlockDevice() ? 'a block device' : 'of an unknown kind'
}

/**
 * Checks that two lists of a model's files are the same.
 *
 * @throws {@link FileChangedError} for the first file that was added, removed or changed
 */
export function checkUnchanged(before: readonly ListedFile[], after: readonly ListedFile[]): void {
  const found = new Map(after.map((file) => [file.name, file]))
  for (const { name, path, state } of before) {
    const now = found.get(name)
    if (now === undefined) throw new FileChangedError(path, 'was removed')
    if (path !== now.path || !isSameState(state, now.state)) throw new FileChangedError(path, 'was changed')
    found.delete(name)
  }
  const [added] = [...found.values()].sort((a, b) => compareCodePoints(a.name, b.name))
  if (added !== undefined) throw new FileChangedError(added.path, 'was added')
}

/** Thrown when there is no file or folder at the path of a model. */
export class ModelNotFoundError extends StemmaError {
  override name = 'ModelNotFoundError'
  constructor(path: string) {
    super('MODEL_NOT_FOUND', `There is no file or folder at ${quoted(path)}. Check the path.`)
  }
}

/** Thrown for a symbolic link that is not followed. */
export class SymlinkError extends StemmaError {
  override name = 'SymlinkError'
  constructor(path: string) {
    super(
      'SYMLINK',
      `${quoted(path)} is a symbolic link, whose target may be anywhere and may change. Copy the files into a plain folder (hf download --local-dir does), or leave the link out with --ignore. Links are followed only in a snapshot of the Hub's cache (models--owner--name/snapshots/…), to its own blobs.`,
    )
  }
}

/** Thrown when something in a model's folder is neither a file nor a folder. */
export class NotARegularFileError extends StemmaError {
  override name = 'NotARegularFileError'
  constructor(path: string, kind: string) {
    super(
      'NOT_A_REGULAR_FILE',
      `${quoted(path)} is ${kind}, not a file. Remove it from the folder, or leave it out with --ignore.`,
    )
  }
}

/** Thrown when a file's name is not UTF-8 or has characters that a terminal obeys. */
export class UnreadableNameError extends StemmaError {
  override name = 'UnreadableNameError'
  constructor(folder: string, entry: string, what: string) {
    super(
      'UNREADABLE_NAME',
      `The name ${quoted(entry)} in ${quoted(folder)} ${what}. Rename the file, or leave it out with --ignore.`,
    )
  }
}

/** Thrown when a file or folder cannot be opened or read. */
export class UnreadableFileError extends StemmaError {
  override name = 'UnreadableFileError'
  constructor(path: string, cause: unknown) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error'
    super('UNREADABLE_FILE', `${quoted(path)} cannot be read (${code}). Check its permissions and the disk.`, { cause })
  }
}

/** Thrown when a file changes while the model is read. */
export class FileChangedError extends StemmaError {
  override name = 'FileChangedError'
  override readonly kind = 'undecided'
  constructor(path: string, what: string) {
    super(
      'FILE_CHANGED',
      `${quoted(path)} ${what} while the model was read. Wait until nothing writes to it, and run again.`,
    )
  }
}

/** Thrown when a path to leave out is not below the model's folder. */
export class IgnoredPathError extends StemmaError {
  override name = 'IgnoredPathError'
  constructor(path: string) {
    super(
      'IGNORED_PATH',
      `${quoted(path)} is not a path below the model's folder. Write it relative to the folder, such as "logs" or "eval/results.json".`,
    )
  }
}
