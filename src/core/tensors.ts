import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'

import { StemmaError } from './errors.ts'
import { ZERO_DIGEST, type Digest } from './hex.ts'
import { sha256 } from './sha256.ts'
import { quoted } from './text.ts'

/** What a tensor list begins with. */
export const TENSOR_LIST_PREFIX = 'stemma-tensors-1\n'
/** Most dimensions of a tensor: a leaf has one byte for their number. */
export const MAX_TENSOR_RANK = 255

const LEAF_PREFIX = utf8ToBytes('stemma-tensor-1\n')
const DTYPE = /^[A-Z0-9_]{1,16}$/

/** A tensor, by its type, shape and content. Its name and place do not count. */
export type TensorContent = {
  /** Type of the elements, such as `BF16`; `GGML_` and a number for a type that only ggml has. */
  dtype: string
  /** Elements in each dimension, the slowest first; empty for a single number. */
  shape: readonly number[]
  /** SHA-256 of the bytes: 32 bytes. */
  dataDigest: Uint8Array
}

/** Whether a leaf can have this type: 1 to 16 capital letters, digits and underscores. */
export function isTensorDtype(dtype: string): boolean {
  return DTYPE.test(dtype)
}

/**
 * The leaf of a tensor in a tensor list, version 1 (`docs/formats/tensors.md`): SHA-256 of "stemma-tensor-1\n", the type with its
 * length in a byte, the number of dimensions in a byte, each dimension as a little-endian uint64, and the digest of the data.
 *
 * @throws {@link TensorLeafError} for a type, shape or digest that no leaf can have
 */
export function tensorLeaf({ dtype, shape, dataDigest }: TensorContent): Digest {
  if (!isTensorDtype(dtype)) throw new TensorLeafError(`the type ${quoted(dtype)}`, '1 to 16 of A-Z, 0-9 and "_"')
  if (shape.length > MAX_TENSOR_RANK) {
    throw new TensorLeafError(`${shape.length} dimensions`, `at most ${MAX_TENSOR_RANK}`)
  }
  const wrong = shape.find((count) => !Number.isSafeInteger(count) || count <= 0)
  if (wrong !== undefined) throw new TensorLeafError(`a dimension of ${wrong}`, 'whole numbers from 1 to 2^53 - 1')
  if (dataDigest.length !== 32) throw new TensorLeafError(`a digest of ${dataDigest.length} bytes`, '32 bytes')

  const type = utf8ToBytes(dtype)
  const bytes = new Uint8Array(LEAF_PREFIX.length + 1 + type.length + 1 + 8 * shape.length + 32)
  const view = new DataView(bytes.buffer)
  let at = LEAF_PREFIX.length
  bytes.set(LEAF_PREFIX)
  bytes[at++] = type.length
  bytes.set(type, at)
  at += type.length
  bytes[at++] = shape.length
  for (const count of shape) {
    view.setBigUint64(at, BigInt(count), true)
    at += 8
  }
  bytes.set(dataDigest, at)
  return sha256(bytes)
}

/** Leaves as a tensor list has them: ascending, each once. */
export function sortTensorLeaves(leaves: Iterable<Digest>): Digest[] {
  // Lower-case hex sorts as the bytes do.
  return [...new Set(leaves)].sort()
}

/** The bytes of a tensor list: "stemma-tensors-1\n" and the leaves, ascending, each once. Their SHA-256 is {@link tensorsDigest}. */
export function tensorListBytes(leaves: Iterable<Digest>): Uint8Array {
  const sorted = sortTensorLeaves(leaves)
  const bytes = new Uint8Array(TENSOR_LIST_PREFIX.length + 32 * sorted.length)
  bytes.set(utf8ToBytes(TENSOR_LIST_PREFIX))
  for (const [index, leaf] of sorted.entries()) {
    bytes.set(hexToBytes(leaf.slice(2)), TENSOR_LIST_PREFIX.length + 32 * index)
  }
  return bytes
}

/** The `tensors` of a registration, version 1: SHA-256 of the tensor list; zero when there is no tensor. */
export function tensorsDigest(leaves: Iterable<Digest>): Digest {
  const bytes = tensorListBytes(leaves)
  return bytes.length === TENSOR_LIST_PREFIX.length ? ZERO_DIGEST : sha256(bytes)
}

/** Thrown when a tensor has a type, shape or digest that no leaf of a tensor list can have. */
export class TensorLeafError extends StemmaError {
  override name = 'TensorLeafError'
  constructor(what: string, expected: string) {
    super('TENSOR_LEAF', `A tensor has ${what}. Expected ${expected}; the file cannot have a tensors digest.`)
  }
}
