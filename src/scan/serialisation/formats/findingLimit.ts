import type { Judge, NewFinding } from '../../ports.ts'

/** Most findings of one rule about one file; the others are counted. */
export const MAX_FINDINGS = 8

/** Passes findings on, but at most {@link MAX_FINDINGS} of a rule: one missing type once made 42,952 of them. */
export class FindingLimit {
  readonly #judge: Pick<Judge, 'found'>
  readonly #counts = new Map<string, number>()
  readonly #levels = new Map<string, NewFinding['level']>()

  constructor(judge: Pick<Judge, 'found'>) {
    this.#judge = judge
  }

  /** Reports a finding, or counts it. */
  found(finding: NewFinding): void {
    const key = `${finding.rule} ${finding.level ?? ''}`
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    this.#levels.set(key, finding.level)
    if (count <= MAX_FINDINGS) this.#judge.found(finding)
  }

  /** Reports how many more there are. */
  end(): void {
    for (const [key, count] of this.#counts) {
      if (count <= MAX_FINDINGS) continue
      this.#judge.found({
        rule: key.split(' ')[0]!,
        level: this.#levels.get(key),
        what: `and ${count - MAX_FINDINGS} more`,
      })
    }
  }
}
