import { quoted } from '../../../core/text.ts'
import type { Content, Judge } from '../../ports.ts'
import { LIMITS } from '../limits.ts'
import { judgeName } from './memberName.ts'
import { find, isZero, part } from './source.ts'
import { judgeData } from './zipMember.ts'
import { DESCRIPTOR, ENTRY, LOCAL, localAt, type Local, type Range } from './zipRecords.ts'

const LONGEST_DESCRIPTOR = 24
const DESCRIPTOR_FOLLOWS = 8

/** Judges the bytes of a zip that no listed member, and no directory, holds. */
export function judgeGaps(content: Content, sorted: readonly Range[], judge: Judge): void {
  let at = 0
  let isStreamed = false
  for (const range of [...sorted, { from: content.size, to: content.size, isStreamed: false }]) {
    const length = range.from - at
    if (length > 0 && !(isStreamed && length <= LONGEST_DESCRIPTOR) && !isZero(content, at, range.from))
      judgeGap(content, at, range.from, judge)
    if (range.to > at) ({ to: at, isStreamed } = range)
  }
}

function judgeGap(content: Content, from: number, to: number, judge: Judge): void {
  const isSearched = to - from <= LIMITS.searched
  if (!isSearched)
    judge.found({
      rule: 'archive.limits',
      level: 'unknown',
      what: 'bytes of no member, searched in part',
      offset: from,
    })
  const listed = judgeUnlisted(content, from, Math.min(to, from + LIMITS.searched), judge)
  if (listed > 0)
    judge.found({ rule: 'archive.differs', what: 'members that the directory does not list', offset: from })
  else if (to === content.size)
    judge.found({ rule: 'format.polyglot', what: `${to - from} bytes behind the archive`, offset: from })
  // What is before an archive is already judged, as what the file begins with.
  else if (from > 0)
    judge.found({ rule: 'archive.differs', level: 'warn', what: `${to - from} bytes of no member`, offset: from })
  if (from > 0) judge.within(`bytes at ${from}`, part(content, from, to - from))
}

/** Judges the members whose local headers are in a part of the file, and returns how many there are. */
export function judgeUnlisted(content: Content, from: number, to: number, judge: Judge): number {
  let count = 0
  for (let at = find(content, LOCAL, from, to); at !== undefined; at = find(content, LOCAL, at, to)) {
    const local = localAt(content, at)
    if (local === undefined) {
      at += 4
      continue
    }
    judge.spend('members', 1)
    count++
    judgeName(local.name, at, judge)
    at = Math.max(at + 30, judgeLocal(content, local, to, judge))
  }
  return count
}

/** Judges a member by its local header alone, and returns where it ends. */
function judgeLocal(content: Content, local: Local, to: number, judge: Judge): number {
  const isOpen = (local.flags & DESCRIPTOR_FOLLOWS) !== 0 && local.packed === 0
  if (!isOpen) {
    const source = part(content, local.from, Math.min(local.packed, to - local.from))
    if (source.size < local.packed)
      judge.found({ rule: 'archive.broken', what: `member ${quoted(local.name.slice(0, 200))}`, offset: local.at })
    judgeData(source, local, local.from, judge)
    return local.from + source.size
  }
  // A deflated stream says itself where it ends; a stored one is followed by its lengths or by the next record.
  let end = to
  if (local.method !== 8)
    for (const signature of [LOCAL, ENTRY, DESCRIPTOR]) end = find(content, signature, local.from, end) ?? end
  return local.from + judgeData(part(content, local.from, end - local.from), local, local.from, judge)
}
