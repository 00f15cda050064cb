import { bundleText, InvalidBundleError, MAX_BUNDLE_TEXT, parseBundle, type Bundle } from './document.ts'

/** Largest file of a bundle, in bytes. */
export const MAX_BUNDLE_BYTES = 64 * 1024 * 1024

/** The first bytes of a gzip file. */
const GZIP = [0x1f, 0x8b]

/** The file of a bundle: its canonical JSON, by gzip. */
export async function bundleFile(bundle: Bundle): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([bundleText(bundle)]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Uint8Array(await new Response(packed).arrayBuffer())
}

/**
 * Reads the file of a bundle: JSON, packed by gzip or not. Its form alone; nothing that it says is proved by this. Unpacks no more than
 * a bundle may have.
 *
 * @throws {@link InvalidBundleError} and as {@link parseBundle}
 */
export async function parseBundleFile(file: Uint8Array<ArrayBuffer>): Promise<Bundle> {
  if (file.length > MAX_BUNDLE_BYTES) {
    throw new InvalidBundleError('the file', `${file.length} bytes`, `at most ${MAX_BUNDLE_BYTES} bytes`)
  }
  const bytes = GZIP.every((byte, at) => file[at] === byte) ? await unpacked(file) : file
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new InvalidBundleError('the file', 'other bytes', 'JSON in UTF-8, packed by gzip or not')
  }
  return parseBundle(text)
}

async function unpacked(file: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const reader = new Blob([file]).stream().pipeThrough(new DecompressionStream('gzip')).getReader()
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let length = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      chunks.push(value)
      length += value.length
      if (length > MAX_BUNDLE_TEXT) break
    }
  } catch {
    throw new InvalidBundleError('the file', 'broken gzip', 'a whole file')
  }
  if (length > MAX_BUNDLE_TEXT) {
    await reader.cancel()
    throw new InvalidBundleError('the file', 'more', `at most ${MAX_BUNDLE_TEXT} bytes when it is unpacked`)
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer())
}
