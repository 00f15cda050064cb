import { lstat, realpath } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'

import { StemmaError } from '../core/errors.ts'
import type { Digest } from '../core/hex.ts'
import { sortTensorLeaves, tensorsDigest } from '../core/tensors.ts'
import { quoted } from '../core/text.ts'
import type { ByteSource } from '../interop/byteSource.ts'
import { CLAIMS_FILE } from '../interop/lineageClaims.ts'
import { digestsOf, HiddenFileError, hiddenFiles } from '../interop/modelFolder.ts'
import { DEFAULT_IGNORED_PATHS, manifestOf, NoResourcesError, SIGNATURE_NAME, type Manifest } from '../interop/oms.ts'
import { leavesOf, partsOf, type PartRanges } from '../interop/partHasher.ts'
import { isSignatureFile, isSignatureName, MAX_SIGNATURE_BYTES } from '../interop/sigstore.ts'
import { readTensorRanges, tensorFormatOf, type TensorFormat, type TensorRange } from '../interop/tensors.ts'
import { defaultCachePath, openDigestCache, type DigestCache } from './digestCache.ts'
import { errorOfProblem, hashFile, READ_BYTES, type HashOutcome } from './hashFile.ts'
import type { HashAnswer, HashRequest, HashWorkerData } from './hashWorker.ts'
import { hashWorkerUrl } from './hashWorkerUrl.ts'
import { readModelClaims, type ModelClaims } from './claimsFile.ts'
import { leftOutFiles, onlySnapshotOf } from './hubCache.ts'
import { inspectFiles, type ModelProblem } from './inspectFiles.ts'
import {
  checkUnchanged,
  FileChangedError,
  isSameState,
  listFiles,
  ModelNotFoundError,
  normalizeIgnored,
  stateOf,
  type FileState,
  type ListedFile,
} from './listFiles.ts'
import { modelFileOf, type ModelFile } from './modelFile.ts'
import type { StatedSources } from './modelSources.ts'
import { withFile } from './openFile.ts'

/** Most threads that may hash at once. */
export const MAX_WORKERS = 64
/** Below this many bytes, starting threads takes longer than hashing. */
const INLINE_BYTES = 16n * 1024n * 1024n

/** Progress of hashing a model. */
export type DigestProgress = {
  /** Bytes done, including those from the cache. */
  bytes: number
  totalBytes: number
  /** Files done. */
  files: number
  totalFiles: number
  /** Bytes of files whose digests were in the cache. */
  cachedBytes: number
}

/**
 * Computes the model digest of a folder, or of one file, by the OpenSSF Model Signing manifest 1.0 (see
 * `docs/formats/model-digest.md`): the `weights` of a registration.
 *
 * Computes the digest of the tensors in the same pass (see `docs/formats/tensors.md`): the `tensors` of a registration.
 *
 * Worker threads share the files, the largest first. SHA-256 reads a file from end to end and cannot be split, so a model of one
 * huge file is hashed at the speed of one core, whatever the number of workers.
 *
 * @example
 * const { digest } = await modelDigest('./my-model', { workers: 4 })
 *
 * @throws `ModelNotFoundError` `NoResourcesError` when there is nothing to hash
 * @throws `SymlinkError`, `NotARegularFileError`, `UnreadableNameError`, `InvalidResourceError`, `UnreadableFileError`,
 * `IgnoredPathError`, `HubRepositoryError`: see `listFiles`
 * @throws `HiddenFileError` when something could hide in what is left out: see `hiddenFiles`
 * @throws `UncountedFileError` when an index names a file that the digest does not cover
 * @throws `FileChangedError` when a file is changed, added or removed before the last one is hashed
 * @throws `UntrustedCacheError` when others may write to the cache
 * @throws {@link InvalidWorkersError} {@link HashWorkerError}
 * @throws the signal's reason, when it is aborted
 */
export async function modelDigest(path: string, options: modelDigest.Options = {}): Promise<modelDigest.ReturnType> {
  const { contents: _, claims: __, ...result } = await hashModel(path, options)
  return result
}

