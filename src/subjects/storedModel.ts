import { lstat, readdir, realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join, sep } from 'node:path'

import {
  checkUnchanged,
  NotARegularFileError,
  stateOf,
  UnreadableFileError,
  type FileState,
  type ListedFile,
} from '../artifacts/listFiles.ts'
import {
  hashListed,
  ignoredPaths,
  ignoredWarnings,
  type HashedModel,
  type KindAt,
  type modelDigest,
} from '../artifacts/modelDigest.ts'
import type { StatedSources } from '../artifacts/modelSources.ts'
import { withFile } from '../artifacts/openFile.ts'
import { StemmaError } from '../core/errors.ts'
import { parseStrictJson } from '../core/json.ts'
import { hasUnsafeCharacters, quoted, shortText, textOfAny } from '../core/text.ts'
import { compareResourceNames } from '../interop/oms.ts'

/** Where stores are looked for. */
export type StoreEnvironment = {
  /** The environment variables that move a store, and `HOME`. */
  env: Readonly<Record<string, string | undefined>>
}

/** The home folder that an environment names, else the user's. */
export function homeOf({ env }: StoreEnvironment): string {
  return env.HOME !== undefined && isAbsolute(env.HOME) ? env.HOME : homedir()
}

/** A file of a model in a store on this disk. */
export type StoredFile = {
  /** The name that counts in the manifest. */
  name: string
  /** Absolute path; a link in it leads to where the store has the bytes. */
  path: string
  /** SHA-256 that the store states, 64 lower-case hex digits; null where it states none. A statement, which hashing checks. */
  digest: string | null
  /** Bytes that the store states; null where it states none. */
  size: number | null
  /** The media type that the store states; null where it states none. */
  mediaType: string | null
}

/** What a store says of a model besides its files. Nothing of it is proved by the files. */
export type StoreStatement = StatedSources & {
  /** The reference in full, such as `ollama:llama3.2:latest`. */
  reference: string
  /** The model's name, as `owner/name` or `name`; null when the store does not state one. */
  name: string | null
  /** The revision: a commit, a tag or the digest of a manifest; null when the store does not state one. */
  revision: string | null
  /** What is worth knowing of how the model was found. */
  warnings: string[]
}

/** A model whose files were found in a store on this disk. */
export type StoredModel = StoreStatement & {
  /** Absolute path of the store's folder, without links; no file may be outside of it. */
  root: string
  files: StoredFile[]
}

/** A model that is a whole folder of a store. */
export type StoredFolder = StoreStatement & { path: string }

/** A statement that says nothing yet but the reference. */
export function statementOfStore(reference: string): StoreStatement {
  return { reference, name: null, revision: null, licenseTexts: [], licenseNames: [], parents: [], warnings: [] }
}

/**
 * Hashes the files of a stored model, and compares each with the digest and the size that the store states.
 *
 * @throws {@link BlobMismatchError} for a file that is not what the store states
 * @throws {@link BlobMissingError} {@link BlobOutsideStoreError}, and what `modelDigest` throws
 */
export async function hashStored(model: StoredModel, options: modelDigest.Options = {}): Promise<HashedModel> {
  const { root } = model
  const { all } = ignoredPaths(options)
  const kindAt: KindAt = async (path) => (model.files.some(({ name }) => name === path) ? 'other' : 'nothing')
  const files = model.files.filter(({ name }) => !all.has(name))
  const warnings = [...model.warnings, ...(await ignoredWarnings(kindAt, options))]
  const list = () => Promise.all(files.map((file) => listStored(root, file)))
  const listed = (await list()).sort((a, b) => compareResourceNames(a.name, b.name))
  const recheck = async () => checkUnchanged(listed, await list())
  const hashed = await hashListed(listed, { isFolder: false, signatures: [], warnings, recheck }, options)
  checkStated(files, hashed.contents)
  return hashed
}

/** Compares files with the digests that a store states. @throws {@link BlobMismatchError} */
export function checkStated(
  files: readonly Pick<StoredFile, 'name' | 'path' | 'digest'>[],
  found: readonly { name: string; digest: string }[],
): void {
  const digests = new Map(found.map(({ name, digest }) => [name, digest]))
  for (const { name, path, digest } of files) {
    if (digest !== null && digest !== digests.get(name)) throw new BlobMismatchError(path, digest, digests.get(name)!)
  }
}

