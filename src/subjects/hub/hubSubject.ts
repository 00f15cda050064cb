import { createHash } from 'node:crypto'
import { posix } from 'node:path'

import { HiddenFileError, hiddenFiles } from '../../interop/modelFolder.ts'
import {
  describeModel,
  ignoredPaths,
  ignoredWarnings,
  TensorsUnreadError,
  type KindAt,
  type ModelTensors,
} from '../../artifacts/modelDigest.ts'
import type { ModelFile } from '../../artifacts/modelFile.ts'
import { StemmaError } from '../../core/errors.ts'
import { ZERO_DIGEST } from '../../core/hex.ts'
import { mapConcurrent } from '../../core/mapConcurrent.ts'
import { tensorsDigest } from '../../core/tensors.ts'
import { quoted } from '../../core/text.ts'
import { parseTensorList } from '../../documents/tensorList.ts'
import { FileTruncatedError } from '../../interop/byteSource.ts'
import { NoResourcesError, SIGNATURE_NAME } from '../../interop/oms.ts'
import { isSignatureFile, isSignatureName, MAX_SIGNATURE_BYTES } from '../../interop/sigstore.ts'
import { tensorFormatOf } from '../../interop/tensors.ts'
import type { Subject, SubjectOptions } from '../subject.ts'
import { HubPathError, HubTooLargeError } from './errors.ts'
import type { HubFile } from './listing.ts'
import { openHub, type HubRepository } from './openHub.ts'

/** The name of a tensor list at the top of a repository. */
export const TENSOR_LIST_FILE = 'tensors.list'
/** Bytes of all files that are not in LFS, and so must be downloaded. */
const MAX_PLAIN_BYTES = 1024 * 1024 * 1024
/** How many files are downloaded at a time. */
const MOST_DOWNLOADS = 6

/**
 * Opens a model on the Hub as a subject. The Hub states the SHA-256 of files in LFS; others are downloaded and hashed. So the digest is that
 * of the downloaded folder. The Hub's word counts for what is in LFS: a loader that downloads it can check it again by the manifest.
 *
 * @throws what `openHub` throws, and `NoResourcesError` `HiddenFileError` `UncountedFileError` `IgnoredPathError` as for a folder
 */
export async function openHubSubject(reference: string, options: SubjectOptions = {}): Promise<Subject> {
  const { all: ignored, chosen } = ignoredPaths(options)
  const repository = await openHub(reference, options)
  const { id, commit, endpoint } = repository
  const { isFolder, files: named } = filesAt(repository)
  const isLeftOut = (name: string): boolean =>
    ignored.has(name) || [...ignored].some((path) => name.startsWith(`${path}/`))
  const hidden = hiddenFiles(
    named.map(({ name }) => name),
    chosen,
  )
  if (hidden.length > 0) throw new HiddenFileError(hidden)
  const found = isFolder ? named.filter(({ name }) => !isLeftOut(name)) : named
  const isSignature = async ({ name, size, source }: NamedFile): Promise<boolean> =>
    !name.includes('/') &&
    isSignatureName(name) &&
    size <= MAX_SIGNATURE_BYTES &&
    isSignatureFile(await repository.read(source))

  const plain = found.filter(({ source }) => source.sha256 === null)
  const total = plain.reduce((sum, { size }) => sum + size, 0)
  if (total > MAX_PLAIN_BYTES) {
    throw new HubTooLargeError(
      `The files of ${quoted(id)} that are not in LFS have ${total} bytes and must be downloaded`,
      `${MAX_PLAIN_BYTES} bytes are`,
    )
  }
  const progress = { bytes: 0, totalBytes: total, files: 0, totalFiles: found.length, cachedBytes: 0 }
  options.onProgress?.({ ...progress })
  const read = await mapConcurrent(found, MOST_DOWNLOADS, async (file) => {
    const { source, size } = file
    const digest =
      source.sha256 ??
      createHash('sha256')
        .update(await repository.read(source))
        .digest('hex')
    const counts = !isFolder || !(await isSignature(file))
    progress.files++
    progress.bytes += source.sha256 === null ? size : 0
    options.onProgress?.({ ...progress })
    return { counts, file: modelFileOfHub(repository, file, digest) }
  })
  const contents = read.flatMap(({ counts, file }) => (counts ? [file] : []))
  const signatures = [
    ...(isFolder && named.some(({ name }) => name === SIGNATURE_NAME) ? [SIGNATURE_NAME] : []),
    ...read.flatMap(({ counts, file }) => (counts ? [] : [file.name])),
  ]
  if (contents.length === 0) throw new NoResourcesError()

  const kindAt: KindAt = async (path) => {
    const file = named.find(({ name }) => name === path)
    if (file !== undefined) return (await isSignature(file)) ? 'signature' : 'other'
    return named.some(({ name }) => name.startsWith(`${path}/`)) ? 'other' : 'nothing'
  }
  const { tensors, warnings } = await tensorsOf(contents, endpoint.host, options)
  const unread = contents.filter(({ name, atHand }) => !atHand && /\.gguf$/i.test(name)).length
  const model = await describeModel(
    contents,
    {
      isFolder,
      signatures,
      allowSymlinks: false,
      warnings: [
        ...repository.warnings,
        ...(await ignoredWarnings(kindAt, options)),
        ...warnings,
        ...(unread === 0
          ? []
          : [
              `What ${unread === 1 ? 'a GGUF file says' : `${unread} GGUF files say`} of parents and license was not read; that needs a download.`,
            ]),
      ],
    },
    tensors,
    options,
  )
  return { ...model, place: 'hub', reference, name: id, revision: commit }
}

