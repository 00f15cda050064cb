import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

import { parseDigest, type Digest } from '../core/hex.ts'
import type { Context } from './context.ts'
import { FileError, pathOf } from './files.ts'

/** The SHA-256 of a file that an argument names. @throws {@link FileError} */
export async function fileDigest(context: Context, path: string): Promise<Digest> {
  const hash = createHash('sha256')
  const file = pathOf(context, path)
  try {
    for await (const chunk of createReadStream(file, { signal: context.signal })) hash.update(chunk as Buffer)
  } catch (cause) {
    context.signal.throwIfAborted()
    throw new FileError(path, 'read', cause)
  }
  return parseDigest(`0x${hash.digest('hex')}`)
}
