import { quoted, shortText } from '../../../core/text.ts'
import type { Content, FormatReader, Judge } from '../../ports.ts'
import { judgeName, MemberNames } from './memberName.ts'
import { paxRecords, type Pax } from './pax.ts'
import { isZero, part, type Source } from './source.ts'
import { BLOCK, headerAt, padded, textOf, type Header } from './tarHeader.ts'

/** Longest record of a long name or of pax that is read, in bytes. */
const MOST_RECORD = 64 * 1024
/** Octal digits of a header reach this far; only longer members need another record of their length. */
const LONGEST_OCTAL = 8 ** 11
const CARRIES_DATA = '07'
const HAS_NO_DATA = '23456'

/** What headers before a member say of it. */
type Before = { longName: string | undefined; longLink: string | undefined; pax: Pax }

/** Judges the members of a tar file: all of those of one name too, because the last one counts to some programs and the first one to others. */
export const tar: FormatReader = (content, judge) => {
  if (headerAt(content, 0) === undefined) return false
  const names = new MemberNames()
  let before = nothing()
  // Most readers end at a block of zeros or at a wrong header; some go on.
  let [isEnded, isReported] = [false, false]
  for (let offset = 0; offset + BLOCK <= content.size;) {
    judge.spend('steps', 16)
    const header = headerAt(content, offset)
    if (header === undefined) {
      if (!isEnded && !isZero(content, offset, offset + BLOCK))
        judge.found({ rule: 'archive.broken', what: 'a block that is not a header', offset })
      isEnded = true
      offset += BLOCK
      continue
    }
    if (isEnded || !header.isRight) {
      if (!isReported)
        judge.found({
          rule: 'archive.differs',
          what: isEnded ? 'members behind the end' : 'a header whose checksum is wrong',
          offset,
        })
      isReported = true
    }
    if (header.size === undefined) {
      judge.found({ rule: 'archive.differs', what: 'a length that is not a number', offset })
      offset += BLOCK
      continue
    }
    const start = offset + BLOCK
    if (start + header.size > content.size)
      judge.found({ rule: 'archive.broken', what: 'a member that is cut off', offset })
    if ('LKxgX'.includes(header.type)) {
      readBefore(before, header, part(content, start, Math.min(header.size, MOST_RECORD)), offset, judge)
      offset = start + padded(header.size)
    } else {
      offset = judgeMember(content, header, before, { offset, names, judge })
      before = nothing()
    }
  }
  return true
}

function nothing(): Before {
  return { longName: undefined, longLink: undefined, pax: new Map() }
}

function readBefore(before: Before, header: Header, record: Source, offset: number, judge: Judge): void {
  const bytes = record.read(0, record.size)
  if (header.size! > MOST_RECORD) judge.found({ rule: 'archive.differs', what: 'a record that is too long', offset })
  if (header.type === 'L') before.longName = textOf(bytes)
  else if (header.type === 'K') before.longLink = textOf(bytes)
  else {
    const records = paxRecords(bytes)
    if (records === undefined)
      judge.found({ rule: 'archive.differs', what: 'records of pax that cannot be read', offset })
    // What is said of all members is a comment or a time; a name or a length for all of them is a trick.
    const isTrick = header.type === 'g' && ['path', 'size', 'linkpath'].some((key) => records?.has(key))
    if (isTrick) judge.found({ rule: 'archive.differs', what: 'a name or a length for all members', offset })
    for (const [key, value] of records ?? []) before.pax.set(key, value)
  }
}

type Place = { offset: number; names: MemberNames; judge: Judge }

/** Judges a member, and returns where the next header is. */
function judgeMember(content: Content, header: Header, before: Before, { offset, names, judge }: Place): number {
  judge.spend('members', 1)
  const { type } = header
  const stated = header.size!
  const pax = before.pax.get('GNU.sparse.name') ?? before.pax.get('path')
  const name = pax ?? before.longName ?? header.name
  if (pax !== undefined && before.longName !== undefined && pax !== before.longName)
    judge.found({ rule: 'archive.differs', what: `${quoted(pax)} is also ${quoted(before.longName)}`, offset })
  judgeName(name, offset, judge)
  judgeLink(name, type, before.pax.get('linkpath') ?? before.longLink ?? header.link, offset, judge)
  if (type !== '5') names.add(name, offset, judge)
  if (type === 'S' || [...before.pax.keys()].some((key) => key.startsWith('GNU.sparse.')))
    judge.found({ rule: 'archive.unopened', what: `${quoted(name)} is a sparse file`, offset })
  const start = offset + BLOCK
  if (stated > 0) judge.within(name, part(content, start, stated), true)
  const size = paxSize(before.pax, stated, offset, judge)
  if (size !== stated && size > 0) judge.within(name, part(content, start, size), true)
  if (stated === 0 || CARRIES_DATA.includes(type) || !HAS_NO_DATA.includes(type)) return start + padded(size)
  // Some readers take what follows for data, others for headers, so every block is looked at.
  judge.found({ rule: 'archive.differs', what: `${quoted(name)} holds bytes, which its type does not`, offset })
  return start
}

/** The length that a record of pax gives to members that are too long for a header. */
function paxSize(pax: Pax, stated: number, offset: number, judge: Judge): number {
  const value = pax.get('size')
  if (value === undefined) return stated
  const size = /^\d{1,15}$/.test(value) ? Number(value) : undefined
  if (size === undefined || (size !== stated && size < LONGEST_OCTAL))
    judge.found({ rule: 'archive.differs', what: `a length of ${stated}, and one of ${quoted(value)}`, offset })
  return size ?? stated
}

function judgeLink(name: string, type: string, link: string, offset: number, judge: Judge): void {
  if (type === '1' || type === '2')
    judge.found({ rule: 'archive.link', what: `${quoted(name)} leads to ${quoted(shortText(link, 100))}`, offset })
  if ('346'.includes(type)) judge.found({ rule: 'archive.link', what: `${quoted(name)} is a device or a pipe`, offset })
}
