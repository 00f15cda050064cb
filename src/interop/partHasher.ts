import type { Digest } from '../core/hex.ts'
import { sortTensorLeaves, tensorLeaf } from '../core/tensors.ts'
import type { TensorRange } from './tensors.ts'

/** Parts of a file to hash besides the whole: the offset and the length of each in turn, ascending, without overlap. */
export type PartRanges = Float64Array
/** The SHA-256 of each part in turn, 32 bytes each. */
export type PartDigests = Uint8Array

/** A SHA-256 that takes bytes piece by piece, of Node or of a browser. */
export type Sha256 = {
  /** Takes the next bytes. */
  update(bytes: Uint8Array): unknown
  /** Ends it. 32 bytes. */
  digest(): Uint8Array
}

/** Hashes parts of a file while its bytes pass by from the first to the last. */
export class PartHasher {
  readonly #ranges: PartRanges
  readonly #digests: PartDigests
  readonly #sha256: () => Sha256
  #hash: Sha256
  /** Index of the part that is hashed or comes next. */
  #part = 0
  /** Offset of the next byte in the file. */
  #position = 0

  /** @param sha256 makes a hash of no bytes yet; it may be the one that it made before, whose digest was taken */
  constructor(ranges: PartRanges, sha256: () => Sha256) {
    this.#ranges = ranges
    this.#sha256 = sha256
    this.#hash = sha256()
    this.#digests = new Uint8Array((ranges.length / 2) * 32)
  }

  /** Takes the next bytes of the file. */
  update(chunk: Uint8Array): void {
    const end = this.#position + chunk.length
    for (;;) {
      const start = this.#ranges[2 * this.#part]
      if (start === undefined || start >= end) break
      const stop = start + this.#ranges[2 * this.#part + 1]!
      const from = Math.max(start, this.#position) - this.#position
      this.#hash.update(chunk.subarray(from, Math.min(stop, end) - this.#position))
      if (stop > end) break
      this.#finish()
    }
    this.#position = end
  }

  /** The digests of all parts, once every byte of the file has passed by. */
  digests(): PartDigests {
    // What is left are parts without bytes at the end of the file.
    while (2 * this.#part < this.#ranges.length) this.#finish()
    return this.#digests
  }

  #finish(): void {
    this.#digests.set(this.#hash.digest(), 32 * this.#part++)
    this.#hash = this.#sha256()
  }
}

/** The ranges of tensors as parts of a file to hash. */
export function partsOf(ranges: readonly TensorRange[]): PartRanges {
  const parts = new Float64Array(2 * ranges.length)
  for (const [index, { offset, length }] of ranges.entries()) {
    parts[2 * index] = offset
    parts[2 * index + 1] = length
  }
  return parts
}

/** The leaves of a file's tensors, ascending. @param parts the digests of their bytes, in the order of the ranges */
export function leavesOf(ranges: readonly TensorRange[], parts: PartDigests): Digest[] {
  const leaves = ranges.map(({ dtype, shape }, index) =>
    tensorLeaf({ dtype, shape, dataDigest: parts.subarray(32 * index, 32 * index + 32) }),
  )
  return sortTensorLeaves(leaves)
}