export declare namespace modelDigest {
  type Options = {
    /** How many threads hash at once, 1 to {@link MAX_WORKERS}; by default one for each core. */
    workers?: number | undefined
    /** Path of the cache of digests, or `false` for none. By default `$XDG_CACHE_HOME/stemma/digests.jsonl`. */
    cache?: string | false | undefined
    /** Stops the work. Files that were finished stay in the cache. */
    signal?: AbortSignal | undefined
    /** Called with the progress, at least once for each file. */
    onProgress?: ((progress: DigestProgress) => void) | undefined
    /**
     * Paths from the folder to leave out, besides `DEFAULT_IGNORED_PATHS` and signature files. Other paths give another
     * digest.
     */
    ignore?: readonly string[] | undefined
    /** Paths that a statement records as left out. They are left out too and, unlike those of `ignore`, need not exist. */
    recordedIgnore?: readonly string[] | undefined
    /** Whether to compute the digest of the tensors too, which hashes their bytes a second time. True by default. */
    tensors?: boolean | undefined
    /** Holds the files open, so that what is hashed can be read on. */
    hold?: HoldFiles | undefined
    /** The clock, in milliseconds since 1970. */
    now?: (() => number) | undefined
  }
  type ReturnType = {
    /** SHA-256 model digest. */
    digest: Digest
    /**
     * The digest in the order of the reference program of OpenSSF Model Signing, which its signatures state; null when it is
     * the same.
     */
    referenceDigest: Digest | null
    manifest: Manifest
    /** The tensors of the model; null when they were not asked for. */
    tensors: ModelTensors | null
    /** Bytes of all files. */
    bytes: number
    /** Number of files. */
    files: number
    /** Problems of the files: what is missing, damaged or not what its name says. */
    problems: ModelProblem[]
    /** Further remarks, none of which makes the digest wrong. */
    warnings: string[]
    /** Names of the files at the top that are left out as signatures: by what they hold, or as `model.sig`. None was verified. */
    signatures: readonly string[]
  }
}

/**
 * Is given files before the first is hashed, and returns open descriptors in their order, or undefined for what it does not hold. They are
 * hashed through them, and stay open.
 *
 * @param digests what the cache knows: 64 lower-case hex digits
 */
export type HoldFiles = (
  files: readonly ListedFile[],
  digests: readonly (string | undefined)[],
) => readonly (number | undefined)[]

/** The tensors of a model, or why their digest cannot be computed. */
export type ModelTensors = TensorSet | { refused: StemmaError }

/** The tensors of a model. */
export type TensorSet = {
  /** Digest of the tensors; zero when no file of safetensors or GGUF has one. */
  digest: Digest
  /** The leaves of the tensor list, ascending. `tensorListBytes` makes the list of them. */
  leaves: readonly Digest[]
  /** The tensor list that states them, where they were not computed from the weights; a file of the model. */
  statedBy?: string
}

/** The tensors that are known. @throws the error for which they were refused */
export function requireTensors(tensors: ModelTensors): TensorSet {
  if ('refused' in tensors) throw tensors.refused
  return tensors
}

/** A model that was hashed, and its files. */
export type HashedModel = modelDigest.ReturnType & {
  /** The files that count, in the order of the manifest. */
  contents: ModelFile[]
  /** What the place of the model says of its license and parents besides the files. */
  stated?: StatedSources
  /** What unverified claims beside the files say of its lineage. */
  claims?: ModelClaims
}

/** Does what {@link modelDigest} does, and returns the files that were hashed too. */
export async function hashModel(path: string, options: modelDigest.Options = {}): Promise<HashedModel> {
  workersOf(options)
  options.signal?.throwIfAborted()
  const { all: ignored, chosen } = ignoredPaths(options)
  const root = await resolveRoot(path)
  const found = await listFiles(root, ignored)
  const isFolder = (await lstat(root)).isDirectory()
  if (isFolder) {
    const hidden = hiddenFiles(await leftOutFiles(root), chosen)
    if (hidden.length > 0) throw new HiddenFileError(hidden)
  }
  const signatures = isFolder ? await signaturesOf(found) : new Set<ListedFile>()
  const listed = found.filter((file) => !signatures.has(file))
  const model = await hashListed(
    listed,
    {
      isFolder,
      root: isFolder ? root : undefined,
      signatures: [...(await namedSignature(root, isFolder)), ...Array.from(signatures, ({ name }) => name)],
      warnings: [
        ...(await ignoredWarnings(kindOnDisk(root), options)),
        ...(isFolder ? [] : otherParts(basename(root), listed)),
      ],
      // Every file was in one state while it was read. Now all of them still are, so the digest is of one state of the whole.
      recheck: async () => checkUnchanged(found, await listFiles(root, ignored)),
    },
    options,
  )
  const claimed = [...signatures].find(({ name }) => name === CLAIMS_FILE)
  if (claimed === undefined) return model
  const claims = await readModelClaims(claimed.path, model.digest)
  return { ...model, claims, warnings: [...model.warnings, ...claims.warnings] }
}

