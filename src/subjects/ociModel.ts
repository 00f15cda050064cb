import { createHash } from 'node:crypto'

import { HiddenFileError, hiddenFiles } from '../interop/modelFolder.ts'
import { nodeSha256 } from '../artifacts/hashFile.ts'
import { checkUnchanged, FileChangedError, type ListedFile } from '../artifacts/listFiles.ts'
import {
  describeModel,
  hashFiles,
  ignoredPaths,
  ignoredWarnings,
  type DigestProgress,
  type HashedModel,
  type KindAt,
  type modelDigest,
  type ModelTensors,
} from '../artifacts/modelDigest.ts'
import type { ModelFile } from '../artifacts/modelFile.ts'
import { MAX_TEXT_BYTES } from '../artifacts/modelText.ts'
import { StemmaError } from '../core/errors.ts'
import type { Digest } from '../core/hex.ts'
import { sortTensorLeaves, tensorsDigest } from '../core/tensors.ts'
import { FileTruncatedError, type ByteSource } from '../interop/byteSource.ts'
import { compareResourceNames, NoResourcesError, SIGNATURE_NAME } from '../interop/oms.ts'
import { leavesOf, PartHasher, partsOf } from '../interop/partHasher.ts'
import { isSignatureFile, isSignatureName, MAX_SIGNATURE_BYTES } from '../interop/sigstore.ts'
import { readTensorRanges, tensorFormatOf, type TensorRange } from '../interop/tensors.ts'
import { openInLayer, readLayer, UnpackBudget, type Layer } from './layer.ts'
import type { OciLayer, OciModel } from './ociLayout.ts'
import type { SequentialSource } from './sequentialSource.ts'
import { checkStated, listStored } from './storedModel.ts'
import { LayerEntryError } from './tarTypes.ts'

/** Most files of a model in layers. */
const MAX_FILES = 100_000
/** Bytes of small files, and of the beginnings of others, that are kept so that a layer need not be read again for them. */
const MAX_KEPT_BYTES = 256 * 1024 * 1024
/** Bytes at the beginning of a file without tensors that are kept. */
const HEAD_BYTES = 4096

/**
 * Hashes the files of a model in an OCI layout by the names that they have when it is unpacked, so that the digest is that of the folder it
 * was packed from. A tar is read as it passes by, without unpacking it to the disk. Every blob is checked against its digest and its size.
 *
 * @throws `BlobMismatchError` `BlobMissingError` `BlobOutsideStoreError` for a blob that is not the one that the manifest names
 * @throws {@link LayerEntryError} `LayerDamagedError` `InvalidResourceError` for a layer that no model has
 * @throws what `modelDigest` throws of a folder
 */
export async function hashOciModel(model: OciModel, options: modelDigest.Options = {}): Promise<HashedModel> {
  const { root, layers } = model
  // Two layers may be the same blob, so they are distinguished by their numbers.
  const list = () => Promise.all(layers.map((layer, index) => listStored(root, { ...layer, name: String(index) })))
  const blobs = await list()
  const { names, plain, packed } = await readLayers(layers, blobs, options)
  const { all: ignored, chosen } = ignoredPaths(options)
  const hidden = hiddenFiles(names.all(), chosen)
  if (hidden.length > 0) throw new HiddenFileError(hidden)

  const isLeftOut = (name: string) => ignored.has(name) || [...ignored].some((path) => name.startsWith(`${path}/`))
  const found = [...plain.contents, ...packed.map(({ file }) => file)].filter(({ name }) => !isLeftOut(name))
  const signed = [
    ...(await signaturesIn(plain.contents)),
    ...packed.flatMap(({ file, isSignature }) => (isSignature ? [file.name] : [])),
  ]
  const signatures = new Set(signed.filter((name) => !isLeftOut(name)))
  const contents = found
    .filter(({ name }) => !signatures.has(name))
    .sort((a, b) => compareResourceNames(a.name, b.name))
  if (contents.length === 0) throw new NoResourcesError()

  const kindAt: KindAt = async (path) => (signatures.has(path) ? 'signature' : names.has(path) ? 'other' : 'nothing')
  const tensors = new Map(packed.map((each) => [each.file, each.tensors]))
  const counted = contents.map((file) => tensors.get(file) ?? null)
  const warnings = [...model.warnings, ...(await ignoredWarnings(kindAt, options)), ...plain.warnings]
  const described = await describeModel(
    contents,
    {
      isFolder: true,
      signatures: [...(names.has(SIGNATURE_NAME) ? [SIGNATURE_NAME] : []), ...signatures],
      allowSymlinks: false,
      warnings,
    },
    options.tensors === false ? null : joinTensors([plain.tensors, ...counted]),
    options,
  )
  checkUnchanged(blobs, await list())
  return described
}