/** Finds a file of a store, and compares its length with what the store states. @throws {@link BlobMismatchError}, and what {@link locate} throws */
export async function listStored(
  root: string,
  { name, path, size }: Omit<StoredFile, 'mediaType'>,
): Promise<ListedFile> {
  const found = await locate(root, path)
  if (size !== null && found.state.size !== BigInt(size))
    throw new BlobMismatchError(path, `${size} bytes`, `${found.state.size} bytes`)
  return { name, linked: false, ...found }
}

/**
 * Finds a regular file of a store, through links that stay in the store.
 *
 * @param root absolute path of the store without links
 * @returns the path without links, and the file's state
 * @throws {@link BlobMissingError} {@link BlobOutsideStoreError} `NotARegularFileError` `UnreadableFileError`
 */
export async function locate(root: string, path: string): Promise<{ path: string; state: FileState }> {
  let real: string
  try {
    real = await realpath(path)
    if (!isBelow(real, root)) throw new BlobOutsideStoreError(path, root)
    const stats = await lstat(real, { bigint: true })
    if (!stats.isFile())
      throw new NotARegularFileError(path, stats.isDirectory() ? 'a folder' : 'a device, pipe or socket')
    return { path: real, state: stateOf(stats) }
  } catch (error) {
    if (error instanceof StemmaError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new BlobMissingError(path)
    throw new UnreadableFileError(path, error)
  }
}

/** Whether an absolute path without links is below a folder. */
export function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)
}

/**
 * The path without links of a folder; undefined where there is none.
 *
 * @throws `UnreadableFileError` for one that may not be read, such as a store of another user
 */
export async function realFolder(path: string): Promise<string | undefined> {
  try {
    const real = await realpath(path)
    return (await lstat(real)).isDirectory() ? real : undefined
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined
    throw new UnreadableFileError(path, error)
  }
}

/** The names in a folder, sorted; none where there is no folder. @throws `UnreadableFileError` */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw new UnreadableFileError(folder, error)
  }
}

/**
 * Walks down from a folder by names, each as it is written or, where nothing is written so, the only one that differs in case. Stores
 * ignore the case of names.
 *
 * @returns the path; undefined where it leads nowhere
 */
export async function descend(folder: string, names: readonly string[]): Promise<string | undefined> {
  let path = folder
  for (const name of names) {
    const found = await namesIn(path)
    const alike = found.filter((each) => each.toLowerCase() === name.toLowerCase())
    const next = found.includes(name) ? name : alike.length === 1 ? alike[0] : undefined
    if (next === undefined) return undefined
    path = join(path, next)
  }
  return path
}

/**
 * Reads a small file of a store whole.
 *
 * @param most most bytes that it may have
 * @throws {@link StoreManifestError} when it is larger; what {@link locate} throws
 */
export async function readSmall(root: string, path: string, most: number): Promise<Uint8Array> {
  const found = await locate(root, path)
  return withFile(found.path, async (source) => {
    if (source.size > most) throw new StoreManifestError(path, `has ${source.size} bytes, and ${most} at most are read`)
    return source.read(0, source.size)
  })
}

/**
 * Parses JSON of a store, which must be an object.
 *
 * @throws {@link StoreManifestError} `InvalidJsonError` `DuplicateJsonNameError` `JsonTooDeepError`
 */
export function parseObject(bytes: Uint8Array, path: string): Record<string, unknown> {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new StoreManifestError(path, 'is not UTF-8')
  }
  const value = parseStrictJson(text, quoted(path))
  if (!isRecord(value)) throw new StoreManifestError(path, 'is not a JSON object')
  return value
}

/** Whether a value is an object of JSON. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A list of JSON at a field; empty where the field is missing. @throws {@link StoreManifestError} */
export function listAt(value: Record<string, unknown>, field: string, path: string, most: number): unknown[] {
  const list = value[field] ?? []
  if (!Array.isArray(list)) throw new StoreManifestError(path, `has a "${field}" that is not a list`)
  if (list.length > most)
    throw new StoreManifestError(path, `has ${list.length} entries in "${field}", and ${most} at most are read`)
  return list
}

/** A text of JSON that is safe to print: null for another value, an empty text, a long one or one with control characters. */
export function plainText(value: unknown, most = 300): string | null {
  if (typeof value !== 'string' || hasUnsafeCharacters(value)) return null
  const text = value.trim()
  return text === '' || text.length > most ? null : text
}

/** What a manifest of OCI says of a blob. */
export type Descriptor = {
  mediaType: string
  /** SHA-256: 64 lower-case hex digits. */
  digest: string
  /** Bytes. */
  size: number
  annotations: Readonly<Record<string, string>>
  /** The object as it is written. */
  value: Record<string, unknown>
}

