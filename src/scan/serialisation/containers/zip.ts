import { quoted } from '../../../core/text.ts'
import type { Content, FormatReader, Judge } from '../../ports.ts'
import { inflate, inMemory } from './inflate.ts'
import { foldedName, judgeName } from './memberName.ts'

const END = 0x06054b50
const ENTRY = 0x02014b50
const LOCAL = 0x04034b50
/** An end record with the longest comment. */
const END_REACH = 65_557
const WIDE = 0xffff_ffff

type Directory = { end: number; from: number; size: number; count: number; prefix: number }
type Entry = { name: string; flags: number; method: number; packed: number; local: number; mode: number; at: number }

/** Judges the members of a zip by its directory and by their local headers, whatever flags and checksums say. */
export const zip: FormatReader = (content, judge) => {
  const directory = findDirectory(content)
  if (directory === undefined) return judgeHeadless(content, judge)
  if (directory.prefix > 0 || view(content, 0, 4)?.getUint32(0, true) !== LOCAL)
    judge.found({ rule: 'format.polyglot', what: 'a zip behind other bytes', offset: directory.prefix })
  const names = new Set<string>()
  let covered = 0
  for (const entry of entries(content, directory, judge)) {
    judge.spend('members', 1)
    const folded = foldedName(entry.name)
    if (names.has(folded))
      judge.found({ rule: 'archive.duplicate', what: quoted(entry.name.slice(0, 200)), offset: entry.at })
    names.add(folded)
    covered += judgeEntry(content, entry, judge)
  }
  if (covered > content.size) judge.found({ rule: 'archive.limits', what: 'members that share bytes' })
  return true
}

/** The end record nearest to the end whose directory is where it says, as is or moved by bytes before the archive. */
function findDirectory(content: Content): Directory | undefined {
  const from = Math.max(0, content.size - END_REACH)
  const tail = content.read(from, content.size - from)
  const data = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  for (let at = tail.length - 22; at >= 0; at--) {
    if (data.getUint32(at, true) !== END) continue
    const end = from + at
    const [count, size, start] = [
      data.getUint16(at + 10, true),
      data.getUint32(at + 12, true),
      data.getUint32(at + 16, true),
    ]
    const found = [end - size, start].find((each) => view(content, each, 4)?.getUint32(0, true) === ENTRY)
    if (found !== undefined) return { end, from: found, size: end - found, count, prefix: Math.max(0, found - start) }
  }
  return undefined
}

/** An archive that broke off before its directory: loaders that stream read it all the same. */
function judgeHeadless(content: Content, judge: Judge): boolean {
  if (view(content, 0, 4)?.getUint32(0, true) !== LOCAL) return false
  judge.found({ rule: 'archive.broken', what: 'a zip without a directory', offset: 0 })
  return true
}

function* entries(content: Content, directory: Directory, judge: Judge): Generator<Entry> {
  let [at, count] = [directory.from, 0]
  for (; at + 46 <= directory.end; count++) {
    const head = view(content, at, 46)
    if (head?.getUint32(0, true) !== ENTRY) break
    const [nameLength, extra, comment] = [head.getUint16(28, true), head.getUint16(30, true), head.getUint16(32, true)]
    const name = text(content.read(at + 46, nameLength))
    const [packed, local] = [head.getUint32(20, true), head.getUint32(42, true)]
    yield {
      name,
      at,
      packed,
      flags: head.getUint16(8, true),
      method: head.getUint16(10, true),
      local: local === WIDE ? WIDE : local + directory.prefix,
      mode: head.getUint32(38, true) >>> 16,
    }
    at += 46 + nameLength + extra + comment
  }
  if (count !== directory.count && directory.count !== 0xffff)
    judge.found({
      rule: 'archive.differs',
      what: `${count} members where the end says ${directory.count}`,
      offset: directory.end,
    })
}

/** Judges one member, and returns how many bytes of the file it takes. */
function judgeEntry(content: Content, entry: Entry, judge: Judge): number {
  judgeName(entry.name, entry.at, judge)
  const where = { what: `member ${quoted(entry.name.slice(0, 200))}`, offset: entry.at }
  if ((entry.mode & 0xf000) === 0xa000) judge.found({ rule: 'archive.link', ...where })
  if (entry.packed === WIDE || entry.local === WIDE) {
    judge.found({ rule: 'archive.unopened', ...where })
    return 0
  }
  const head = view(content, entry.local, 30)
  if (head?.getUint32(0, true) !== LOCAL) {
    judge.found({ rule: 'archive.differs', ...where })
    return 0
  }
  const nameLength = head.getUint16(26, true)
  const localName = text(content.read(entry.local + 30, nameLength))
  const method = head.getUint16(8, true)
  if (localName !== entry.name || method !== entry.method || ((head.getUint16(6, true) ^ entry.flags) & 1) !== 0) {
    judge.found({ rule: 'archive.differs', ...where })
    judgeName(localName, entry.local, judge)
  }
  const from = entry.local + 30 + nameLength + head.getUint16(28, true)
  const size = Math.max(0, Math.min(entry.packed, content.size - from))
  if (size < entry.packed) judge.found({ rule: 'archive.broken', ...where })
  // Both methods are tried when they differ, and a member that is said to be encrypted is read all the same.
  for (const each of new Set([method, entry.method]))
    judgeData(content, { name: entry.name, from, size, method: each }, judge)
  if ((entry.flags & 1) !== 0) judge.found({ rule: 'archive.unopened', ...where })
  return size
}

function judgeData(
  content: Content,
  data: { name: string; from: number; size: number; method: number },
  judge: Judge,
): void {
  const { name, from, size, method } = data
  const where = { what: `member ${quoted(name.slice(0, 200))}`, offset: from }
  if (method === 0) {
    const read = (offset: number, length: number): Uint8Array =>
      content.read(from + offset, Math.max(0, Math.min(length, size - offset)))
    judge.within(name, { size, read })
    return
  }
  const inflated = method === 8 ? inflate('raw', content.read(from, size), judge) : 'broken'
  if (inflated === 'bomb') judge.found({ rule: 'archive.limits', ...where })
  else if (inflated === 'broken') judge.found({ rule: 'archive.unopened', ...where })
  else judge.within(name, inMemory(inflated))
}

function view(content: Content, offset: number, length: number): DataView | undefined {
  if (offset < 0 || offset + length > content.size) return undefined
  const bytes = content.read(offset, length)
  return bytes.length < length ? undefined : new DataView(bytes.buffer, bytes.byteOffset, length)
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
