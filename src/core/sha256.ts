import { sha256 as hash } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'

import type { Digest, Hex } from './hex.ts'

/** SHA-256 of some bytes. */
export function sha256(bytes: Uint8Array): Digest {
  return `0x${bytesToHex(hash(bytes))}` as Digest
}

/** SHA-256 of a text in UTF-8. */
export function sha256Text(text: string): Digest {
  return sha256(utf8ToBytes(text))
}

/** SHA-256 of bytes in hex set end to end. */
export function sha256Joined(parts: readonly Hex[]): Digest {
  return sha256(concatBytes(...parts.map((part) => hexToBytes(part.slice(2)))))
}
