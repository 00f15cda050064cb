import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

import { FileChangedError, isSameState, stateOf, type FileState } from './listFiles.ts'
import type { ModelFile } from './modelFile.ts'
import { withFile } from './openFile.ts'

/** A file whose bytes can be read at any place, at once. */
export type OpenContent = {
  /** The resource's name in the manifest. */
  name: string
  /** Length in bytes. */
  size: number
  /** Reads bytes; fewer than asked for only at the end. */
  read(offset: number, length: number): Uint8Array
}

type Opened = { file: ModelFile; descriptor: number; content: OpenContent }

/**
 * Opens files that were hashed, so that ranges of them can be read without waiting, and passes them to a function. Files that are not at
 * hand are left out.
 *
 * @throws `FileChangedError` when a file is not the one that was hashed, or changed while it was read
 */
export async function withContents<T>(
  files: readonly ModelFile[],
  use: (contents: OpenContent[]) => Promise<T>,
): Promise<T> {
  const opened: Opened[] = []
  try {
    for (const file of files.filter(({ atHand }) => atHand)) opened.push(await openHashed(file))
    const result = await use(opened.map(({ content }) => content))
    // Still the file that was hashed, and still the one that is open.
    for (const { file, descriptor } of opened) {
      await file.open(({ path }) => withFile(path, async (_, state) => requireSame(path, descriptor, state)))
    }
    return result
  } finally {
    for (const { descriptor } of opened) closeSync(descriptor)
  }
}

/** Opens a file, after `ModelFile.open` has checked that it is the one that was hashed. */
async function openHashed(file: ModelFile): Promise<Opened> {
  return file.open(({ path }) =>
    withFile(path, async (_, state) => {
      const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      try {
        requireSame(path, descriptor, state)
      } catch (error) {
        closeSync(descriptor)
        throw error
      }
      const size = Number(state.size)
      const read = (offset: number, length: number) => readUpTo(descriptor, size, offset, length)
      return { file, descriptor, content: { name: file.name, size, read } }
    }),
  )
}

function requireSame(path: string, descriptor: number, state: FileState): void {
  const isSame = isSameState(stateOf(fstatSync(descriptor, { bigint: true })), state)
  if (!isSame) throw new FileChangedError(path, 'was changed')
}

/** Never allocates more than the file has. */
function readUpTo(descriptor: number, size: number, offset: number, length: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - offset)))
  let done = 0
  while (done < bytes.length) {
    const count = readSync(descriptor, bytes, done, bytes.length - done, offset + done)
    if (count === 0) break
    done += count
  }
  return bytes.subarray(0, done)
}