type ReadLayers = {
  names: ModelNames
  /** The files that are layers as they are; those that are left out are not among them. */
  plain: { contents: ModelFile[]; tensors: ModelTensors | null; warnings: string[] }
  /** The files in tars. */
  packed: LayerFile[]
}

/** Reads all layers, the tars first. @param blobs the file of each layer */
async function readLayers(
  layers: readonly OciLayer[],
  blobs: readonly ListedFile[],
  options: modelDigest.Options,
): Promise<ReadLayers> {
  const { signal } = options
  const names = new ModelNames()
  const progress = new LayerProgress(blobs, options.onProgress)
  const { all: ignored } = ignoredPaths(options)
  const kept = { bytes: 0 }
  // A blob that is several layers counts once.
  const sizes = new Map(blobs.map(({ path, state }) => [path, Number(state.size)]))
  const budget = new UnpackBudget([...sizes.values()].reduce((sum, size) => sum + size, 0))
  const packed: LayerFile[] = []
  const files: { file: ListedFile; digest: string }[] = []
  for (const [index, layer] of layers.entries()) {
    signal?.throwIfAborted()
    const { path, state } = blobs[index]!
    if (layer.kind === 'file') {
      names.add(layer.name, path)
      const isLeftOut = [...ignored].some((each) => layer.name === each || layer.name.startsWith(`${each}/`))
      if (!isLeftOut) files.push({ file: { ...blobs[index]!, name: layer.name }, digest: layer.digest })
      continue
    }
    const { digest, compression, prefix } = layer
    const place: Layer = { path, state, digest, compression, prefix }
    const each = async (source: SequentialSource): Promise<void> => {
      names.add(source.path, path)
      packed.push(await hashPacked(place, source, kept))
    }
    await readLayer(place, each, { budget, onBytes: progress.add, signal })
    progress.finish()
  }
  names.checkFolders()
  if (files.length === 0) return { names, packed, plain: { contents: [], tensors: null, warnings: [] } }
  const listed = files.map(({ file }) => file)
  const plain = await hashFiles(listed, { ...options, onProgress: progress.take })
  checkStated(
    files.map(({ file, digest }) => ({ name: file.name, path: file.path, digest })),
    plain.contents,
  )
  return { names, packed, plain }
}

/** A file of a tar that was hashed. */
type LayerFile = { file: ModelFile; tensors: ModelTensors; isSignature: boolean }

/** Hashes a file that passes by, and its tensors. @param kept counts the bytes that are kept of all files */
async function hashPacked(layer: Layer, source: SequentialSource, kept: { bytes: number }): Promise<LayerFile> {
  const { path: name, size } = source
  const { ranges, refused } = await readHead(source)
  const hash = createHash('sha256')
  const parts = new PartHasher(partsOf(ranges), nodeSha256)
  let head = source.head()
  // Decided as it passes by: each look at a file that is not kept reads its layer again.
  const isSignature = mayBeSignature(source) && isSignatureFile(head)
  for await (const chunk of source.bytes()) {
    hash.update(chunk)
    parts.update(chunk)
  }
  if (kept.bytes + head.length > MAX_KEPT_BYTES) head = new Uint8Array(0)
  kept.bytes += head.length
  const leaves = refused === undefined ? leavesOf(ranges, parts.digests()) : []
  return {
    file: {
      name,
      size,
      digest: hash.digest('hex'),
      atHand: true,
      open: (use) => openPacked(layer, name, size, head, use),
    },
    tensors: refused === undefined ? { digest: tensorsDigest(leaves), leaves } : { refused },
    isSignature,
  }
}

/** Whether a file is at the top, and has the name and the length of one that holds signatures. */
function mayBeSignature({ path: name, size }: { path: string; size: number }): boolean {
  return !name.includes('/') && isSignatureName(name) && size <= MAX_SIGNATURE_BYTES
}

