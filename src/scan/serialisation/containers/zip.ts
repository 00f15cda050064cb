import type { Content, FormatReader, Judge } from '../../ports.ts'
import { MemberNames } from './memberName.ts'
import { isZero, part, viewAt } from './source.ts'
import { isInTarMember } from './tarHeader.ts'
import { judgeTorch, torchStorages, type Storages } from './torchArchive.ts'
import { judgeGaps, judgeUnlisted } from './zipGaps.ts'
import { judgeEntry } from './zipMember.ts'
import { entryAt, findEnds, LOCAL, type End, type Entry, type Range } from './zipRecords.ts'

/** Bytes of the end before its comment. */
const END = 22

/** Judges the members of a zip by its directories and by their local headers, whatever flags and checksums say. */
export const zip: FormatReader = (content, judge) => {
  const beginsAsZip = viewAt(content, 0, 4)?.getUint32(0, true) === LOCAL
  // Bytes of numbers may look like the end of an archive without members.
  const [end, ...others] = findEnds(content).filter(({ from, to, count }) => beginsAsZip || from < to || count > 0)
  if (end === undefined) return beginsAsZip && judgeHeadless(content, judge)
  // A tar file has at its end what its last member has.
  if (!beginsAsZip && isInTarMember(content, end.at)) return false
  if (!beginsAsZip && end.from > 0)
    judge.found({ rule: 'format.polyglot', what: 'a zip behind other bytes', offset: end.prefix })
  const covered: Range[] = [{ from: end.from, to: end.end, isStreamed: false }]
  judgeDirectory(content, end, covered, judge)
  for (const other of others) judgeOther(content, other, covered, judge)
  judgeOverlaps(covered, judge)
  judgeGaps(content, covered, judge)
  if (end.end > end.at + END) judge.within('comment', part(content, end.at + END, end.end - end.at - END))
  return true
}

/** An archive that broke off before its directory: loaders that stream read it all the same. */
function judgeHeadless(content: Content, judge: Judge): boolean {
  judge.found({ rule: 'archive.broken', what: 'a zip without a directory', offset: 0 })
  judgeUnlisted(content, 0, content.size, judge)
  return true
}

function judgeDirectory(content: Content, end: End, covered: Range[], judge: Judge): void {
  if (end.contradicts) judge.found({ rule: 'archive.differs', what: 'an end with two directories', offset: end.at })
  const entries = [...entriesOf(content, end, judge)]
  const storages: Storages = torchStorages(content, entries, judge)
  const names = new MemberNames()
  let taken = 0
  for (const entry of entries) {
    judge.spend(storages.has(entry.name) ? 'steps' : 'members', 1)
    if (!entry.name.endsWith('/')) names.add(entry.name, entry.at, judge)
    const range = judgeEntry(content, entry, storages.get(entry.name), judge)
    covered.push(range)
    taken += range.to - range.from
    // Members that share bytes would be judged again and again.
    if (taken > 2 * content.size) break
  }
  judgeTorch(content, entries, judge)
}

/** Another end record: nothing when it is inside a member, as in a zip that holds one. */
function judgeOther(content: Content, other: End, covered: Range[], judge: Judge): void {
  if (covered.slice(1).some(({ from, to }) => from < other.at && other.at < to)) return
  judge.found({ rule: 'archive.differs', what: 'a second end with another directory', offset: other.at })
  for (const entry of entriesOf(content, other, judge)) {
    judge.spend('members', 1)
    judgeEntry(content, entry, undefined, judge)
  }
}

function* entriesOf(content: Content, end: End, judge: Judge): Generator<Entry> {
  let [at, count] = [end.from, 0]
  for (; at < end.to; count++) {
    const found = entryAt(content, at, end.prefix)
    if (found === undefined) break
    judge.spend('steps', 16)
    yield found.entry
    at = found.next
  }
  if (count !== end.count && count % 0x10000 !== end.count)
    judge.found({
      rule: 'archive.differs',
      what: `${count} members where the end says ${end.count}`,
      offset: end.at,
    })
  if (at !== end.to && !isZero(content, at, end.to))
    judge.found({ rule: 'archive.differs', what: 'bytes inside the directory outside its entries', offset: at })
}

function judgeOverlaps(covered: Range[], judge: Judge): void {
  covered.sort((a, b) => a.from - b.from)
  let reached = 0
  for (const { from, to } of covered) {
    if (from < reached && to > from) {
      judge.found({ rule: 'archive.limits', what: 'members that share bytes', offset: from })
      return
    }
    reached = Math.max(reached, to)
  }
}
