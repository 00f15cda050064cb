import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

import { parseDigest, type Digest } from '../core/hex.ts'
import type { Context } from './context.ts'
import { FileError, pathOf } from './files.ts'

/** The SHA-256 of a file that an argument names. @throws {@link FileError} */
export async function fileDigest(context: Context, path: string): Promise<Digest> {
  const bytes = await readFile(pathOf(context, path)).catch((cause: unknown) => {
    throw new FileError(path, 'read', cause)
  })
  return parseDigest(`0x${createHash('sha256').update(bytes).digest('hex')}`)
}
