import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'

import { StemmaError } from './errors.ts'
import { isBytes32, keccak, keccakText, ZERO_DIGEST, type Digest, type Hex, type Word } from './hex.ts'
import { compareCodePoints, hasUnsafeCharacters, quoted, utf8Length } from './text.ts'

/**
 * Where training data came from. The words follow section 2 ("list of data sources") of the European Commission's template
 * for the public summary of training content (Article 53(1)(d) of Regulation (EU) 2024/1689): 2.1 publicly available
 * datasets, 2.2.1 commercially licensed datasets, 2.2.2 other private datasets of third parties, 2.3 data crawled and
 * scraped from online sources, 2.4 user data, 2.5 synthetic data, 2.6 other. `unstated` says that nobody said. The value is
 * the code that a leaf carries.
 */
export const DATASET_SOURCES = {
  unstated: 0,
  public: 1,
  'private-licensed': 2,
  'private-other': 3,
  crawled: 4,
  user: 5,
  synthetic: 6,
  other: 7,
} as const

/** A name of {@link DATASET_SOURCES}. */
export type DatasetSource = keyof typeof DATASET_SOURCES
/** Every source of data, in the order of the codes. */
export const DATASET_SOURCE_NAMES = Object.keys(DATASET_SOURCES) as DatasetSource[]

/** Longest `license` of a dataset entry, in bytes of UTF-8. */
export const MAX_DATASET_LICENSE_BYTES = 64
/** A whole, in basis points. */
export const FULL_SHARE = 10_000

/** One dataset that a model was trained on. */
export type DatasetEntry = {
  /** SHA-256 that identifies the dataset: a digest of its contents, or of its name (see `docs/formats/datasets.md`). Not zero. */
  digest: Digest
  /** SPDX id or the name by which the license is known; empty when not stated. At most {@link MAX_DATASET_LICENSE_BYTES} bytes. */
  license: string
  source: DatasetSource
  /** Share of the training data in basis points, 0 to 10,000; 0 when not stated. All shares together are at most 10,000. */
  share: number
}

/**
 * Where one leaf stands in the tree: enough, with the entry, to compute the root.
 */
export type DatasetPath = {
  /** The entry's place in the list sorted by digest, from 0. */
  index: number
  /** Hashes of the neighbouring subtrees, from the leaf up. */
  siblings: readonly Hex[]
}

/** Proof that an entry is in a list of datasets. */
export type DatasetMembershipProof = DatasetPath & {
  /** How many entries the list has. */
  size: number
  entry: DatasetEntry
}

/**
 * Proof that no entry of a list has some digest: the entries on either side of where it would stand, which are next to each
 * other. At either end of the list only one of the two exists. The neighbours are shown, the rest is not.
 */
export type DatasetAbsenceProof = {
  /** How many entries the list has. */
  size: number
  before: (DatasetPath & { entry: DatasetEntry }) | null
  after: (DatasetPath & { entry: DatasetEntry }) | null
}

/**
 * The `datasets` of a registration: the root of the Merkle tree over the entries, sorted by digest. Zero when the list is
 * empty, which says "not stated" and not "no data".
 *
 * The tree has the shape of RFC 9162, section 2.1.1 (a list of n entries splits at the largest power of two below n), with
 * Keccak-256: `leaf = H(0x00 ‖ digest ‖ H(license) ‖ uint256 source ‖ uint256 share)`, `node = H(0x01 ‖ left ‖ right)`,
 * `root = H(0x02 ‖ uint256 n ‖ top)`. The three prefixes keep leaves, nodes and roots apart; n in the root fixes every
 * leaf's index, which proofs of absence rest on.
 *
 * @throws {@link InvalidDatasetEntryError} {@link DuplicateDatasetError} {@link DatasetSharesError}
 */
export function datasetsRoot(entries: readonly DatasetEntry[]): Digest {
  const sorted = sortDatasets(entries)
  return sorted.length === 0 ? ZERO_DIGEST : rootOf(sorted.length, topOf(sorted.map(leafOf)))
}

/**
 * The entries in the order of the tree, checked.
 *
 * @throws {@link InvalidDatasetEntryError} {@link DuplicateDatasetError} {@link DatasetSharesError}
 */
export function sortDatasets(entries: readonly DatasetEntry[]): DatasetEntry[] {
  entries.forEach((entry, index) => checkEntry(entry, `datasets[${index}]`))
  const sorted = [...entries].sort((a, b) => compareCodePoints(a.digest, b.digest))
  let shares = 0
  sorted.forEach((entry, index) => {
    if (sorted[index + 1]?.digest === entry.digest) throw new DuplicateDatasetError(entry.digest)
    shares += entry.share
  })
  if (shares > FULL_SHARE) throw new DatasetSharesError(shares)
  return sorted
}

