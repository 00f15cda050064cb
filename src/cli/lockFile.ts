import { existsSync } from 'node:fs'
import { lstat, realpath } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'

import { Option } from 'commander'

import { UsageError, type Context } from '../console/context.ts'
import { pathOf, readTextFile, writeWhole } from '../console/files.ts'
import { StemmaError } from '../core/errors.ts'
import type { Digest } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import {
  formatLock,
  isReference,
  LOCK_FILE,
  MAX_LOCK_BYTES,
  parseLock,
  type Lock,
  type ReadLock,
} from '../documents/lock.ts'
import type { SubjectWeights } from '../verify/locked.ts'
import { isPlaceReference } from '../subjects/openSubject.ts'
import { noteHashing, openModel } from './hashing.ts'

/** Options of commands that read or write a lock file. */
export type LockOptions = { lock?: string }

/** Where a lock file is. */
export type LockPlace = {
  /** Its absolute path. */
  path: string
  /** The folder that paths of subjects start from. */
  folder: string
  /** Its path from the root of the repository, with "/"; without a repository, from the current folder. */
  file: string
}

/** The option that names the lock file. */
export function lockOption(): Option {
  return new Option('--lock <file>', `the lock file (default: ${LOCK_FILE} here, or above up to the repository's root)`)
}

/**
 * Where the lock file is that the options name. By default the nearest one from the current folder up to the root of the repository; where
 * there is none, it would be in the current folder. Only commands about a lock file ask: what a folder holds changes no other answer.
 */
export function lockPlace(context: Context, { lock }: LockOptions): LockPlace {
  const folders = foldersOfRepository(context.cwd)
  const root = folders?.at(-1) ?? context.cwd
  const path =
    lock === undefined
      ? ((folders ?? [context.cwd]).map((folder) => join(folder, LOCK_FILE)).find(existsSync) ??
        join(context.cwd, LOCK_FILE))
      : pathOf(context, lock)
  const inner = relative(root, path)
  const file = inner.startsWith('..') ? path : inner
  return { path, folder: dirname(path), file: file.split(sep).join('/') }
}

/** Reads the lock file. @throws {@link LockNotFoundError} `LockFieldError` and what reading JSON throws */
export async function readLock(context: Context, place: LockPlace): Promise<ReadLock> {
  const lock = await readLockIfAny(context, place)
  if (!lock) throw new LockNotFoundError(place.path)
  return lock
}

/** Reads the lock file if there is one. @throws `LockFieldError` and what reading JSON throws */
export async function readLockIfAny(context: Context, { path }: LockPlace): Promise<ReadLock | undefined> {
  if (!existsSync(path)) return undefined
  return parseLock(await readTextFile(context, path, MAX_LOCK_BYTES), `The lock file ${quoted(path)}`)
}

/** Writes the lock file whole, in its canonical form. What could not be read again is not written. @throws `LockFieldError` */
export async function writeLock(context: Context, { path }: LockPlace, lock: Lock): Promise<void> {
  const text = formatLock(lock)
  parseLock(text)
  await writeWhole(context, path, text)
}

/** The path of a subject as a lock file has it; undefined for a path outside of its folder. */
export async function subjectPath(context: Context, { folder }: LockPlace, path: string): Promise<string | undefined> {
  const inner = relative(await realpath(folder).catch(() => folder), await realpath(pathOf(context, path)))
  if (inner === '..' || inner.startsWith(`..${sep}`) || inner.includes('\\')) return undefined
  return inner === '' ? '.' : inner.split(sep).join('/')
}

/** The weights of what a lock file says that a model is at. A subject cannot lead out of the folder of the lock file. */
export async function subjectWeights(
  context: Context,
  { folder }: LockPlace,
  subject: string | null,
): Promise<SubjectWeights> {
  if (subject === null) return null
  if (isReference(subject)) return referenceWeights(context, subject)
  const path = resolve(folder, subject)
  if ((await lstat(path).catch(() => undefined)) === undefined) return 'missing'
  try {
    const [root, real] = [await realpath(folder), await realpath(path)]
    if (real !== root && !real.startsWith(root + sep)) {
      return { unreadable: 'a symbolic link leads out of the folder of the lock file.' }
    }
    return await weightsOf(context, path)
  } catch (error) {
    return { unreadable: failureOf(context, error).message }
  }
}

/** The weights of a model on the Hub or in a store of this machine. An image layout may be anywhere, so a lock file cannot name one. */
async function referenceWeights(context: Context, reference: string): Promise<SubjectWeights> {
  if (!isPlaceReference(reference, context.env) || reference.startsWith('oci:')) {
    return { unchecked: 'a lock file can name a folder below it, hf:…, ollama:… or lmstudio:…' }
  }
  try {
    return await weightsOf(context, reference)
  } catch (error) {
    const { kind, message } = failureOf(context, error)
    return kind === 'unavailable' ? { unchecked: message.replace(/\.$/, '') } : { unreadable: message }
  }
}

async function weightsOf(context: Context, reference: string): Promise<{ weights: Digest }> {
  const subject = await openModel(context, reference, [], { tensors: false })
  noteHashing(context, subject)
  return { weights: subject.digest }
}

/** What ended the reading of a subject: one broken folder must not hide what is to be said of the other models. */
function failureOf({ signal }: Context, error: unknown): StemmaError {
  if (signal.aborted || !(error instanceof StemmaError)) throw error
  return error
}

/** The entries that arguments name, or all of them. @throws {@link UsageError} for a name that the lock file does not have */
export function entriesNamed(lock: ReadLock, names: readonly string[]): ReadLock['models'] {
  if (names.length === 0) return lock.models
  return names.map((name) => {
    const found = lock.models.find((entry) => entry.name === name || entry.model === name.toLowerCase())
    if (found) return found
    const known = lock.models.slice(0, 8).map((entry) => entry.name)
    throw new UsageError(
      `The lock file has no model ${quoted(name)}. List what it has: stemma lock list.${known.length > 0 ? ` The first are: ${known.join(', ')}.` : ''}`,
    )
  })
}

/** The folders from one up to the root of its repository; undefined outside of any. */
function foldersOfRepository(from: string): string[] | undefined {
  const folders: string[] = []
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    folders.push(folder)
    if (existsSync(join(folder, '.git'))) return folders
    if (dirname(folder) === folder) return undefined
  }
}

/** Thrown when there is no lock file. */
export class LockNotFoundError extends StemmaError {
  override name = 'LockNotFoundError'
  constructor(path: string) {
    super(
      'LOCK_NOT_FOUND',
      `There is no lock file at ${quoted(path)}. Make one: stemma lock add <model> --use <right>. Or name another by --lock.`,
    )
  }
}
