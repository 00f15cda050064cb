import { createSHA256, type IHasher } from 'hash-wasm'
import { sha256Joined, tensorsDigest, type Digest } from 'stemma/core'
import {
  compareResourceNames,
  digestsOf,
  HiddenFileError,
  hiddenFiles,
  isSignatureFile,
  isSignatureName,
  leavesOf,
  manifestOf,
  MAX_SIGNATURE_BYTES,
  PartHasher,
  partsOf,
  readTensorRanges,
  tensorFormatOf,
  type ByteSource,
  type Sha256,
  type TensorRange,
} from 'stemma/interop'

import type { Collected, Found } from './collect.ts'

/** Bytes that are read at once. */
const CHUNK = 4 * 1024 * 1024

/** A file that was hashed. */
export type HashedFile = {
  sha256: Digest
  /** The model digest that the file alone has. */
  alone: Digest
  /** Whether it holds signatures and nothing else, so that the digest of its folder leaves it out. */
  isSignature: boolean
}

/** What the files are together, or why that cannot be said. */
export type HashedModel = {
  /** The model digest, and the one in the order of the reference program where that is another. */
  digests: { digest: Digest; referenceDigest: Digest | null } | { refused: string }
  /** The digest of the tensors; null where no file has any. */
  tensors: Digest | null | { refused: string }
}

/** Is called as files are hashed. */
export type Listener = {
  onBytes: (index: number, bytes: number) => void
  onFile: (index: number, hashed: HashedFile) => void
}

/** Hashes files, and computes of them what `stemma digest` computes of the same folder or file. Reads them piece by piece. */
export async function hashModel(
  { files, isFolder, leftOut }: Pick<Collected, 'files' | 'isFolder' | 'leftOut'>,
  { onBytes, onFile }: Listener,
): Promise<HashedModel> {
  const [whole, part] = await Promise.all([createSHA256(), createSHA256()])
  const order = files.map((_, index) => index)
  order.sort((a, b) => compareResourceNames(files[a]!.path, files[b]!.path))
  const counted: { name: string; digest: string }[] = []
  const leaves: Digest[] = []
  let refused: string | undefined
  for (const index of order) {
    const found = files[index]!
    let ranges: TensorRange[] = []
    try {
      ranges = refused === undefined ? await rangesOf(found) : []
    } catch (error) {
      refused = messageOf(error)
    }
    const parts = new PartHasher(partsOf(ranges), () => hashOf(part))
    whole.init()
    for (let offset = 0; offset < found.file.size; offset += CHUNK) {
      const chunk = await bytesOf(found.file, offset, CHUNK)
      whole.update(chunk)
      parts.update(chunk)
      onBytes(index, chunk.length)
    }
    const digest = whole.digest()
    const isSignature = isFolder && (await holdsSignatures(found))
    if (!isSignature) {
      counted.push({ name: found.path, digest })
      for (const leaf of leavesOf(ranges, parts.digests())) leaves.push(leaf)
    }
    const sha256 = `0x${digest}` as Digest
    onFile(index, { sha256, alone: sha256Joined([sha256]), isSignature })
  }
  return {
    digests: digestsOrRefused(counted, isFolder ? leftOut : []),
    tensors: refused !== undefined ? { refused } : leaves.length === 0 ? null : tensorsDigest(leaves),
  }
}

function digestsOrRefused(
  counted: readonly { name: string; digest: string }[],
  leftOut: readonly string[],
): HashedModel['digests'] {
  try {
    const hidden = hiddenFiles(leftOut)
    if (hidden.length > 0) throw new HiddenFileError(hidden)
    return digestsOf(manifestOf(counted))
  } catch (error) {
    return { refused: messageOf(error) }
  }
}

async function rangesOf({ path, file }: Found): Promise<TensorRange[]> {
  const format = tensorFormatOf(path)
  const source: ByteSource = { path, size: file.size, read: (offset, length) => bytesOf(file, offset, length) }
  return format === undefined ? [] : readTensorRanges(format, source)
}

async function holdsSignatures({ path, file }: Found): Promise<boolean> {
  if (path.includes('/') || !isSignatureName(path) || file.size > MAX_SIGNATURE_BYTES) return false
  const [first] = await bytesOf(file, 0, 1)
  // JSON begins with a brace, or with white space before it.
  if (first === undefined || !'{ \t\r\n'.includes(String.fromCharCode(first))) return false
  return isSignatureFile(await bytesOf(file, 0, file.size))
}

async function bytesOf(file: File, offset: number, length: number): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(offset, offset + length).arrayBuffer())
}

function hashOf(hasher: IHasher): Sha256 {
  hasher.init()
  return { update: (bytes) => hasher.update(bytes), digest: () => hasher.digest('binary') }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
