import { quoted } from '../../../core/text.ts'
import type { Judge } from '../../ports.ts'

/** Reports a name that leads out of the folder that an archive is unpacked to, on any system. */
export function judgeName(name: string, offset: number, judge: Judge): void {
  const parts = name.normalize('NFKC').split(/[/\\]/)
  const escapes = parts.some((each) => /^\.\.[. ]*$/.test(each)) || parts[0] === '' || /^[a-z]:/i.test(name)
  // eslint-disable-next-line no-control-regex
  const isHidden = /[\0\u202a-\u202e\u2066-\u2069]/.test(name)
  const finding = { rule: 'archive.traversal', what: `member ${quoted(name.slice(0, 200))}`, offset }
  if (escapes || isHidden) judge.found(finding)
  // Old programs of Windows write these; others make one long name of it.
  else if (name.includes('\\')) judge.found({ ...finding, level: 'warn' })
}

/** Reports members that overwrite one another when an archive is unpacked. */
export class MemberNames {
  readonly #exact = new Set<string>()
  readonly #folded = new Set<string>()

  /** Notes a member; a folder may be there twice. */
  add(name: string, offset: number, judge: Judge): void {
    const plain = name
      .split(/[/\\]/)
      .filter((each) => each !== '' && each !== '.')
      .join('/')
    const folded = plain.normalize('NFKC').toLowerCase()
    const what = quoted(name.slice(0, 200))
    if (this.#exact.has(plain)) judge.found({ rule: 'archive.duplicate', what, offset })
    // Arrays of one letter in both cases are usual; only some file systems take them for one.
    else if (this.#folded.has(folded)) judge.found({ rule: 'archive.duplicate', level: 'warn', what, offset })
    this.#exact.add(plain)
    this.#folded.add(folded)
  }
}
