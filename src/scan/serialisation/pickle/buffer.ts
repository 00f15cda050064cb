import type { Content, Judge, NewFinding } from '../../ports.ts'
import type { Report } from './host.ts'
import { LIMITS } from './limits.ts'

const WORST = ['pickle.extension', 'pickle.memory', 'pickle.storage', 'pickle.unresolved']

/** Keeps what is found until it is known that the bytes are a pickle. Repeated findings are kept once, at their first offset. */
export class FindingBuffer implements Report {
  readonly #findings = new Map<string, NewFinding>()
  /** How many there are of each rule and level: what is mild never crowds out what fails. */
  readonly #counts = new Map<string, number>()
  readonly #inside: { name: string; content: Pick<Content, 'read' | 'size'> }[] = []

  found(finding: NewFinding): void {
    const kind = `${finding.rule}\n${finding.level ?? ''}`
    const key = `${kind}\n${finding.what}`
    const count = this.#counts.get(kind) ?? 0
    if (this.#findings.has(key) || count >= LIMITS.findings) return
    this.#counts.set(kind, count + 1)
    this.#findings.set(key, finding)
  }

  within(name: string, content: Pick<Content, 'read' | 'size'>): void {
    if (this.#inside.length < LIMITS.findings) this.#inside.push({ name, content })
  }

  /** Whether anything of it is reported at the level of a rule that fails, and is neither an import nor a call. */
  get isWorst(): boolean {
    return [...this.#findings.values()].some(({ rule, level }) => level === undefined && WORST.includes(rule))
  }

  /** Hands on what is kept, and forgets it. */
  flush(judge: Judge): void {
    const inside = this.#inside.splice(0)
    for (const finding of this.#findings.values()) judge.found(finding)
    this.#findings.clear()
    this.#counts.clear()
    for (const { name, content } of inside) judge.within(name, content)
  }
}
