import { createHash, randomBytes } from 'node:crypto'

import type { Digest, Hex } from 'stemma/core'

/** SHA-256 over 32 random bytes and a body that comes in pieces, as `docs/formats/usage-log.md` says. */
export type SaltedDigest = {
  /** The random bytes, which only the caller gets. */
  readonly salt: Hex
  push(chunk: Uint8Array): void
  /** The digest of what came; may be asked for once. */
  digest(): Digest
}

/** Begins the digest of a body. */
export function createSaltedDigest(): SaltedDigest {
  const salt = randomBytes(32)
  const hash = createHash('sha256').update(salt)
  return {
    salt: `0x${salt.toString('hex')}`,
    push: (chunk) => void hash.update(chunk),
    digest: () => `0x${hash.digest('hex')}` as Digest,
  }
}
