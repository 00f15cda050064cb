import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'

import { StemmaError } from './errors.ts'
import { keccak256 } from './keccak.ts'

/** Bytes as a hex string that begins with 0x. */
export type Hex = `0x${string}`

declare const brand: unique symbol

/** Id of a model: 32 bytes, lower-case hex. It is the EIP-712 struct hash of the model's registration. Made by {@link parseModelId} or `modelIdOf`. */
export type ModelId = Hex & { readonly [brand]: 'ModelId' }
/** Id of a terms template or of a set of terms: 32 bytes, lower-case hex. */
export type TermsId = Hex & { readonly [brand]: 'TermsId' }
/** Id of a tier: 32 bytes, lower-case hex. */
export type TierId = Hex & { readonly [brand]: 'TierId' }
/** Id of a credential, which is also the ERC-721 token id: 32 bytes, lower-case hex. */
export type CredentialId = Hex & { readonly [brand]: 'CredentialId' }
/** Id of a usage log: 32 bytes, lower-case hex. */
export type LogId = Hex & { readonly [brand]: 'LogId' }
/** A 32-byte digest, lower-case hex. Zero means "none". */
export type Digest = Hex & { readonly [brand]: 'Digest' }
/** An account: 20 bytes, lower-case hex, so that equal accounts are equal strings. */
export type Address = Hex & { readonly [brand]: 'Address' }

/** 32 zero bytes: no digest, no terms. */
export const ZERO_DIGEST = `0x${'0'.repeat(64)}` as Digest
/** 20 zero bytes: nobody. */
export const ZERO_ADDRESS = `0x${'0'.repeat(40)}` as Address

/** Parses a model's id. @throws {@link InvalidHexError} */
export function parseModelId(value: string): ModelId {
  return parseBytes32(value, 'model id') as ModelId
}
/** Parses an id of terms. @throws {@link InvalidHexError} */
export function parseTermsId(value: string): TermsId {
  return parseBytes32(value, 'terms id') as TermsId
}
/** Parses a tier's id. @throws {@link InvalidHexError} */
export function parseTierId(value: string): TierId {
  return parseBytes32(value, 'tier id') as TierId
}
/** Parses a credential's id. @throws {@link InvalidHexError} */
export function parseCredentialId(value: string): CredentialId {
  return parseBytes32(value, 'credential id') as CredentialId
}
/** Parses a usage log's id. @throws {@link InvalidHexError} */
export function parseLogId(value: string): LogId {
  return parseBytes32(value, 'log id') as LogId
}
/** Parses a digest. @throws {@link InvalidHexError} */
export function parseDigest(value: string): Digest {
  return parseBytes32(value, 'digest') as Digest
}
/** Parses an account. A checksum in mixed case is not checked; the result is in lower case. @throws {@link InvalidHexError} */
export function parseAddress(value: string): Address {
  const lower = value.toLowerCase()
  if (!/^0x[0-9a-f]{40}$/.test(lower)) throw new InvalidHexError(value, 'address', 40)
  return lower as Address
}

/** Whether a string is 0x and 64 hex digits, in either case. */
export function isBytes32(value: string): boolean {
  return /^0x[0-9a-fA-F]{64}$/.test(value)
}

/** Parses 32 bytes; `what` names them in the error. @throws {@link InvalidHexError} */
export function parseBytes32(value: string, what: string): Hex {
  if (!isBytes32(value)) throw new InvalidHexError(value, what, 64)
  return value.toLowerCase() as Hex
}

/** Bytes as lower-case hex that begins with 0x. */
export function hexOf(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`
}

/** Keccak-256 of some bytes. */
export function keccak(bytes: Uint8Array): Hex {
  return hexOf(keccak256(bytes))
}

/** Keccak-256 of a text in UTF-8. */
export function keccakText(text: string): Hex {
  return keccak(new TextEncoder().encode(text))
}

/** One 32-byte word as the ABI encodes it: a hex string (left-padded to 32 bytes), a number or a boolean. */
export type Word = Hex | bigint | number | boolean

/** Keccak-256 of words, each 32 bytes, as EIP-712's `hashStruct` and Solidity's `abi.encode` join them. */
export function keccakWords(words: readonly Word[]): Hex {
  return keccak(concatBytes(...words.map(wordToBytes)))
}

function wordToBytes(word: Word): Uint8Array {
  const digits = typeof word === 'string' ? word.slice(2) : BigInt(word).toString(16)
  return hexToBytes(digits.padStart(64, '0'))
}

/** Thrown when a string is not a 32-byte id or digest, or not a 20-byte address. */
export class InvalidHexError extends StemmaError {
  override name = 'InvalidHexError'
  /** The text that was refused. */
  readonly value: string

  constructor(value: string, what: string, digits: number) {
    const start = value.length > 100 ? `${value.slice(0, 100)}…` : value
    super(
      `INVALID_${what.toUpperCase().replaceAll(' ', '_')}`,
      `${JSON.stringify(start)} is not ${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what}. Use 0x and ${digits} hex digits.`,
    )
    this.value = value
  }
}