/** A remark when a file was named that is one part of split weights, all of which are hashed. */
function otherParts(name: string, listed: readonly ListedFile[]): string[] {
  if (listed.length < 2) return []
  return [
    `${quoted(name)} is one part of split weights, so the ${listed.length} parts beside each other are hashed as one model.`,
  ]
}

/** How many threads hash. @throws {@link InvalidWorkersError} */
function workersOf({ workers = Math.min(availableParallelism(), MAX_WORKERS) }: modelDigest.Options): number {
  if (!Number.isInteger(workers) || workers < 1 || workers > MAX_WORKERS) throw new InvalidWorkersError(workers)
  return workers
}

/** What a model's files are of. */
export type ModelPlace = {
  /** Whether the model is a folder or a repository; false for a model that is one file. */
  isFolder: boolean
  /** Absolute path of the folder, for one on this disk. */
  root?: string | undefined
  /** Names of the files beside them that hold signatures, and do not count. */
  signatures: readonly string[]
  /** What is worth knowing of how the files were found. */
  warnings: readonly string[]
}

/**
 * Hashes files of a model that were found on this disk, with their tensors, and describes the model.
 *
 * @param place where they are; `recheck` is called when all are hashed, and throws when they are not what was hashed
 * @throws what {@link modelDigest} throws
 */
export async function hashListed(
  listed: readonly ListedFile[],
  place: ModelPlace & { recheck: () => Promise<void> },
  options: modelDigest.Options = {},
): Promise<HashedModel> {
  const { contents, tensors, warnings } = await hashFiles(listed, options)
  const allowSymlinks = listed.some(({ linked }) => linked)
  const model = await describeModel(contents, { ...place, allowSymlinks }, tensors, options)
  await place.recheck()
  return { ...model, warnings: [...model.warnings, ...warnings] }
}

/**
 * Hashes files that were found on this disk, with their tensors.
 *
 * @returns the files in the order that was given, their tensors (null when they were not asked for), and what is worth knowing
 * @throws what {@link modelDigest} throws of files
 */
export async function hashFiles(
  listed: readonly ListedFile[],
  options: modelDigest.Options = {},
): Promise<{ contents: ModelFile[]; tensors: ModelTensors | null; warnings: string[] }> {
  const { signal, onProgress, hold, now = Date.now } = options
  const workers = workersOf(options)
  if (listed.length === 0) throw new NoResourcesError()
  const cache = options.cache === false ? undefined : openDigestCache(options.cache ?? defaultCachePath())
  try {
    const formats = options.tensors === false ? [] : listed.map(({ name }) => tensorFormatOf(name))
    const { digests, tensors } = await hashAll(listed, formats, { workers, signal, onProgress, cache, hold, now })
    return {
      contents: listed.map((file, index) => modelFileOf(file, digests[index]!)),
      tensors: options.tensors === false ? null : tensors,
      warnings: cache?.problem === undefined ? [] : [cache.problem],
    }
  } finally {
    cache?.close()
  }
}

/**
 * Describes a model from its files and their digests: the digest of the whole, and the problems of the files.
 *
 * @param tensors what is known of its tensors; null when they were not asked for
 * @throws `NoResourcesError` `InvalidResourceError` `DuplicateResourceError` `UncountedFileError` `IgnoredPathError`
 */
export async function describeModel(
  contents: ModelFile[],
  place: ModelPlace & { allowSymlinks: boolean },
  tensors: ModelTensors | null,
  options: Pick<modelDigest.Options, 'ignore' | 'recordedIgnore'> = {},
): Promise<HashedModel> {
  const { isFolder, root, signatures, allowSymlinks } = place
  const { all, chosen } = ignoredPaths(options)
  const manifest = manifestOf(contents, { ignoredPaths: [...new Set([...all, ...signatures])], allowSymlinks })
  const unasked = [...all].filter((each) => !chosen.has(each) || DEFAULT_IGNORED_PATHS.includes(each))
  const uncounted = new Set([...unasked, ...signatures])
  const problems = await inspectFiles(contents, { isFolder, root, uncounted })
  const { digest, referenceDigest } = digestsOf(manifest)
  const warnings = [...place.warnings]
  if (referenceDigest !== null) {
    warnings.push(
      `The reference program of OpenSSF Model Signing sorts these files in another order, so its signatures state the digest ${referenceDigest}.`,
    )
  }
  return {
    digest,
    referenceDigest,
    manifest,
    tensors,
    bytes: contents.reduce((sum, { size }) => sum + size, 0),
    files: contents.length,
    problems,
    warnings,
    signatures,
    contents,
  }
}