/**
 * Proves that the list has an entry with a digest.
 *
 * @throws {@link DatasetNotFoundError} when it has none; and what {@link sortDatasets} throws
 */
export function proveDataset(entries: readonly DatasetEntry[], digest: Digest): DatasetMembershipProof {
  const sorted = sortDatasets(entries)
  const index = sorted.findIndex((entry) => entry.digest === digest)
  const entry = sorted[index]
  if (entry === undefined) throw new DatasetNotFoundError(digest)
  return { size: sorted.length, entry, ...pathOf(sorted.map(leafOf), index) }
}

/** Whether a proof shows that its entry is in the list with this root. False for the zero root, which states no list. */
export function verifyDataset(root: Digest, proof: DatasetMembershipProof): boolean {
  return root === computeRoot(proof.size, proof)
}

/**
 * Proves that the list has no entry with a digest.
 *
 * @throws {@link DatasetPresentError} when it has one; {@link NoDatasetsError} when the list is empty, as an empty list is
 * not stated; and what {@link sortDatasets} throws
 */
export function proveDatasetAbsent(entries: readonly DatasetEntry[], digest: Digest): DatasetAbsenceProof {
  const sorted = sortDatasets(entries)
  if (sorted.length === 0) throw new NoDatasetsError()
  const leaves = sorted.map(leafOf)
  const next = sorted.findIndex((entry) => entry.digest >= digest)
  const after = next === -1 ? sorted.length : next
  if (sorted[after]?.digest === digest) throw new DatasetPresentError(digest)
  const at = (index: number) => {
    const entry = sorted[index]
    return entry === undefined ? null : { entry, ...pathOf(leaves, index) }
  }
  return { size: sorted.length, before: at(after - 1), after: at(after) }
}

/**
 * Whether a proof shows that the list with this root, if it was sorted as it must be, has no entry with the digest. False
 * for the zero root: a list that was not stated excludes nothing.
 */
export function verifyDatasetAbsent(root: Digest, digest: Digest, proof: DatasetAbsenceProof): boolean {
  const { size, before, after } = proof
  if (before === null && after === null) return false
  if (before !== null && (before.entry.digest >= digest || root !== computeRoot(size, before))) return false
  if (after !== null && (after.entry.digest <= digest || root !== computeRoot(size, after))) return false
  // A missing side is only right at that end of the list; two sides must touch.
  const place = before === null ? 0 : before.index + 1
  return after === null ? place === size : after.index === place
}

/**
 * Parses a dataset entry.
 *
 * @param path what the value is called in the error, such as `datasets[3]`
 * @throws {@link InvalidDatasetEntryError}
 */
export function parseDatasetEntry(value: unknown, path: string): DatasetEntry {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidDatasetEntryError(path, value, 'an object with digest, license, source and share')
  }
  const { digest, license, source, share } = value as Record<string, unknown>
  const entry = {
    digest: typeof digest === 'string' ? digest.toLowerCase() : digest,
    license,
    source,
    share,
  } as DatasetEntry
  checkEntry(entry, path)
  return entry
}

function checkEntry(entry: DatasetEntry, path: string): void {
  const { digest, license, source, share } = entry
  if (typeof digest !== 'string' || !isBytes32(digest) || digest !== digest.toLowerCase() || digest === ZERO_DIGEST) {
    throw new InvalidDatasetEntryError(`${path}.digest`, digest, '0x and 64 lower-case hex digits, not all zero')
  }
  if (typeof license !== 'string' || hasUnsafeCharacters(license) || utf8Length(license) > MAX_DATASET_LICENSE_BYTES) {
    throw new InvalidDatasetEntryError(
      `${path}.license`,
      license,
      `a license's SPDX id or name of at most ${MAX_DATASET_LICENSE_BYTES} bytes, or an empty string`,
    )
  }
  if (!DATASET_SOURCE_NAMES.includes(source)) {
    throw new InvalidDatasetEntryError(`${path}.source`, source, `one of: ${DATASET_SOURCE_NAMES.join(', ')}`)
  }
  if (!Number.isInteger(share) || share < 0 || share > FULL_SHARE) {
    throw new InvalidDatasetEntryError(`${path}.share`, share, `whole basis points from 0 to ${FULL_SHARE}`)
  }
}

function leafOf({ digest, license, source, share }: DatasetEntry): Hex {
  return hashOf(0, [digest, keccakText(license), DATASET_SOURCES[source], share])
}

function nodeOf(left: Hex, right: Hex): Hex {
  return hashOf(1, [left, right])
}

