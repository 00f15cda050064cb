import type { Content, Judge, NewFinding, ScanContext, Scanner } from '../ports.ts'
import { ARCHIVE_RULES } from './containers/rules.ts'
import { FORMAT_READERS } from './formatReaders.ts'
import { FORMAT_RULES, FORMAT_SETTINGS, judgeFolder } from './formats/formats.ts'
import { LimitReached, LIMITS } from './limits.ts'
import * as pickle from './pickle/rules.ts'

/** What is spent on one file, by all its members together. */
type Spent = { members: number; bytes: number; steps: number; findings: number }

/** Judges what code a file can run when it is loaded, by every format that its bytes allow; its name does not decide. */
export const serialisation: Scanner = {
  id: 'serialisation',
  version: 1,
  rules: [...ARCHIVE_RULES, ...pickle.rules, ...FORMAT_RULES],
  settings: { limits: LIMITS, pickle: pickle.settings, formats: FORMAT_SETTINGS },
  scanFile(content, context) {
    const spent: Spent = { members: 0, bytes: 0, steps: 0, findings: 0 }
    try {
      return judgeContent(content, context, content.size, spent)
    } catch (error) {
      if (error instanceof LimitReached) return true
      throw error
    }
  },
  scanModel: judgeFolder,
}

function judgeContent(content: Content, context: ScanContext, fileSize: number, spent: Spent): boolean {
  const judge = judgeOf(content, context, fileSize, spent)
  let judged = false
  for (const reader of FORMAT_READERS) if (reader(content, judge)) judged = true
  return judged
}

function judgeOf(content: Content, context: ScanContext, fileSize: number, spent: Spent): Judge {
  const report = (finding: NewFinding): void => {
    context.found({ ...finding, file: content.file, member: content.member })
  }
  const limits: Record<keyof Spent, number> = {
    members: LIMITS.members,
    bytes: Math.min(LIMITS.bytes, Math.max(LIMITS.floor, fileSize * LIMITS.total)),
    steps: LIMITS.steps,
    findings: LIMITS.findings,
  }
  function spend(what: keyof Spent, count: number): void {
    spent[what] += count
    if (spent[what] <= limits[what]) return
    // A large file may be honest; a small one that grows so much is an attack.
    const level = what === 'bytes' && limits.bytes > fileSize * LIMITS.ratio ? 'fail' : 'unknown'
    report({ rule: 'archive.limits', level, what: `more than ${limits[what]} ${what}` })
    throw new LimitReached()
  }
  return {
    found(finding) {
      spend('findings', 1)
      report(finding)
    },
    within(name, inner) {
      const member = [...content.member, name]
      if (member.length > LIMITS.depth) {
        report({ rule: 'archive.depth', what: `more than ${LIMITS.depth} archives inside one another` })
        return
      }
      judgeContent({ file: content.file, member, size: inner.size, read: inner.read }, context, fileSize, spent)
    },
    spend,
    bytesLeft: () => limits.bytes - spent.bytes,
  }
}
