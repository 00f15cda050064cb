import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'

import type { Rows } from './ports.ts'
import { MAX_SKETCH_BYTES, type ExactDigests, type Sketch } from './sketch.ts'
import { coreBytes } from './sketchSize.ts'

/** Most rows that a sketch lists. */
export const MAX_ROW_DIGESTS = 96
/** Most tensors that a sketch lists. */
export const MAX_TENSOR_DIGESTS = 4_096
/** Fewest different values of a row that can be evidence. A row of a few values, such as a mask, is equal by accident. */
const MIN_VALUES = 8
const ROW_PREFIX = utf8ToBytes('stemma-row-1\n')

/** What of a model can be equal to the bit, besides the rows that its sketch reads. */
export type ExactTensors = {
  /** Digests of tensors, as 16 hex digits: the first eight bytes of their leaves. Without those that anybody computes. */
  tensors: readonly string[]
  /** Digest of the tokenizer's sorted strings, as 16 hex digits; null where there are none. */
  vocabulary?: string | null | undefined
  /** Digest of the tokenizer's merges, as 16 hex digits; null where there are none. */
  merges?: string | null | undefined
}

/** The first eight bytes of a SHA-256, as 16 hex digits. */
export function shortDigest(...parts: readonly Uint8Array[]): string {
  return bytesToHex(sha256(concatBytes(...parts)).subarray(0, 8))
}

/**
 * Digests of rows, of their values as little-endian 32-bit floats: the same values have one digest, whatever type they are stored in.
 * Rows of few values are left out.
 */
export function rowDigests(rows: Rows, indexes: Iterable<number>): string[] {
  const digests: string[] = []
  for (const index of indexes) {
    const values = rows.read(index, 1)
    if (hasFewValues(values)) continue
    const bytes = new Uint8Array(4 * values.length)
    const view = new DataView(bytes.buffer)
    for (let column = 0; column < values.length; column++) view.setFloat32(4 * column, values[column]!, true)
    digests.push(shortDigest(ROW_PREFIX, bytes))
  }
  return digests
}

function hasFewValues(values: Float32Array): boolean {
  const different = new Set<number>()
  for (const value of values) {
    different.add(value)
    if (different.size === MIN_VALUES) return false
  }
  return true
}

/** Chooses the digests that a sketch lists: the smallest, so that two models with the same rows or tensors list the same. */
export function sketchDigests(
  sketch: Omit<Sketch, 'exact'>,
  rows: ReadonlySet<string>,
  { tensors, vocabulary = null, merges = null }: ExactTensors = { tensors: [] },
): ExactDigests {
  const listedRows = [...rows].sort().slice(0, MAX_ROW_DIGESTS)
  const all = [...new Set(tensors)].sort()
  const room = Math.floor((MAX_SKETCH_BYTES - coreBytes(sketch)) / 8) - listedRows.length
  return {
    rows: listedRows,
    tensors: all.slice(0, Math.max(0, Math.min(MAX_TENSOR_DIGESTS, room))),
    tensorCount: all.length,
    vocabulary,
    merges,
  }
}
