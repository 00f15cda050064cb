import type { FormatReader } from '../../ports.ts'

/** Containers that are known by their first bytes, and that nothing here opens. */
const HEADS: readonly [name: string, offset: number, head: readonly number[]][] = [
  ['7z', 0, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ['xz', 0, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['bzip2', 0, [0x42, 0x5a, 0x68]],
  ['zstd', 0, [0x28, 0xb5, 0x2f, 0xfd]],
  ['lz4', 0, [0x04, 0x22, 0x4d, 0x18]],
  ['lzma', 0, [0x5d, 0x00, 0x00]],
  ['rar', 0, [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07]],
  ['cab', 0, [0x4d, 0x53, 0x43, 0x46, 0x00, 0x00, 0x00, 0x00]],
  ['compress', 0, [0x1f, 0x9d]],
  ['zlib', 0, [0x78, 0x01]],
  ['zlib', 0, [0x78, 0x5e]],
  ['zlib', 0, [0x78, 0x9c]],
  ['zlib', 0, [0x78, 0xda]],
]

/** Says of containers that nothing here opens that what is inside is not known. */
export const unopened: FormatReader = (content, judge) => {
  const start = content.read(0, 16)
  const found = HEADS.find(([, offset, head]) => head.every((byte, index) => start[offset + index] === byte))
  if (found === undefined) return false
  judge.found({ rule: 'archive.unopened', what: `a ${found[0]} container`, offset: 0 })
  return true
}