/** The paths that are left out: all of them, and those that the caller chose. @throws `IgnoredPathError` */
export function ignoredPaths({
  ignore = [],
  recordedIgnore = [],
}: Pick<modelDigest.Options, 'ignore' | 'recordedIgnore'>): {
  all: Set<string>
  chosen: Set<string>
} {
  const all = normalizeIgnored([...DEFAULT_IGNORED_PATHS, ...ignore, ...recordedIgnore])
  return { all, chosen: normalizeIgnored(ignore) }
}

/** What is at a path of a model: nothing, a file at the top that holds signatures and nothing else, or something that could matter. */
export type KindAt = (path: string) => Promise<'nothing' | 'signature' | 'other'>

/**
 * Warnings about paths that are left out: where nothing is at one that the caller chose, which may be misspelt; and where something is at one
 * that is left out only because a statement, which anybody may have written, records it.
 */
export async function ignoredWarnings(
  kindAt: KindAt,
  options: Pick<modelDigest.Options, 'ignore' | 'recordedIgnore'>,
): Promise<string[]> {
  const { chosen } = ignoredPaths(options)
  const warnings: string[] = []
  for (const path of chosen) {
    if (DEFAULT_IGNORED_PATHS.includes(path) || (await kindAt(path)) !== 'nothing') continue
    warnings.push(`There is nothing at ${quoted(path)} in the model, so it was not left out. Check the path.`)
  }
  const found: string[] = []
  for (const path of normalizeIgnored(options.recordedIgnore ?? [])) {
    if (chosen.has(path) || DEFAULT_IGNORED_PATHS.includes(path)) continue
    if ((await kindAt(path)) === 'other') found.push(quoted(path))
  }
  if (found.length === 0) return warnings
  const listed = found.length > 3 ? `${found.slice(0, 3).join(', ')} and ${found.length - 3} more` : found.join(', ')
  const left = `The statement leaves ${listed} out of the model, so nothing was compared there. Check that it holds no part of it.`
  return [...warnings, left]
}

function kindOnDisk(root: string): KindAt {
  return async (name) => {
    const path = join(root, name)
    const stats = await lstat(path, { bigint: true }).catch(() => undefined)
    if (stats === undefined) return 'nothing'
    const mayBe = !name.includes('/') && stats.isFile()
    return mayBe && (await isSignature({ name, path, linked: false, state: stateOf(stats) })) ? 'signature' : 'other'
  }
}

/** `model.sig`, which is left out by its name, where the folder has it. */
async function namedSignature(root: string, isFolder: boolean): Promise<string[]> {
  return isFolder && (await kindOnDisk(root)(SIGNATURE_NAME)) !== 'nothing' ? [SIGNATURE_NAME] : []
}

/** The files at the root of a folder that hold signatures and nothing else, whatever their names. */
async function signaturesOf(files: readonly ListedFile[]): Promise<Set<ListedFile>> {
  const signatures = new Set<ListedFile>()
  for (const file of files) {
    if (!file.name.includes('/') && (await isSignature(file))) signatures.add(file)
  }
  return signatures
}

async function isSignature({ name, path, state }: ListedFile): Promise<boolean> {
  if (!isSignatureName(name) || state.size > MAX_SIGNATURE_BYTES) return false
  return withFile(path, async (source) => {
    const [first] = await source.read(0, Math.min(1, source.size))
    // JSON begins with a brace, or with white space before it.
    if (first === undefined || !'{ \t\r\n'.includes(String.fromCharCode(first))) return false
    return isSignatureFile(await source.read(0, source.size))
  })
}

/**
 * The path of a model without links above it, which are followed because the caller chose them. For the folder of a repository in the
 * Hub's cache, its snapshot where it has only one.
 */
