import { sha256 } from '@noble/hashes/sha2.js'

/** A deterministic generator of random numbers (sfc32), equal on every machine for one seed. */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** @param seed any bytes; their SHA-256 is the state */
  constructor(seed: Uint8Array) {
    const state = new DataView(sha256(seed).buffer)
    this.#a = state.getInt32(0, true)
    this.#b = state.getInt32(4, true)
    this.#c = state.getInt32(8, true)
    for (let round = 0; round < 12; round++) this.#next()
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor((this.#next() / 4294967296) * limit)
  }

  /** Puts a random choice of items at the first `count` places of a list, in random order. */
  choose(items: Uint32Array, count: number): void {
    for (let index = 0; index < count; index++) {
      const other = index + this.below(items.length - index)
      const item = items[index]!
      items[index] = items[other]!
      items[other] = item
    }
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    this.#c |= 0
    return sum >>> 0
  }
}

/** The numbers from 0 to `count` - 1. */
export function countTo(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => index)
}
