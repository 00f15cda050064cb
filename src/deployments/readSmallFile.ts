import { open } from 'node:fs/promises'
import { constants } from 'node:fs'

import { StemmaError } from '../core/errors.ts'

/** Longest file of a deployment or of the user's trust, in bytes. */
const MAX_BYTES = 1024 * 1024

/** Reads a regular file that is not too large. A pipe or a device, which may never end, is refused. @throws {@link NotASmallFileError} */
export async function readSmallFile(path: string): Promise<Buffer> {
  // Without waiting for a writer, should it be a pipe.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = await file.stat()
    if (!stats.isFile() || stats.size > MAX_BYTES) throw new NotASmallFileError(path)
    return await file.readFile()
  } finally {
    await file.close()
  }
}

/** Thrown when a path does not lead to a regular file, or the file is too large. */
export class NotASmallFileError extends StemmaError {
  override name = 'NotASmallFileError'
  constructor(path: string) {
    super('FILE', `${path} is not a regular file of at most ${MAX_BYTES} bytes. Replace it, or name another file.`)
  }
}