function rootOf(size: number, top: Hex): Digest {
  return hashOf(2, [size, top]) as Digest
}

/** Keccak-256 of one byte that says what is hashed, and of 32-byte words. */
function hashOf(kind: number, words: readonly Exclude<Word, boolean>[]): Hex {
  const bytes = words.map((word) =>
    hexToBytes((typeof word === 'string' ? word.slice(2) : BigInt(word).toString(16)).padStart(64, '0')),
  )
  return keccak(concatBytes(Uint8Array.of(kind), ...bytes))
}

/** The largest power of two below a size of at least 2. */
function splitOf(size: number): number {
  return 2 ** Math.floor(Math.log2(size - 1))
}

function topOf(leaves: readonly Hex[]): Hex {
  if (leaves.length === 1) return leaves[0]!
  const split = splitOf(leaves.length)
  return nodeOf(topOf(leaves.slice(0, split)), topOf(leaves.slice(split)))
}

function pathOf(leaves: readonly Hex[], index: number): DatasetPath {
  return { index, siblings: siblingsOf(leaves, index) }
}

function siblingsOf(leaves: readonly Hex[], index: number): Hex[] {
  if (leaves.length === 1) return []
  const split = splitOf(leaves.length)
  const left = leaves.slice(0, split)
  const right = leaves.slice(split)
  return index < split ? [...siblingsOf(left, index), topOf(right)] : [...siblingsOf(right, index - split), topOf(left)]
}

/** The root that an entry, its place and its siblings lead to; undefined when the proof cannot be of a tree of that size. */
function computeRoot(size: number, proof: DatasetPath & { entry: DatasetEntry }): Digest | undefined {
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(proof.index) || !proof.siblings.every(isBytes32)) return
  if (size < 1 || size > 2 ** 32 || proof.index < 0 || proof.index >= size) return
  try {
    checkEntry(proof.entry, 'entry')
  } catch {
    return
  }
  // From the root down: at each level, is the leaf in the left part or the right?
  const sides: boolean[] = []
  let index = proof.index
  for (let width = size; width > 1;) {
    const split = splitOf(width)
    const isRight = index >= split
    sides.push(isRight)
    width = isRight ? width - split : split
    if (isRight) index -= split
  }
  if (sides.length !== proof.siblings.length) return
  let hash = leafOf(proof.entry)
  for (const sibling of proof.siblings) hash = sides.pop() ? nodeOf(sibling, hash) : nodeOf(hash, sibling)
  return rootOf(size, hash)
}

function described(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  return typeof value === 'object' && value !== null ? (Array.isArray(value) ? 'a list' : 'an object') : String(value)
}

/** Thrown when a field of a dataset entry is not what it should be. */
export class InvalidDatasetEntryError extends StemmaError {
  override name = 'InvalidDatasetEntryError'
  constructor(path: string, value: unknown, expected: string) {
    super('INVALID_DATASET_ENTRY', `${path} is ${described(value)}. Expected ${expected}.`)
  }
}

/** Thrown when two entries of a list of datasets have the same digest. */
export class DuplicateDatasetError extends StemmaError {
  override name = 'DuplicateDatasetError'
  constructor(digest: Digest) {
    super('DUPLICATE_DATASET', `Two datasets have the digest ${digest}. Join them into one entry.`)
  }
}

/** Thrown when the shares of a list of datasets are more than a whole. */
export class DatasetSharesError extends StemmaError {
  override name = 'DatasetSharesError'
  constructor(shares: number) {
    super(
      'DATASET_SHARES',
      `The shares of the datasets are ${shares} basis points together. State at most ${FULL_SHARE}, or 0 where a share is not known.`,
    )
  }
}

/** Thrown when a membership proof is asked for a dataset that the list does not have. */
export class DatasetNotFoundError extends StemmaError {
  override name = 'DatasetNotFoundError'
  constructor(digest: Digest) {
    super('DATASET_NOT_FOUND', `No dataset has the digest ${digest}. Its absence can be proved instead.`)
  }
}

/** Thrown when a proof of absence is asked for a dataset that the list has. */
export class DatasetPresentError extends StemmaError {
  override name = 'DatasetPresentError'
  constructor(digest: Digest) {
    super('DATASET_PRESENT', `The dataset ${digest} is in the list. Its membership can be proved instead.`)
  }
}

/** Thrown when a proof of absence is asked from a list without entries, which is "not stated" and excludes nothing. */
export class NoDatasetsError extends StemmaError {
  override name = 'NoDatasetsError'
  constructor() {
    super(
      'NO_DATASETS',
      'The list of datasets is empty, which states nothing. State at least one dataset to prove others absent.',
    )
  }
}
