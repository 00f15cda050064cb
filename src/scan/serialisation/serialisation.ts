import { quoted } from '../../core/text.ts'
import { EXPORTED, isData } from './data.ts'
import type { Content, Judge, NewFinding, ScanContext, Scanner } from '../ports.ts'
import { ARCHIVE_RULES } from './containers/rules.ts'
import { FORMAT_READERS } from './formatReaders.ts'
import { FORMAT_RULES, FORMAT_SETTINGS, judgeFolder } from './formats/formats.ts'
import { LimitReached, LIMITS } from './limits.ts'
import * as pickle from './pickle/rules.ts'

/** Bytes at the beginning of a file or member that are held while it is judged. */
const HEAD_BYTES = 4096

/** What is spent on one file, by all its members together. */
type Spent = { members: number; bytes: number; steps: number }
type OfFile = { context: ScanContext; size: number; spent: Spent; counts: Map<string, number> }

/** Judges what code a file can run when it is loaded, by every format that its bytes allow; its name does not decide. */
export const serialisation: Scanner = {
  id: 'serialisation',
  version: 3,
  rules: [...ARCHIVE_RULES, ...pickle.rules, ...FORMAT_RULES],
  settings: { limits: LIMITS, exportedNumbers: EXPORTED.source, pickle: pickle.settings, formats: FORMAT_SETTINGS },
  scanFile(content, context) {
    const spent: Spent = { members: 0, bytes: 0, steps: 0 }
    try {
      return judgeContent(content, { context, size: content.size, spent, counts: new Map() })
    } catch (error) {
      if (error instanceof LimitReached) return true
      throw error
    }
  },
  scanModel: judgeFolder,
}

/** Every reader looks at the first bytes, so they are read once. */
function judgeContent(whole: Content, file: OfFile): boolean {
  const content = withHead(whole)
  const judge = judgeOf(content, file)
  let judged = false
  for (const reader of FORMAT_READERS) if (reader(content, judge)) judged = true
  return judged
}

function withHead(content: Content): Content {
  const head = content.read(0, Math.min(content.size, HEAD_BYTES))
  const read: Content['read'] = (offset, length) =>
    offset >= 0 && offset + length <= head.length
      ? head.subarray(offset, offset + length)
      : content.read(offset, length)
  return { ...content, read }
}

function judgeOf(content: Content, file: OfFile): Judge {
  const { context, size, spent, counts } = file
  const report = (finding: NewFinding): void => {
    context.found({ ...finding, file: content.file, member: content.member })
  }
  const limits: Record<keyof Spent, number> = {
    members: LIMITS.members,
    bytes: Math.min(LIMITS.bytes, Math.max(LIMITS.floor, size * LIMITS.total)),
    steps: LIMITS.steps,
  }
  function spend(what: keyof Spent, count: number): void {
    spent[what] += count
    if (spent[what] <= limits[what]) return
    // A large file may be honest; a small one that grows so much is an attack.
    const level = what === 'bytes' && limits.bytes > size * LIMITS.ratio ? 'fail' : 'unknown'
    report({ rule: 'archive.limits', level, what: `more than ${limits[what]} ${what}` })
    throw new LimitReached()
  }
  return {
    found(finding) {
      // Counted by their level too, so that mild ones never hide what fails.
      const kind = `${finding.rule} ${finding.level ?? ''}`
      const count = (counts.get(kind) ?? 0) + 1
      counts.set(kind, count)
      if (count <= LIMITS.findings) report(finding)
    },
    within(name, inner, isMember = false) {
      const member = [...content.member, name]
      if (member.length > LIMITS.depth) {
        report({ rule: 'archive.depth', what: `more than ${LIMITS.depth} archives inside one another` })
        return
      }
      const judged = judgeContent({ file: content.file, member, size: inner.size, read: inner.read }, file)
      if (isMember && !judged && inner.size > 0 && !isData(name, inner))
        report({ rule: 'archive.unjudged', what: `member ${quoted(name.slice(0, 200))}` })
    },
    spend,
    bytesLeft: () => limits.bytes - spent.bytes,
  }
}
