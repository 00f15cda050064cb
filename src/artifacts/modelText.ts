import { createHash } from 'node:crypto'

import { FileChangedError } from './listFiles.ts'
import type { ModelFile } from './modelFile.ts'

/** Most bytes of a text file that are read; what follows only counts for its digest. */
export const MAX_TEXT_BYTES = 8 * 1024 * 1024
/** Bytes that are read at once. */
const CHUNK_BYTES = 4 * 1024 * 1024

/**
 * Reads a text of a model, which must have the digest that it was hashed to: UTF-8, or UTF-16 by its byte-order mark. Bytes that are neither
 * become U+FFFD.
 *
 * @throws {@link FileChangedError} when it is not the file that was hashed
 */
export async function readModelText({ digest, open }: ModelFile): Promise<string> {
  return open(async (file) => {
    const hash = createHash('sha256')
    const head: Uint8Array[] = []
    for (let offset = 0; offset < file.size; offset += CHUNK_BYTES) {
      const bytes = await file.read(offset, Math.min(CHUNK_BYTES, file.size - offset))
      hash.update(bytes)
      if (offset < MAX_TEXT_BYTES) head.push(bytes)
    }
    if (hash.digest('hex') !== digest) throw new FileChangedError(file.path, 'was changed')
    return decodeText(Buffer.concat(head))
  })
}

/** Decodes UTF-8, or UTF-16 by its byte-order mark. Bytes that are neither become U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes)
}