async function resolveRoot(path: string): Promise<string> {
  const absolute = resolve(path)
  try {
    const root = join(await realpath(dirname(absolute)), basename(absolute))
    return (await onlySnapshotOf(root)) ?? root
  } catch {
    throw new ModelNotFoundError(path)
  }
}

type Work = {
  workers: number
  signal: AbortSignal | undefined
  onProgress: ((progress: DigestProgress) => void) | undefined
  cache: DigestCache | undefined
  hold: HoldFiles | undefined
  now: () => number
}

type Hashed = { digests: string[]; tensors: ModelTensors }

/** Hashes files, and their tensors where a format is given. */
async function hashAll(
  files: readonly ListedFile[],
  formats: readonly (TensorFormat | undefined)[],
  work: Work,
): Promise<Hashed> {
  const { cache, hold, now, onProgress, signal } = work
  const digests: string[] = Array.from({ length: files.length })
  const leaves: Digest[] = []
  const progress: DigestProgress = {
    bytes: 0,
    totalBytes: totalOf(files),
    files: 0,
    totalFiles: files.length,
    cachedBytes: 0,
  }
  const report = () => onProgress?.({ ...progress })

  const cached = files.map(({ path, state }) => cache?.get(path, state))
  const held = hold?.(
    files,
    cached.map((each) => each?.digest),
  )
  const known = files.map((_, index) => {
    const tensors = cached[index]?.tensors
    return tensors !== undefined && tensors.format === formats[index] ? tensors.leaves : undefined
  })
  const { ranges, refused } = await readRanges(
    files,
    formats.map((format, index) => (known[index] === undefined ? format : undefined)),
    signal,
  )
  const pending: number[] = []
  for (const [index, { state }] of files.entries()) {
    const found = cached[index]
    if (found === undefined || ranges[index] !== undefined) {
      pending.push(index)
      continue
    }
    digests[index] = found.digest
    for (const leaf of known[index] ?? []) leaves.push(leaf)
    progress.files++
    progress.bytes += Number(state.size)
    progress.cachedBytes += Number(state.size)
  }
  report()

  const started = new Map<number, number>()
  const job: Job = {
    files,
    held: held ?? [],
    parts: ranges.map((each) => partsOf(each ?? [])),
    // The largest first, so that no thread is left with it at the end.
    queue: pending.sort((a, b) => Number(files[b]!.state.size - files[a]!.state.size)),
    onStart: (index) => started.set(index, now()),
    onBytes: (bytes) => {
      progress.bytes += bytes
      report()
    },
    onOutcome: (index, outcome) => {
      if ('problem' in outcome) throw errorOfProblem(outcome.problem)
      if ('stopped' in outcome) throw signal?.reason
      const { path, state } = files[index]!
      const { digest, parts } = outcome
      const found = ranges[index] && leavesOf(ranges[index], parts)
      digests[index] = digest
      for (const leaf of found ?? []) leaves.push(leaf)
      const tensors = found && { format: formats[index]!, leaves: found }
      cache?.set(path, state, { digest, tensors }, started.get(index)!)
      progress.files++
      report()
    },
    signal,
  }
  const bytes = pending.reduce((sum, index) => sum + files[index]!.state.size, 0n)
  if (bytes < INLINE_BYTES) hashInline(job)
  else await hashInWorkers(job, Math.min(work.workers, pending.length))
  const tensors = refused ? { refused } : { digest: tensorsDigest(leaves), leaves: sortTensorLeaves(leaves) }
  return { digests, tensors }
}

type Ranges = { ranges: (readonly TensorRange[] | undefined)[]; refused?: StemmaError }

/**
 * Reads the headers of files where a format is given. When one of them is refused, the tensors have no digest, and none is
 * hashed.
 */
async function readRanges(
  files: readonly ListedFile[],
  formats: readonly (TensorFormat | undefined)[],
  signal: AbortSignal | undefined,
): Promise<Ranges> {
  const ranges: (readonly TensorRange[] | undefined)[] = []
  for (const [index, { name, path, state }] of files.entries()) {
    signal?.throwIfAborted()
    const format = formats[index]
    const read = (source: ByteSource, opened: FileState) => {
      // Another file may have been there for a moment. Its header must not divide the bytes of this one.
      if (!isSameState(opened, state)) throw new FileChangedError(path, 'was changed')
      return readTensorRanges(format!, { ...source, path: name })
    }
    try {
      ranges.push(format && (await withFile(path, read)))
    } catch (error) {
      if (!(error instanceof StemmaError) || error instanceof FileChangedError) throw error
      return { ranges: files.map(() => undefined), refused: error }
    }
  }
  return { ranges }
}

