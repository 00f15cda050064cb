import { createKeccak } from 'hash-wasm'

import { keccakText, type Hex } from '../core/hex.ts'

/**
 * Struct hashes of EIP-712, for many: WebAssembly and one buffer that is used again and again, ten times as fast as
 * `src/core`, which hashes the same without either. `test/indexer/decode.test.ts` holds the two together.
 */
const hasher = await createKeccak(256)
const scratch = Buffer.alloc(32 * 32)
const WORD = 32
const result = Buffer.alloc(WORD)

/** A 32-byte word, an address, a number, a boolean, or, of a string, its bytes, which are hashed. */
export type Field = string | number | boolean | Uint8Array

/** Keccak-256 of bytes. */
export function keccakOf(bytes: Uint8Array): Hex {
  // The platform writes hex faster than the library does.
  result.set(digestOf(bytes))
  return `0x${result.toString('hex')}`
}

/** The struct hash of a struct with a type hash and these fields, at most 31. */
export function hashStruct(typeHash: Hex, fields: readonly Field[]): Hex {
  let length = writeWord(typeHash, 0)
  for (const field of fields) {
    if (typeof field === 'object') {
      scratch.set(digestOf(field), length)
      length += WORD
    } else length = writeWord(field, length)
  }
  return keccakOf(scratch.subarray(0, length))
}

/** Keccak-256 of words, as Solidity's `abi.encode` joins them; at most 32. */
export function hashWords(words: readonly (string | number | boolean)[]): Hex {
  let length = 0
  for (const word of words) length = writeWord(word, length)
  return keccakOf(scratch.subarray(0, length))
}

/** The hash of an array of structs, by the struct hashes of its elements, at most 32. */
export const hashList: (hashes: readonly Hex[]) => Hex = hashWords

/** The hash of a struct's type, by its encoding. */
export function typeHash(type: string): Hex {
  return keccakText(type)
}

function digestOf(bytes: Uint8Array): Uint8Array {
  return hasher.init().update(bytes).digest('binary')
}

function writeWord(value: string | number | boolean, at: number): number {
  if (typeof value === 'string') {
    const padding = WORD - (value.length - 2) / 2
    if (padding > 0) scratch.fill(0, at, at + padding)
    scratch.write(value.slice(2), at + padding, 'hex')
  } else {
    scratch.fill(0, at, at + 26)
    scratch.writeUIntBE(Number(value), at + 26, 6)
  }
  return at + WORD
}
