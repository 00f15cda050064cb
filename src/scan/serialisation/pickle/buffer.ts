import type { Content, Judge, NewFinding } from '../../ports.ts'
import type { Report } from './host.ts'
import { LIMITS } from './limits.ts'

/** Keeps what is found until it is known that the bytes are a pickle. Repeated findings are kept once, at their first offset. */
export class FindingBuffer implements Report {
  readonly #findings = new Map<string, NewFinding>()
  readonly #inside: { name: string; content: Pick<Content, 'read' | 'size'> }[] = []

  found(finding: NewFinding): void {
    const key = `${finding.rule}\n${finding.level ?? ''}\n${finding.what}`
    if (!this.#findings.has(key) && this.#findings.size < LIMITS.findings) this.#findings.set(key, finding)
  }

  within(name: string, content: Pick<Content, 'read' | 'size'>): void {
    if (this.#inside.length < LIMITS.findings) this.#inside.push({ name, content })
  }

  /** Hands on what is kept, and forgets it. */
  flush(judge: Judge): void {
    const inside = this.#inside.splice(0)
    for (const finding of this.#findings.values()) judge.found(finding)
    this.#findings.clear()
    for (const { name, content } of inside) judge.within(name, content)
  }
}