/** Reads what is kept of a file: all of a small one, and the header of one with tensors. */
async function readHead(source: SequentialSource): Promise<{ ranges: TensorRange[]; refused?: StemmaError }> {
  const format = tensorFormatOf(source.path)
  if (format === undefined) {
    const isWhole = source.size <= MAX_TEXT_BYTES || mayBeSignature(source)
    await source.read(0, isWhole ? source.size : HEAD_BYTES)
    return { ranges: [] }
  }
  try {
    return { ranges: await readTensorRanges(format, source) }
  } catch (error) {
    if (!(error instanceof StemmaError) || error instanceof FileChangedError) throw error
    return { ranges: [], refused: error }
  }
}

/** Opens a file of a layer: from the bytes that were kept of it or, where they are not enough, by reading the layer up to it again. */
async function openPacked<T>(
  layer: Layer,
  name: string,
  size: number,
  head: Uint8Array,
  use: (source: ByteSource) => Promise<T>,
): Promise<T> {
  const isBeyond = new Error('not kept')
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    if (offset + length > size) throw new FileTruncatedError(name, offset + length)
    if (offset + length > head.length) throw isBeyond
    return head.subarray(offset, offset + length)
  }
  try {
    return await use({ path: name, size, read })
  } catch (error) {
    if (error !== isBeyond) throw error
    return openInLayer(layer, name, use)
  }
}

/** The tensors of a model from those of its files. */
function joinTensors(each: readonly (ModelTensors | null)[]): ModelTensors {
  const leaves: Digest[] = []
  for (const tensors of each) {
    if (tensors === null) continue
    if ('refused' in tensors) return tensors
    // Not push(...): there may be more leaves than a call can have arguments.
    for (const leaf of tensors.leaves) leaves.push(leaf)
  }
  return { digest: tensorsDigest(leaves), leaves: sortTensorLeaves(leaves) }
}

/** The names of files at the top that are layers, and hold signatures and nothing else. */
async function signaturesIn(files: readonly ModelFile[]): Promise<string[]> {
  const names: string[] = []
  for (const { name, size, open } of files) {
    if (!mayBeSignature({ path: name, size })) continue
    if (await open(async (source) => isSignatureFile(await source.read(0, size)))) names.push(name)
  }
  return names
}

/** The names of a model's files in all its layers. */
class ModelNames {
  /** The layer that has each name. */
  readonly #layers = new Map<string, string>()

  /** @throws {@link LayerEntryError} for a name that another file has */
  add(name: string, layer: string): void {
    if (this.#layers.has(name)) throw new LayerEntryError(layer, name, 'is there twice')
    if (this.#layers.size === MAX_FILES)
      throw new LayerEntryError(layer, name, `is one of more than ${MAX_FILES} files`)
    this.#layers.set(name, layer)
  }

  /** @throws {@link LayerEntryError} for a file whose name is that of a folder of others */
  checkFolders(): void {
    const folders = this.#folders()
    for (const [name, layer] of this.#layers)
      if (folders.has(name)) throw new LayerEntryError(layer, name, 'is a file and a folder')
  }

  /** Whether a path is that of a file or a folder. */
  has(path: string): boolean {
    return this.#layers.has(path) || this.#folders().has(path)
  }

  /** All names. */
  all(): string[] {
    return [...this.#layers.keys()]
  }

  #folders(): Set<string> {
    const folders = new Set<string>()
    for (const name of this.#layers.keys())
      for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) folders.add(name.slice(0, at))
    return folders
  }
}

/** Progress over layers, whose bytes are those of their blobs. */
class LayerProgress {
  readonly #report: ((progress: DigestProgress) => void) | undefined
  readonly #total: { totalBytes: number; totalFiles: number }
  #bytes = 0
  #files = 0

  constructor(blobs: readonly ListedFile[], report: ((progress: DigestProgress) => void) | undefined) {
    this.#report = report
    this.#total = {
      totalBytes: blobs.reduce((sum, { state }) => sum + Number(state.size), 0),
      totalFiles: blobs.length,
    }
  }

  /** Counts bytes of a tar. */
  readonly add = (bytes: number): void => {
    this.#bytes += bytes
    this.#report?.({ bytes: this.#bytes, files: this.#files, cachedBytes: 0, ...this.#total })
  }

  /** Counts a tar. */
  finish(): void {
    this.#files++
    this.add(0)
  }

  /** Adds the progress of files that are layers as they are. */
  readonly take = ({ bytes, files, cachedBytes }: DigestProgress): void => {
    this.#report?.({ bytes: this.#bytes + bytes, files: this.#files + files, cachedBytes, ...this.#total })
  }
}
