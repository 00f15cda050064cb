import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'

/** Bytes that can be read at any place: a file, a blob, or an array in memory. */
export type ByteSource = {
  /** The path or name that error messages give. */
  path: string
  /** Length in bytes. */
  size: number
  /** Reads exactly `length` bytes. @throws {@link FileTruncatedError} when the source ends before */
  read(offset: number, length: number): Promise<Uint8Array>
}

/** Reads from an array in memory. @param path the name that error messages give */
export function sourceOfBytes(path: string, bytes: Uint8Array): ByteSource {
  return {
    path,
    size: bytes.length,
    read: async (offset, length) => {
      if (offset + length > bytes.length) throw new FileTruncatedError(path, offset + length)
      return bytes.subarray(offset, offset + length)
    },
  }
}

/** Thrown when a file ends before the bytes that its header announces. */
export class FileTruncatedError extends StemmaError {
  override name = 'FileTruncatedError'
  constructor(path: string, needed: number) {
    super('FILE_TRUNCATED', `${quoted(path)} ends before byte ${needed}, which its header needs. Download it again.`)
  }
}