type Job = {
  files: readonly ListedFile[]
  /** Descriptors of those that are open already. */
  held: readonly (number | undefined)[]
  /** Parts of each file that are hashed too. */
  parts: readonly PartRanges[]
  /** Indices of the files to hash. */
  queue: number[]
  onStart: (index: number) => void
  onBytes: (bytes: number) => void
  /** Ends the job by throwing. */
  onOutcome: (index: number, outcome: HashOutcome) => void
  signal: AbortSignal | undefined
}

function hashInline({ files, held, parts, queue, onStart, onBytes, onOutcome, signal }: Job): void {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  for (const index of queue) {
    signal?.throwIfAborted()
    const { path, state } = files[index]!
    onStart(index)
    const onRead = (bytes: number): boolean => {
      onBytes(bytes)
      return signal?.aborted !== true
    }
    const outcome = hashFile(path, state, parts[index]!, onRead, buffer, held[index])
    onOutcome(index, outcome)
  }
}

async function hashInWorkers(job: Job, count: number): Promise<void> {
  const { files, held, parts, queue, onStart, onBytes, onOutcome, signal } = job
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const threads: Worker[] = []
  let onAbort = () => {}
  try {
    await new Promise<void>((succeed, fail) => {
      let waiting = queue.length
      let next = 0
      const feed = (thread: Worker) => {
        const index = queue[next++]
        if (index === undefined) return
        const { path, state } = files[index]!
        onStart(index)
        const open = held[index]
        const request: HashRequest = {
          index,
          path,
          state,
          ranges: parts[index]!,
          ...(open !== undefined && { held: open }),
        }
        thread.postMessage(request)
      }
      const receive = (thread: Worker, answer: HashAnswer) => {
        try {
          if ('bytes' in answer) return onBytes(answer.bytes)
          onOutcome(answer.index, answer.outcome)
          if (--waiting === 0) succeed()
          else feed(thread)
        } catch (error) {
          fail(error)
        }
      }
      // A listener does not hear of an earlier abort.
      signal?.throwIfAborted()
      onAbort = () => fail(signal?.reason)
      signal?.addEventListener('abort', onAbort)
      for (let started = 0; started < count; started++) {
        const thread = new Worker(hashWorkerUrl(), { workerData: { stop } satisfies HashWorkerData })
        threads.push(thread)
        thread.on('message', (answer: HashAnswer) => receive(thread, answer))
        thread.on('error', (error) => fail(new HashWorkerError(error)))
        thread.on('exit', (code) => fail(new HashWorkerError(new Error(`exit code ${code}`))))
        feed(thread)
      }
    })
  } finally {
    signal?.removeEventListener('abort', onAbort)
    Atomics.store(stop, 0, 1)
    await Promise.all(threads.map((thread) => thread.terminate()))
  }
}

function totalOf(files: readonly ListedFile[]): number {
  return Number(files.reduce((sum, { state }) => sum + state.size, 0n))
}

/** Thrown for the tensors of a model whose weights are elsewhere and were not read. */
export class TensorsUnreadError extends StemmaError {
  override name = 'TensorsUnreadError'
  override readonly kind = 'undecided'
  constructor(where: string) {
    super(
      'TENSORS_UNREAD',
      `The digest of the tensors needs the weights themselves, which were not downloaded from ${where}. To compute it, download the model and name its folder.`,
    )
  }
}

/** Thrown for an invalid number of workers. */
export class InvalidWorkersError extends StemmaError {
  override name = 'InvalidWorkersError'
  constructor(workers: number) {
    super(
      'INVALID_WORKERS',
      `Invalid number of workers ${quoted(String(workers))}: use a whole number from 1 to ${MAX_WORKERS}.`,
    )
  }
}

/** Thrown when a hashing thread ends before its work is done. */
export class HashWorkerError extends StemmaError {
  override name = 'HashWorkerError'
  override readonly kind = 'unavailable'
  constructor(cause: Error) {
    super('HASH_WORKER', `A hashing thread ended early (${quoted(cause.message)}). Try again with fewer workers.`, {
      cause,
    })
  }
}
