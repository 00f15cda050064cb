import { keccakP } from '@noble/hashes/sha3.js'

/** Bytes that each round of the sponge takes up. */
const RATE = 136
/** The state of the sponge in 32-bit words. */
const WORDS = 50

/**
 * Keccak-256 of some bytes, as Ethereum has it. The permutation is that of `@noble/hashes`; the sponge around it takes all bytes at once,
 * which is a third of the code that hashing piece by piece takes in a page.
 */
export function keccak256(bytes: Uint8Array): Uint8Array {
  const state = new Uint32Array(WORDS)
  const padded = new Uint8Array((Math.floor(bytes.length / RATE) + 1) * RATE)
  padded.set(bytes)
  padded[bytes.length]! |= 0x01
  padded[padded.length - 1]! |= 0x80
  // Words are little-endian, whatever the machine's are.
  const view = new DataView(padded.buffer)
  for (let at = 0; at < padded.length; at += RATE) {
    for (let word = 0; word < RATE / 4; ++word) state[word]! ^= view.getUint32(at + 4 * word, true)
    keccakP(state)
  }
  const digest = new DataView(new ArrayBuffer(32))
  for (let word = 0; word < 8; ++word) digest.setUint32(4 * word, state[word]!, true)
  return new Uint8Array(digest.buffer)
}
