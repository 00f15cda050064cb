import { createKeccak } from 'hash-wasm'

import { keccakText, type Hex } from '../core/hex.ts'

/**
 * Struct hashes of EIP-712, for many: WebAssembly and one buffer that is used again and again, seven times as fast as
 * `src/core`, which hashes the same without either. `test/indexer/hash.test.ts` holds the two together.
 */
const hasher = await createKeccak(256)
const scratch = Buffer.alloc(32 * 32)

/** A 32-byte word, an address, a number, a boolean, or, of a string, its bytes, which are hashed. */
export type Field = string | number | boolean | Uint8Array

/** Keccak-256 of bytes. */
export function keccakOf(bytes: Uint8Array): Hex {
  return `0x${hasher.init().update(bytes).digest('hex')}`
}

/** The struct hash of a struct with a type hash and these fields, at most 31. */
export function hashStruct(typeHash: Hex, fields: readonly Field[]): Hex {
  let length = writeWord(typeHash, 0)
  for (const field of fields) length = writeWord(typeof field === 'object' ? keccakOf(field) : field, length)
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

function writeWord(value: string | number | boolean, at: number): number {
  if (typeof value === 'string') {
    const bytes = (value.length - 2) / 2
    scratch.fill(0, at, at + 32 - bytes)
    scratch.write(value.slice(2), at + 32 - bytes, 'hex')
  } else {
    scratch.fill(0, at, at + 26)
    scratch.writeUIntBE(Number(value), at + 26, 6)
  }
  return at + 32
}
