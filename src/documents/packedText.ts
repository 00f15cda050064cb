/** Packs a text for a fragment of a URL: UTF-8, deflated without a header (RFC 1951), in base64url without padding (RFC 4648, section 5). */
export async function packText(text: string): Promise<string> {
  const packed = await piped(new TextEncoder().encode(text), new CompressionStream('deflate-raw'), Infinity)
  return toBase64Url(packed!)
}

/**
 * Unpacks what {@link packText} packed. Reads no more than some bytes, because a few kilobytes of deflated data can unpack to megabytes.
 *
 * @param most how many bytes of UTF-8 the text may have
 * @returns the text, or what is wrong with the data
 */
export async function unpackText(data: string, most: number): Promise<{ text: string } | { problem: string }> {
  const packed = fromBase64Url(data)
  if (packed === undefined || packed.length === 0) return { problem: 'its data is not base64url' }
  let bytes: Uint8Array | undefined
  try {
    bytes = await piped(packed, new DecompressionStream('deflate-raw'), most)
  } catch {
    return { problem: 'its data is damaged' }
  }
  if (bytes === undefined) return { problem: `its data unpacks to more than ${most} bytes` }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    return { problem: 'its data is not UTF-8' }
  }
}

/** What a stream makes of some bytes; undefined when it is more than `most` bytes, and then no more is read. */
async function piped(
  bytes: Uint8Array<ArrayBuffer>,
  through: CompressionStream | DecompressionStream,
  most: number,
): Promise<Uint8Array | undefined> {
  const reader = new Blob([bytes]).stream().pipeThrough(through).getReader()
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    chunks.push(value)
    length += value.length
    if (length > most) {
      await reader.cancel()
      return undefined
    }
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer())
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** The bytes of base64url without padding; undefined for any other text. */
function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return undefined
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (unit) => unit.charCodeAt(0))
  // The last letter may have bits that no byte uses.
  return toBase64Url(bytes) === text ? bytes : undefined
}