/**
 * Reads a descriptor of OCI. A digest is SHA-256 only, so that no name of a blob leads out of its folder.
 *
 * @throws {@link StoreManifestError}
 */
export function parseDescriptor(value: unknown, path: string, what: string): Descriptor {
  if (!isRecord(value)) throw new StoreManifestError(path, `has ${what} that is not an object`)
  const { mediaType, digest, size, annotations = {} } = value
  if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest))
    throw new StoreManifestError(
      path,
      `has ${what} with the digest ${quoted(shortText(textOfAny(digest), 80))}, not sha256: and 64 lower-case hex digits`,
    )
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw new StoreManifestError(path, `has ${what} whose size is not a whole number of bytes`)
  if (!isRecord(annotations ?? {}))
    throw new StoreManifestError(path, `has ${what} whose annotations are not an object`)
  const texts = Object.entries(annotations ?? {}).filter(
    (each): each is [string, string] => typeof each[1] === 'string',
  )
  return {
    mediaType: typeof mediaType === 'string' ? mediaType : '',
    digest: digest.slice('sha256:'.length),
    size,
    annotations: Object.fromEntries(texts),
    value,
  }
}

/** Thrown when a reference to a store is not of its form. */
export class StoreReferenceError extends StemmaError {
  override name = 'StoreReferenceError'
  constructor(reference: string, form: string) {
    super('STORE_REFERENCE', `${quoted(reference)} does not name a model of a store. Write it as ${form}.`)
  }
}

/** Thrown when the folder of a store is not on this disk. */
export class StoreNotFoundError extends StemmaError {
  override name = 'StoreNotFoundError'
  constructor(store: string, looked: readonly string[], remedy: string) {
    super('STORE_NOT_FOUND', `There is not a store of ${store} at ${looked.map(quoted).join(' or ')}. ${remedy}`)
  }
}

/** Most names that an error lists. */
const LISTED = 8

/** Thrown when a store does not have a model. */
export class StoredModelNotFoundError extends StemmaError {
  override name = 'StoredModelNotFoundError'
  constructor(reference: string, root: string, available: readonly string[], remedy: string) {
    super(
      'STORED_MODEL_NOT_FOUND',
      `The store ${quoted(root)} does not have ${quoted(reference)}. ${available.length === 0 ? 'It has none.' : `It has ${namesOf(available)}.`} ${remedy}`,
    )
  }
}

/** Thrown when a reference leaves open which of several models is meant. */
export class ModelChoiceError extends StemmaError {
  override name = 'ModelChoiceError'
  constructor(reference: string, choices: readonly string[]) {
    super('MODEL_CHOICE', `${quoted(reference)} holds ${choices.length} models. Name one of them: ${namesOf(choices)}.`)
  }
}

function namesOf(names: readonly string[]): string {
  const listed = names.slice(0, LISTED).map(quoted).join(', ')
  return names.length > LISTED ? `${listed} and ${names.length - LISTED} more` : listed
}

/** A path for a message. Where it is long its end is what tells blobs apart. */
export function placeOf(path: string): string {
  return quoted(path.length > 100 ? `…${path.slice(-99)}` : path)
}

/** Thrown when a manifest or an index of a store is not what its format wants. */
export class StoreManifestError extends StemmaError {
  override name = 'StoreManifestError'
  constructor(path: string, what: string) {
    super('STORE_MANIFEST', `${placeOf(path)} ${what}. The store may be damaged: download the model again.`)
  }
}

/** Thrown when a store does not have a file that its manifest names. */
export class BlobMissingError extends StemmaError {
  override name = 'BlobMissingError'
  constructor(path: string) {
    super(
      'BLOB_MISSING',
      `The store has no file at ${placeOf(path)}, which its manifest names. Download the model again.`,
    )
  }
}

/** Thrown when a file of a store leads out of the store. */
export class BlobOutsideStoreError extends StemmaError {
  override name = 'BlobOutsideStoreError'
  constructor(path: string, root: string) {
    super(
      'BLOB_OUTSIDE_STORE',
      `${placeOf(path)} leads out of its store ${quoted(root)}, to a file that anybody may change. Put the file itself into the store.`,
    )
  }
}

/** Thrown when a file of a store is not the one that its manifest names. */
export class BlobMismatchError extends StemmaError {
  override name = 'BlobMismatchError'
  constructor(path: string, stated: string, found: string) {
    super(
      'BLOB_MISMATCH',
      `${placeOf(path)} was changed: its manifest states ${stated}, and it has ${found}. Do not load it; download the model again.`,
    )
  }
}
