import { FileTruncatedError, type ByteSource } from '../../interop/byteSource.ts'
import type { Content } from '../ports.ts'

/** Content as the readers of headers take it. */
export function sourceOf(content: Content): ByteSource {
  return {
    path: content.member.at(-1) ?? content.file,
    size: content.size,
    read: async (offset, length) => {
      if (offset + length > content.size) throw new FileTruncatedError(content.file, offset + length)
      const bytes = content.read(offset, length)
      if (bytes.length < length) throw new FileTruncatedError(content.file, offset + length)
      return bytes
    },
  }
}
