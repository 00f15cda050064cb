import { quoted, shortText } from '../../../core/text.ts'
import type { Content, FormatReader, Judge } from '../../ports.ts'
import { foldedName, judgeName } from './memberName.ts'

/** Bytes of a block, of which a tar file is made (POSIX.1-2017, pax, ustar interchange format). */
const BLOCK = 512
/** Longest record of a long name or of pax that is read, in bytes. */
const MOST_RECORD = 64 * 1024

/** A header of a member. */
type Header = { name: string; size: number; type: string; link: string }

/** Judges the members of a tar file: all of those of one name too, because the last one counts to some programs and the first one to others. */
export const tar: FormatReader = (content, judge) => {
  if (headerAt(content, 0) === undefined) return false
  const names = new Set<string>()
  let longName: string | undefined
  for (let offset = 0; offset + BLOCK <= content.size;) {
    judge.spend('steps', 1)
    const header = headerAt(content, offset)
    if (header === undefined) {
      if (isZero(content.read(offset, BLOCK))) break
      judge.found({ rule: 'archive.broken', what: 'a block that is not a header', offset })
      break
    }
    const start = offset + BLOCK
    const end = start + header.size
    if (end > content.size) judge.found({ rule: 'archive.broken', what: 'a member that is cut off', offset })
    if ('LKxg'.includes(header.type)) {
      const record = content.read(start, Math.min(header.size, MOST_RECORD))
      if (header.type === 'L') longName = text(record)
      else if (header.type === 'x' || header.type === 'g') longName = paxPath(record) ?? longName
    } else {
      judgeMember(content, { ...header, name: longName ?? header.name }, offset, names, judge)
      longName = undefined
    }
    offset = start + Math.ceil(header.size / BLOCK) * BLOCK
  }
  return true
}

function judgeMember(
  content: Content,
  { name, size, type, link }: Header,
  offset: number,
  names: Set<string>,
  judge: Judge,
): void {
  judge.spend('members', 1)
  judgeName(name, offset, judge)
  if (type === '1' || type === '2')
    judge.found({ rule: 'archive.link', what: `${quoted(name)} leads to ${quoted(shortText(link, 100))}`, offset })
  if ('346'.includes(type)) judge.found({ rule: 'archive.link', what: `${quoted(name)} is a device or a pipe`, offset })
  if (type === '5') return
  const folded = foldedName(name)
  if (names.has(folded)) judge.found({ rule: 'archive.duplicate', what: quoted(name), offset })
  names.add(folded)
  const start = offset + BLOCK
  const there = Math.max(0, Math.min(size, content.size - start))
  if (there === 0) return
  const read = (at: number, length: number): Uint8Array =>
    content.read(start + at, Math.max(0, Math.min(length, there - at)))
  judge.within(name, { size: there, read })
}

/** The header at an offset; undefined when its sum is not right, which every reader checks. */
function headerAt(content: Content, offset: number): Header | undefined {
  const block = content.read(offset, BLOCK)
  if (block.length < BLOCK || block[0] === 0) return undefined
  const stated = octal(block.subarray(148, 156))
  const [sum, signedSum] = sumsOf(block)
  if (stated === undefined || (stated !== sum && stated !== signedSum)) return undefined
  const size = sizeOf(block.subarray(124, 136))
  if (size === undefined) return undefined
  const isUstar = text(block.subarray(257, 262)) === 'ustar'
  const prefix = isUstar ? text(block.subarray(345, 500)) : ''
  const name = text(block.subarray(0, 100))
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size,
    type: block[156] === 0 ? '0' : String.fromCharCode(block[156]!),
    link: text(block.subarray(157, 257)),
  }
}

/** The sum of a header with its own field as spaces; old programs took the bytes as signed. */
function sumsOf(block: Uint8Array): [number, number] {
  let [sum, signed] = [0, 0]
  for (const [index, byte] of block.entries()) {
    const counted = index >= 148 && index < 156 ? 32 : byte
    sum += counted
    signed += counted > 127 ? counted - 256 : counted
  }
  return [sum, signed]
}

/** A length in octal digits, or in binary as GNU writes long ones. */
function sizeOf(field: Uint8Array): number | undefined {
  if (field[0] !== 0x80) return octal(field)
  let size = 0
  for (const byte of field.subarray(1)) size = size * 256 + byte
  return size <= Number.MAX_SAFE_INTEGER ? size : undefined
}

function octal(field: Uint8Array): number | undefined {
  const digits = text(field).trim()
  return /^[0-7]{0,11}$/.test(digits) ? Number.parseInt(digits || '0', 8) : undefined
}

/** The path in the records `length key=value` of pax. */
function paxPath(record: Uint8Array): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(text(record))?.[1]
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end))
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}
