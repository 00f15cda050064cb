import type { ByteSource } from '../interop/byteSource.ts'
import { FileChangedError, isSameState, type ListedFile } from './listFiles.ts'
import { withFile } from './openFile.ts'

/** A file of a model that was hashed, wherever it is: on this disk, or at a host. */
export type ModelFile = {
  /** The resource's name in the manifest. */
  name: string
  /** Length in bytes. */
  size: number
  /** SHA-256 of the contents: 64 lower-case hex digits. */
  digest: string
  /** Whether its bytes are at hand. One whose bytes are elsewhere is read only where it is a text that matters, and then whole. */
  atHand: boolean
  /** Where it is on this disk, and in which state it was hashed; left out where its bytes are elsewhere. */
  local?: Pick<ListedFile, 'path' | 'state'>
  /**
   * Passes the bytes to a function.
   *
   * @throws `FileChangedError`, or what a host's client throws, when they are not the bytes that were hashed or cannot be had
   */
  open<T>(use: (source: ByteSource) => Promise<T>): Promise<T>
}

/** A file on this disk that was hashed. @param digest SHA-256: 64 lower-case hex digits */
export function modelFileOf({ name, path, state }: ListedFile, digest: string): ModelFile {
  return {
    name,
    size: Number(state.size),
    digest,
    atHand: true,
    local: { path, state },
    open: (use) =>
      withFile(path, (source, now) => {
        if (!isSameState(now, state)) throw new FileChangedError(path, 'was changed')
        return use(source)
      }),
  }
}
