import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'

import { StemmaError } from './errors.ts'
import { isBytes32, type Digest } from './hex.ts'

const HASH_BYTES = 32
/** A node that is being hashed: a one and the hashes of its children. */
const NODE = /* @__PURE__ */ new Uint8Array(1 + 2 * HASH_BYTES).fill(1, 0, 1)

/** SHA-256 of some bytes, which it does not keep, by any implementation: that of a platform is faster than the portable one. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array

/** The hash of a record as a leaf of a log: SHA-256 of a zero byte and the record. */
export function leafHashOf(record: Uint8Array, hash: Sha256 = sha256): Digest {
  return toDigest(hash(concatBytes(Uint8Array.of(0), record)))
}

/**
 * An append-only log as a Merkle tree (RFC 9162, section 2.1) over SHA-256: `leaf = H(0x00 ‖ record)`, `node = H(0x01 ‖ left ‖
 * right)`, a log of n records splits at the largest power of two below n. It keeps the hashes of all complete subtrees, 64
 * bytes a record: to append costs one hash on average, a root or a proof as many as the tree is high.
 */
export class MerkleLog {
  /** `#levels[k]` holds the hashes of the complete subtrees of 2^k records, end to end. */
  readonly #levels: HashList[] = []
  readonly #hash: Sha256

  constructor(hash: Sha256 = sha256) {
    this.#hash = hash
  }

  /** How many records there are. */
  get size(): number {
    return this.#levels[0]?.length ?? 0
  }

