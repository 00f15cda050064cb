import { createHash, hash, randomFillSync, type Hash } from 'node:crypto'

import type { Digest, Hex } from 'stemma/core'

/** SHA-256 over 32 random bytes and a body that comes in pieces, as `docs/formats/usage-log.md` says. */
export type SaltedDigest = {
  /** The random bytes, which only the caller gets. */
  readonly salt: Hex
  push(chunk: Uint8Array): void
  /** The digest of what came; may be asked for once. */
  digest(): Digest
}

const SALT_BYTES = 32

/** Begins the digest of a body. */
export function createSaltedDigest(): SaltedDigest {
  const salt = nextSalt()
  // Most bodies come in one piece: to hash it at once takes a third of what a hash in pieces does.
  let first: Uint8Array | undefined
  let pieces: Hash | undefined
  return {
    salt: `0x${salt.toString('hex')}`,
    push(chunk) {
      if (pieces !== undefined) pieces.update(chunk)
      else if (first === undefined) first = chunk
      else {
        pieces = createHash('sha256').update(salt).update(first).update(chunk)
        first = undefined
      }
    },
    digest() {
      const whole = first === undefined ? salt : Buffer.concat([salt, first])
      return `0x${pieces?.digest('hex') ?? hash('sha256', whole, 'hex')}` as Digest
    },
  }
}

/** Random bytes that were drawn together, as each draw has a price. None is used twice. */
let drawn = Buffer.alloc(0)

function nextSalt(): Buffer {
  if (drawn.length === 0) drawn = randomFillSync(Buffer.allocUnsafeSlow(128 * SALT_BYTES))
  const salt = drawn.subarray(0, SALT_BYTES)
  drawn = drawn.subarray(SALT_BYTES)
  return salt
}
