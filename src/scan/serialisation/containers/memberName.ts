import { quoted } from '../../../core/text.ts'
import type { Judge } from '../../ports.ts'

/** Reports a name that leads out of the folder that an archive is unpacked to, on any system. */
export function judgeName(name: string, offset: number, judge: Judge): void {
  const parts = name.normalize('NFKC').split(/[/\\]/)
  const escapes = parts.some((part) => /^\.\.[. ]*$/.test(part)) || parts[0] === '' || /^[a-z]:/i.test(name)
  // eslint-disable-next-line no-control-regex
  if (escapes || name.includes('\\') || /[\0\u202a-\u202e\u2066-\u2069]/.test(name))
    judge.found({ rule: 'archive.traversal', what: `member ${quoted(name.slice(0, 200))}`, offset })
}

/** The name by which file systems that ignore case, and form of Unicode, know a member. */
export function foldedName(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}