  /** Appends a record by its leaf hash. */
  append(leaf: Digest): void {
    let hash: Uint8Array = hexToBytes(leaf.slice(2))
    for (let level = 0; ; ++level) {
      const hashes = (this.#levels[level] ??= new HashList())
      hashes.push(hash)
      if (hashes.length % 2 === 1) return
      hash = nodeOf(hashes.at(hashes.length - 2), hashes.at(hashes.length - 1), this.#hash)
    }
  }

  /** The leaf hash of a record. @throws {@link LogRangeError} */
  leaf(index: number): Digest {
    requireWithin('record', index, 0, this.size - 1)
    return toDigest(this.#levels[0]!.at(index))
  }

  /**
   * The Merkle tree hash of the first `size` records; of none, SHA-256 of nothing.
   *
   * @throws {@link LogRangeError} when there are not so many records
   */
  root(size = this.size): Digest {
    requireWithin('size', size, 0, this.size)
    return toDigest(size === 0 ? sha256(new Uint8Array()) : this.#hashOf(0, size))
  }

  /**
   * Proves that a record stands at `index` among the first `size`: the hashes of the neighbouring subtrees, from the leaf up.
   *
   * @throws {@link LogRangeError} when there are not so many records
   */
  proveInclusion(index: number, size = this.size): Digest[] {
    requireWithin('size', size, 1, this.size)
    requireWithin('record', index, 0, size - 1)
    return inclusionRanges(index, size).map(([start, end]) => toDigest(this.#hashOf(start, end)))
  }

  /**
   * Proves that the first `second` records begin with the first `first`. Empty when both are the same.
   *
   * @throws {@link LogRangeError} when there are not so many records, or `first` is zero or more than `second`
   */
  proveConsistency(first: number, second = this.size): Digest[] {
    requireWithin('size', second, 1, this.size)
    requireWithin('size', first, 1, second)
    return consistencyRanges(first, second).map(([start, end]) => toDigest(this.#hashOf(start, end)))
  }

  /** The hash of the subtree of the records from `start` to `end`, which RFC 9162 allows: `start` is a multiple of its width. */
  #hashOf(start: number, end: number): Uint8Array {
    const width = end - start
    const level = Math.log2(width)
    if (Number.isInteger(level)) return this.#levels[level]!.at(start / width)
    const middle = start + splitOf(width)
    return nodeOf(this.#hashOf(start, middle), this.#hashOf(middle, end), this.#hash)
  }
}

/** Subtrees of a log, each by its first record and the one behind its last. */
export type SubtreeRange = readonly [start: number, end: number]

/** Which subtrees' hashes prove that a record stands at `index` among the first `size`, from the leaf up (RFC 9162, 2.1.3.1). */
export function inclusionRanges(index: number, size: number): SubtreeRange[] {
  const ranges: SubtreeRange[] = []
  let [start, end] = [0, size]
  while (end - start > 1) {
    const middle = start + splitOf(end - start)
    const isLeft = index < middle
    ranges.push(isLeft ? [middle, end] : [start, middle])
    if (isLeft) end = middle
    else start = middle
  }
  return ranges.toReversed()
}

/** Which subtrees' hashes prove that the first `second` records begin with the first `first` (RFC 9162, 2.1.4.1). */
export function consistencyRanges(first: number, second: number): SubtreeRange[] {
  const ranges: SubtreeRange[] = []
  let [start, end] = [0, second]
  // Down to the subtree that ends where the first log does; the verifier knows its hash when it is the whole first log.
  while (end !== first) {
    const middle = start + splitOf(end - start)
    const isLeft = first <= middle
    ranges.push(isLeft ? [middle, end] : [start, middle])
    if (isLeft) end = middle
    else start = middle
  }
  if (start > 0) ranges.push([start, end])
  return ranges.toReversed()
}

/**
 * Whether a proof shows that the record with a leaf hash stands at `index` among the `size` records with a root (RFC 9162, section
 * 2.1.3.2). A proof of the wrong length, an index beyond the log and an empty log give false. As `MerkleLog.isIncluded` in Solidity.
 */
export function verifyInclusion(parameters: verifyInclusion.Parameters): boolean {
  const { root, leaf, proof } = parameters
  let [index, last] = [BigInt(parameters.index), BigInt(parameters.size) - 1n]
  if (index < 0n || index > last || ![root, leaf, ...proof].every(isBytes32)) return false
  let hash = toBytes(leaf)
  for (const sibling of proof) {
    if (last === 0n) return false
    if (index % 2n === 1n || index === last) {
      hash = nodeOf(toBytes(sibling), hash)
      // A subtree without a right neighbour rises until it is one itself.
      ;[index, last] = rise(index, last)
    } else {
      hash = nodeOf(hash, toBytes(sibling))
    }
    ;[index, last] = [index >> 1n, last >> 1n]
  }
  return last === 0n && toDigest(hash) === root.toLowerCase()
}

export declare namespace verifyInclusion {
  type Parameters = {
    root: Digest
    /** How many records the log of that root has. */
    size: number | bigint
    /** The record's place, from 0. */
    index: number | bigint
    leaf: Digest
    proof: readonly Digest[]
  }
}

/**
 * Whether a proof shows that the log of `second` records begins with the log of `first` records (RFC 9162, section 2.1.4.2). A
 * log continues itself, by an empty proof. As `MerkleLog.isConsistent` in Solidity.
 */
export function verifyConsistency(parameters: verifyConsistency.Parameters): boolean {
  const { firstRoot, secondRoot, proof } = parameters
  const [first, second] = [BigInt(parameters.first), BigInt(parameters.second)]
  if (first < 1n || first > second || ![firstRoot, secondRoot, ...proof].every(isBytes32)) return false
  if (first === second) return proof.length === 0 && firstRoot.toLowerCase() === secondRoot.toLowerCase()
  let [index, last] = [first - 1n, second - 1n]
  while (index % 2n === 1n) [index, last] = [index >> 1n, last >> 1n]
  // A first log whose size is a power of two is a subtree of the second, and its root needs no proof.
  const [start, ...path] = (first & (first - 1n)) === 0n ? [firstRoot, ...proof] : proof
  if (start === undefined) return false
  let older = toBytes(start)
  let newer = older
  for (const hex of path) {
    const sibling = toBytes(hex)
    if (last === 0n) return false
    if (index % 2n === 1n || index === last) {
      older = nodeOf(sibling, older)
      newer = nodeOf(sibling, newer)
      ;[index, last] = rise(index, last)
    } else {
      newer = nodeOf(newer, sibling)
    }
    ;[index, last] = [index >> 1n, last >> 1n]
  }
  return last === 0n && toDigest(older) === firstRoot.toLowerCase() && toDigest(newer) === secondRoot.toLowerCase()
}

export declare namespace verifyConsistency {
  type Parameters = {
    firstRoot: Digest
    /** How many records the older log has. */
    first: number | bigint
    secondRoot: Digest
    /** How many records the newer log has. */
    second: number | bigint
    proof: readonly Digest[]
  }
}

/** Hashes end to end in one buffer, which doubles when it is full. */
class HashList {
  #bytes = new Uint8Array(4 * HASH_BYTES)
  #length = 0

  get length(): number {
    return this.#length
  }

  push(hash: Uint8Array): void {
    const start = this.#length * HASH_BYTES
    if (start === this.#bytes.length) {
      const wider = new Uint8Array(2 * start)
      wider.set(this.#bytes)
      this.#bytes = wider
    }
    this.#bytes.set(hash, start)
    this.#length += 1
  }

  at(index: number): Uint8Array {
    return this.#bytes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)
  }
}

/** The largest power of two below a width of at least 2. */
export function splitOf(width: number): number {
  return 2 ** Math.floor(Math.log2(width - 1))
}

function rise(index: bigint, last: bigint): [bigint, bigint] {
  while (index % 2n === 0n && index !== 0n) [index, last] = [index >> 1n, last >> 1n]
  return [index, last]
}

function nodeOf(left: Uint8Array, right: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  NODE.set(left, 1)
  NODE.set(right, 1 + HASH_BYTES)
  return hash(NODE)
}

function toBytes(digest: Digest): Uint8Array {
  return hexToBytes(digest.slice(2))
}

function toDigest(bytes: Uint8Array): Digest {
  return `0x${bytesToHex(bytes)}` as Digest
}

function requireWithin(what: string, value: number, least: number, most: number): void {
  if (!(Number.isSafeInteger(value) && value >= least && value <= most))
    throw new LogRangeError(what, value, least, most)
}

/** Thrown when a log has no record or no size that a caller names. */
export class LogRangeError extends StemmaError {
  override name = 'LogRangeError'
  constructor(what: string, value: number, least: number, most: number) {
    const range = most < least ? 'the log has none' : `it is from ${least} to ${most} here`
    super('LOG_RANGE', `${value} is not a ${what} of the log: ${range}. Choose another, or read the whole log.`)
  }
}
