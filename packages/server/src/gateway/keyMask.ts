const STAR = 0x2a

/** Puts stars in place of a key, however the bytes of an answer are cut, so that their number stays. */
export type KeyMask = {
  /** Takes the next bytes, and gives those that are sure. */
  push(chunk: Buffer): Buffer
  /** Gives what may have been the beginning of a key, and was none. */
  end(): Buffer
}

/** Begins to mask an answer. @param key a key of single-byte characters; nothing is masked without one */
export function createKeyMask(key: string | undefined): KeyMask {
  const secret = Buffer.from(key ?? '', 'latin1')
  let left = NOTHING
  if (secret.length === 0) return { push: (chunk) => chunk, end: () => NOTHING }
  return {
    push(chunk) {
      const bytes = left.length === 0 ? chunk : Buffer.concat([left, chunk])
      const masked = withoutKey(bytes, secret)
      const sure = masked.length - startedAtEnd(masked, secret)
      left = masked.subarray(sure)
      return sure === masked.length ? masked : masked.subarray(0, sure)
    },
    end() {
      const last = left
      left = NOTHING
      return last
    },
  }
}

const NOTHING: Buffer = Buffer.alloc(0)

function withoutKey(bytes: Buffer, secret: Buffer): Buffer {
  let at = bytes.indexOf(secret)
  if (at < 0) return bytes
  const masked = Buffer.from(bytes)
  for (; at >= 0; at = masked.indexOf(secret, at)) masked.fill(STAR, at, at + secret.length)
  return masked
}

/** How many of the last bytes are the beginning of the key. */
function startedAtEnd(bytes: Buffer, secret: Buffer): number {
  const from = Math.max(0, bytes.length - secret.length + 1)
  for (let at = bytes.indexOf(secret[0]!, from); at >= 0; at = bytes.indexOf(secret[0]!, at + 1)) {
    if (secret.subarray(0, bytes.length - at).equals(bytes.subarray(at))) return bytes.length - at
  }
  return 0
}
