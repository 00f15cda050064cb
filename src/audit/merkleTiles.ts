import { hash } from 'node:crypto'
import { join } from 'node:path'

import type { Digest } from '../core/hex.ts'
import { consistencyRanges, inclusionRanges, splitOf, type SubtreeRange } from '../core/merkleLog.ts'
import { readAt, syncNames, writeAt, type SealFiles } from './sealFiles.ts'

const HASH_BYTES = 32
/** Levels of the tree to a row of tiles: a tile is 256 hashes. */
const ROW_HEIGHT = 8
const TILE_WIDTH = 2 ** ROW_HEIGHT

/**
 * The Merkle tree of a log on the disk, in rows of tiles of 256 hashes: row 0 has the leaf hashes, row n + 1 one hash for each
 * whole tile of row n. A row is a file, its tiles end to end, to which hashes are only appended. A tree of n records takes about
 * 32.1 bytes a record there, and in memory its frontier: a hash for each bit of n.
 */
export class MerkleTiles {
  readonly #folder: string
  readonly #files: SealFiles
  #size = 0
  /** `#frontier[h]` is the hash of the last whole subtree of 2^h records, when bit h of the size is set. */
  #frontier: (string | undefined)[] = []

  /** @param folder where the rows are, which exists @param size how many records of it count; what stands behind them does not */
  constructor(folder: string, size: number, files: SealFiles) {
    this.#folder = folder
    this.#files = files
    this.#size = size
    let end = size
    for (let height = 0; end > 0; ++height) {
      const width = 2 ** height
      if (end % (2 * width) === 0) continue
      this.#frontier[height] = this.#hashOf(end - width, end)
      end -= width
    }
  }

  get size(): number {
    return this.#size
  }

  /** Appends records by their leaf hashes, and returns when they are on the disk. The tree grows after that, or not at all. */
  append(leaves: readonly Digest[]): void {
    const frontier = [...this.#frontier]
    const hashes = leaves.map((leaf) => leaf.slice(2))
    const rows: string[][] = [hashes]
    let size = this.#size
    for (const leaf of hashes) {
      let node = leaf
      let height = 0
      for (let bits = size; bits % 2 === 1; bits = (bits - 1) / 2) {
        node = nodeOf(frontier[height]!, node)
        frontier[height] = undefined
        height += 1
        if (height % ROW_HEIGHT === 0) (rows[height / ROW_HEIGHT] ??= []).push(node)
      }
      frontier[height] = node
      size += 1
    }
    rows.forEach((added, row) => {
      const start = Math.floor(this.#size / TILE_WIDTH ** row)
      writeAt(this.#files, this.#pathOf(row), Buffer.from(added.join(''), 'hex'), start * HASH_BYTES)
      if (start === 0) syncNames(this.#files, this.#folder)
    })
    this.#frontier = frontier
    this.#size = size
  }

  /** The Merkle tree hash of the first `size` records, by default of all; of none, SHA-256 of nothing. */
  root(size = this.#size): Digest {
    if (size === 0) return digestOf(hash('sha256', '', 'hex'))
    if (size !== this.#size) return digestOf(this.#hashOf(0, size))
    const subtrees = this.#frontier.filter((each) => each !== undefined)
    return digestOf(subtrees.reduce((right, left) => nodeOf(left, right)))
  }

  /** The proof that a record stands at `index` among the first `size`, which the tree has. */
  proveInclusion(index: number, size: number): Digest[] {
    return this.#hashesOf(inclusionRanges(index, size))
  }

  /** The proof that the first `second` records, which the tree has, begin with the first `first`. */
  proveConsistency(first: number, second: number): Digest[] {
    return this.#hashesOf(consistencyRanges(first, second))
  }

  #hashesOf(ranges: readonly SubtreeRange[]): Digest[] {
    return ranges.map(([start, end]) => digestOf(this.#hashOf(start, end)))
  }

  /** The hash of a subtree, in hex, out of the highest row that has hashes of its parts. */
  #hashOf(start: number, end: number): string {
    const width = end - start
    const height = Math.log2(width)
    if (!Number.isInteger(height)) {
      const middle = start + splitOf(width)
      return nodeOf(this.#hashOf(start, middle), this.#hashOf(middle, end))
    }
    const row = Math.floor(height / ROW_HEIGHT)
    const unit = TILE_WIDTH ** row
    const bytes = readAt(this.#files, this.#pathOf(row), (start / unit) * HASH_BYTES, (width / unit) * HASH_BYTES)
    let hashes = Array.from({ length: width / unit }, (_, at) =>
      bytes.toString('hex', at * HASH_BYTES, (at + 1) * HASH_BYTES),
    )
    while (hashes.length > 1) {
      hashes = Array.from({ length: hashes.length / 2 }, (_, at) => nodeOf(hashes[2 * at]!, hashes[2 * at + 1]!))
    }
    return hashes[0]!
  }

  #pathOf(row: number): string {
    return join(this.#folder, String(row))
  }
}

/** A node that is being hashed: a one and the hashes of its children. */
const NODE = Buffer.alloc(1 + 2 * HASH_BYTES, 1)

/** The hash of a node. All hashes are in hex: strings cost less than buffers of their own. */
function nodeOf(left: string, right: string): string {
  NODE.write(left, 1, 'hex')
  NODE.write(right, 1 + HASH_BYTES, 'hex')
  return hash('sha256', NODE, 'hex')
}

function digestOf(hex: string): Digest {
  return `0x${hex}` as Digest
}
