/* eslint-disable no-control-regex -- the heads of files are bytes, not text */
import type { FormatReader } from '../../ports.ts'

/** Containers that are known by their first bytes, and that nothing here opens. */
const HEADS: readonly (readonly [name: string, head: RegExp])[] = [
  ['7z', /^7z\xbc\xaf\x27\x1c/],
  ['xz', /^\xfd7zXZ\0/],
  // A block, or the end of an empty stream, follows at once.
  ['bzip2', /^BZh[1-9](?:1AY&SY|\x17rE8P\x90)/],
  ['lz4', /^(?:\x04\x22\x4d\x18|\x02\x21\x4c\x18)/],
  // Usual properties, a dictionary of whole 64 KiB, and a length that is unknown or below 2^40.
  ['lzma', /^\x5d\0\0(?:[\x00-\xff]{2})(?:\xff{8}|[\x00-\xff]{5}\0{3})/],
  ['rar', /^Rar!\x1a\x07/],
  ['cab', /^MSCF\0{4}/],
  ['compress', /^\x1f\x9d[\x89-\x90]/],
  ['lzip', /^LZIP\x01/],
  ['xar', /^xar!\0\x1c/],
]

/** Says of containers that nothing here opens that what is inside is not known. */
export const unopened: FormatReader = (content, judge) => {
  const head = String.fromCharCode(...content.read(0, 16))
  const found = HEADS.find(([, pattern]) => pattern.test(head))
  if (found === undefined) return false
  judge.found({ rule: 'archive.unopened', what: `a ${found[0]} container`, offset: 0 })
  return true
}