/** A file of the repository by its name in the model. */
type NamedFile = { name: string; size: number; source: HubFile }

/** The files of what was named: all, those of a folder, or one. */
function filesAt({ id, commit, path, files }: HubRepository): { isFolder: boolean; files: NamedFile[] } {
  const named = (source: HubFile, name: string): NamedFile => ({ name, size: source.size, source })
  if (path === undefined) return { isFolder: true, files: files.map((file) => named(file, file.name)) }
  const alone = files.find(({ name }) => name === path)
  if (alone !== undefined) return { isFolder: false, files: [named(alone, posix.basename(path))] }
  const prefix = `${path}/`
  const below = files.filter(({ name }) => name.startsWith(prefix))
  if (below.length === 0) throw new HubPathError(id, commit, path)
  return { isFolder: true, files: below.map((file) => named(file, file.name.slice(prefix.length))) }
}

function modelFileOfHub({ read }: HubRepository, { name, size, source }: NamedFile, digest: string): ModelFile {
  return {
    name,
    size,
    digest,
    atHand: source.sha256 === null,
    open: async (use) => {
      const bytes = await read(source)
      return use({
        path: name,
        size: bytes.length,
        read: async (offset, length) => {
          if (offset + length > bytes.length) throw new FileTruncatedError(name, offset + length)
          return bytes.subarray(offset, offset + length)
        },
      })
    },
  }
}

/** What is known of the tensors without their content: the list that the publisher has put beside them, or nothing. */
async function tensorsOf(
  contents: readonly ModelFile[],
  host: string,
  options: SubjectOptions,
): Promise<{ tensors: ModelTensors | null; warnings: string[] }> {
  if (options.tensors === false) return { tensors: null, warnings: [] }
  if (contents.every(({ name }) => tensorFormatOf(name) === undefined))
    return { tensors: { digest: ZERO_DIGEST, leaves: [] }, warnings: [] }
  const refused = { refused: new TensorsUnreadError(host) }
  const list = contents.find(({ name }) => name === TENSOR_LIST_FILE)
  if (list === undefined) return { tensors: refused, warnings: [] }
  try {
    const leaves = parseTensorList(await list.open((source) => source.read(0, source.size)))
    const digest = tensorsDigest(leaves)
    const warning = `The tensors are those of ${quoted(TENSOR_LIST_FILE)}, a statement of the repository. They were not computed from the weights.`
    return { tensors: { digest, leaves, statedBy: TENSOR_LIST_FILE }, warnings: [warning] }
  } catch (error) {
    if (!(error instanceof StemmaError) || error.code !== 'TENSOR_LIST') throw error
    return { tensors: refused, warnings: [error.message] }
  }
}
