import { sha256 } from '@noble/hashes/sha2.js'

/** A token that both models may have: its place in the vocabulary, and the first four bytes of its hash. */
export type Anchor = { token: number; hash: number }

/**
 * Tokens by the order in which sketches choose them: words of three letters or more first, then the others, each by the SHA-256 of their
 * bytes. Two vocabularies so choose alike. Tokens without bytes, and later ones with the bytes of an earlier one, are left out.
 *
 * @param secret chooses others, which nobody can know before it is revealed
 */
export function anchorsOf(tokens: readonly (Uint8Array | null)[], count: number, secret?: Uint8Array): Anchor[] {
  const ranked: { token: number; digest: Uint8Array; isWord: boolean }[] = []
  for (const [token, bytes] of tokens.entries()) {
    if (bytes !== null) ranked.push({ token, digest: tokenDigest(bytes, secret), isWord: isWord(bytes) })
  }
  ranked.sort((a, b) => Number(b.isWord) - Number(a.isWord) || compareBytes(a.digest, b.digest) || a.token - b.token)
  const anchors: Anchor[] = []
  const hashes = new Set<number>()
  for (const { token, digest } of ranked) {
    if (anchors.length === count) break
    const hash = hashOf(digest)
    if (hashes.has(hash)) continue
    hashes.add(hash)
    anchors.push({ token, hash })
  }
  return anchors
}

/** Where the tokens of given hashes are in a vocabulary, by hash. A word goes before another token, the first before a later one. */
export function findAnchors(
  tokens: readonly (Uint8Array | null)[],
  hashes: ReadonlySet<number>,
  secret?: Uint8Array,
): Map<number, number> {
  const found = new Map<number, number>()
  const words = new Set<number>()
  for (const [token, bytes] of tokens.entries()) {
    if (bytes === null) continue
    const hash = hashOf(tokenDigest(bytes, secret))
    if (!hashes.has(hash) || words.has(hash)) continue
    if (isWord(bytes)) words.add(hash)
    else if (found.has(hash)) continue
    found.set(hash, token)
  }
  return found
}

function tokenDigest(bytes: Uint8Array, secret: Uint8Array | undefined): Uint8Array {
  if (secret === undefined) return sha256(bytes)
  return sha256.create().update(secret).update(bytes).digest()
}

function hashOf(digest: Uint8Array): number {
  return new DataView(digest.buffer, digest.byteOffset).getUint32(0)
}

/** Three ASCII letters or more, after a space or not. Unicode's letters differ by the version of its tables, so they do not count. */
function isWord(bytes: Uint8Array): boolean {
  const start = bytes[0] === 0x20 ? 1 : 0
  if (bytes.length - start < 3) return false
  for (let index = start; index < bytes.length; index++) {
    const letter = bytes[index]! | 0x20
    if (letter < 0x61 || letter > 0x7a) return false
  }
  return true
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return a[index]! - b[index]!
  return 0
}
