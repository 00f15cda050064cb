import { constants, type BigIntStats } from 'node:fs'
import { lstat, open, readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { compareCodePoints, hasUnsafeCharacters, quoted } from '../core/text.ts'
import { checkResourceName, compareResourceNames, SINGLE_FILE_NAME } from '../interop/oms.ts'

/** What tells one state of a file from another. Times are nanoseconds since 1970. */
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
  /** Absolute path. */
  path: string
  state: FileState
}

/**
 * Lists the regular files of a model in the order of the manifest. Empty folders do not count.
 *
 * @param root absolute path of a folder or of one file; it may not itself be a symbolic link
 * @param ignore paths from the root that are left out with all that is below them; they may be anything, links too
 *
 * @throws {@link ModelNotFoundError} when there is nothing at the path
 * @throws {@link SymlinkError} for a symbolic link, {@link NotARegularFileError} for a device, pipe or socket
 * @throws {@link UnreadableNameError} for a name that is not UTF-8 or has control or bidirectional characters
 * @throws `InvalidResourceError` for a name that no manifest can have
 */
export async function listFiles(root: string, ignore: ReadonlySet<string>): Promise<ListedFile[]> {
  const stats = await statOf(root)
  if (stats === undefined) throw new ModelNotFoundError(root)
  if (stats.isFile()) return [{ name: SINGLE_FILE_NAME, path: root, state: stateOf(stats) }]
  const files: ListedFile[] = []
  await walk(root, '', stats, ignore, files)
  return files.sort((a, b) => compareResourceNames(a.name, b.name))
}

/**
 * Makes paths to leave out comparable with names: `./` before, `/` behind and doubled `/` do not count.
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

/** The state of a file out of its status. */
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

async function walk(
  folder: string,
  prefix: string,
  stats: BigIntStats,
  ignore: ReadonlySet<string>,
  files: ListedFile[],
): Promise<void> {
  checkFolder(folder, stats)
  for (const raw of await readFolder(folder, stats)) {
    const decoded = raw.toString('utf8')
    const name = prefix + decoded
    if (ignore.has(name)) continue
    if (!Buffer.from(decoded, 'utf8').equals(raw)) throw new UnreadableNameError(folder, decoded, 'is not UTF-8')
    if (hasUnsafeCharacters(decoded)) {
      throw new UnreadableNameError(folder, decoded, 'has control, zero-width or bidirectional characters')
    }
    checkResourceName(name)
    const path = join(folder, decoded)
    const child = await statOf(path)
    if (child === undefined) throw new FileChangedError(path, 'was removed')
    if (child.isFile()) files.push({ name, path, state: stateOf(child) })
    else await walk(path, `${name}/`, child, ignore, files)
  }
}

function checkFolder(path: string, stats: BigIntStats): void {
  if (stats.isSymbolicLink()) throw new SymlinkError(path)
  if (!stats.isDirectory()) throw new NotARegularFileError(path, kindOf(stats))
}

/** The names in a folder as bytes, in order, when the folder is the one that was looked at. */
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
  if (stats.isFIFO()) return 'a named pipe'
  if (stats.isSocket()) return 'a socket'
  if (stats.isCharacterDevice()) return 'a character device'
  return stats.isBlockDevice() ? 'a block device' : 'of no known kind'
}

/**
 * Says what differs between two lists of one model's files, if anything does.
 *
 * @throws {@link FileChangedError} for the first file that was added, removed or changed
 */
export function checkUnchanged(before: readonly ListedFile[], after: readonly ListedFile[]): void {
  const found = new Map(after.map((file) => [file.name, file]))
  for (const { name, path, state } of before) {
    const now = found.get(name)
    if (now === undefined) throw new FileChangedError(path, 'was removed')
    if (!isSameState(state, now.state)) throw new FileChangedError(path, 'was changed')
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

/** Thrown when a model's folder, or something in it, is a symbolic link. */
export class SymlinkError extends StemmaError {
  override name = 'SymlinkError'
  constructor(path: string) {
    super(
      'SYMLINK',
      `${quoted(path)} is a symbolic link, whose target may be anywhere and may change. Copy the files into a plain folder (hf download --local-dir does), or leave the path out.`,
    )
  }
}

/** Thrown when something in a model's folder is neither a file nor a folder. */
export class NotARegularFileError extends StemmaError {
  override name = 'NotARegularFileError'
  constructor(path: string, kind: string) {
    super(
      'NOT_A_REGULAR_FILE',
      `${quoted(path)} is ${kind}, not a file. Remove it from the folder, or leave the path out.`,
    )
  }
}

/** Thrown when a file's name is not UTF-8 or would not be shown as it is. */
export class UnreadableNameError extends StemmaError {
  override name = 'UnreadableNameError'
  constructor(folder: string, entry: string, what: string) {
    super(
      'UNREADABLE_NAME',
      `The name ${quoted(entry)} in ${quoted(folder)} ${what}. Rename the file, or leave it out.`,
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
  constructor(path: string, what: string) {
    super(
      'FILE_CHANGED',
      `${quoted(path)} ${what} while the model was read. Wait until nothing writes to it, and run again.`,
    )
  }
}

/** Thrown when a path to leave out is not one below the folder. */
export class IgnoredPathError extends StemmaError {
  override name = 'IgnoredPathError'
  constructor(path: string) {
    super(
      'IGNORED_PATH',
      `${quoted(path)} is not a path below the model's folder. Give it from the folder, such as ".cache".`,
    )
  }
}
