import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'

import { StemmaError } from '../core/errors.ts'
import { FileTruncatedError, type ByteSource } from '../interop/byteSource.ts'
import {
  ModelNotFoundError,
  NotARegularFileError,
  stateOf,
  SymlinkError,
  UnreadableFileError,
  type FileState,
} from './listFiles.ts'

/**
 * Opens a regular file without following a link, passes it to a function with its state, and closes it.
 *
 * @throws `ModelNotFoundError`, `SymlinkError`, `NotARegularFileError`, `UnreadableFileError`, and what the function throws
 */
export async function withFile<T>(path: string, use: (file: ByteSource, state: FileState) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stats = await handle.stat({ bigint: true })
    if (!stats.isFile())
      throw new NotARegularFileError(path, stats.isDirectory() ? 'a folder' : 'a device, pipe or socket')
    const read = (offset: number, length: number) => readExactly(handle!, path, offset, length)
    return await use({ path, size: Number(stats.size), read }, stateOf(stats))
  } catch (error) {
    if (error instanceof StemmaError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new ModelNotFoundError(path)
    if (code === 'ELOOP') throw new SymlinkError(path)
    if (code === 'ENXIO') throw new NotARegularFileError(path, 'a device, pipe or socket')
    if (typeof code === 'string') throw new UnreadableFileError(path, error)
    throw error
  } finally {
    await handle?.close()
  }
}

async function readExactly(handle: FileHandle, path: string, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, offset + done)
    if (bytesRead === 0) throw new FileTruncatedError(path, offset + length)
    done += bytesRead
  }
  return buffer
}
