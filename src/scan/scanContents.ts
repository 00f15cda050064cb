import type { Content, Finding, NewFinding, ModelView, ScanContext, ScanFacts, Scanner } from './ports.ts'
import { SCAN_LIMITS } from './scanLimits.ts'

/** Bytes that are passed to a sink at once. */
const CHUNK_BYTES = 1024 * 1024

/** What scanners found in some files. */
export type ContentsResult = {
  findings: Finding[]
  /** Ids of the scanners that judged each file, in the order of the files. */
  judgedBy: string[][]
}

/**
 * Lets scanners judge files, one after the other, in the calling process. `scanModel` of `run/` does so in child processes.
 *
 * @throws what a scanner throws, which it should not
 */
export function scanContents(
  scanners: readonly Scanner[],
  files: readonly Content[],
  facts: ScanFacts = {},
): ContentsResult {
  const findings: Finding[] = []
  const judgedBy = files.map((file) =>
    scanners
      .filter((scanner) => judges(scanner, file, contextOf(scanner, file.file, facts, findings)))
      .map(({ id }) => id),
  )
  return { findings, judgedBy }
}

/** Lets scanners judge a model as a whole, in the calling process. @throws what a scanner throws */
export async function scanWhole(
  scanners: readonly Scanner[],
  model: ModelView,
  facts: ScanFacts = {},
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const scanner of scanners) await scanner.scanModel?.(model, contextOf(scanner, null, facts, findings))
  return findings
}

function judges(scanner: Scanner, file: Content, context: ScanContext): boolean {
  const answer = scanner.scanFile?.(file, context) ?? false
  if (typeof answer === 'boolean') return answer
  for (let offset = 0; offset < file.size;) {
    const chunk = file.read(offset, Math.min(CHUNK_BYTES, file.size - offset))
    if (chunk.length === 0) break
    answer.write(chunk, offset)
    offset += chunk.length
  }
  answer.end()
  return true
}

function contextOf(scanner: Scanner, file: string | null, facts: ScanFacts, findings: Finding[]): ScanContext {
  const counts = new Map<string, number>()
  return {
    facts,
    found: (finding) => {
      const where = finding.file ?? file
      // By the level too, so that mild findings never hide what fails.
      const key = JSON.stringify([finding.rule, finding.level, where])
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      if (count > SCAN_LIMITS.findingsOfRule + 1) return
      const whole = findingOf(scanner, { ...finding, file: where })
      findings.push(
        count <= SCAN_LIMITS.findingsOfRule ? whole : { ...whole, offset: null, what: 'and more of the same rule' },
      )
    },
  }
}

function findingOf(
  { id, rules }: Scanner,
  finding: NewFinding & { file: string | null; member?: readonly string[] | undefined },
): Finding {
  const rule = rules.find((each) => each.id === finding.rule)
  // A fault of the scanner, not of the file: a rule without an entry would not be in the digest of the ruleset.
  if (rule === undefined) throw new TypeError(`The scanner ${id} has no rule ${finding.rule}.`)
  return {
    rule: rule.id,
    level: finding.level ?? rule.level,
    file: finding.file,
    member: (finding.member ?? []).map(wellFormed),
    offset: finding.offset ?? null,
    what: wellFormed(finding.what),
    library: finding.library === undefined ? null : wellFormed(finding.library),
    remedy: finding.remedy ?? rule.remedy,
  }
}

/** A text of a file without half surrogate pairs, which canonical JSON refuses. */
function wellFormed(text: string): string {
  return text.replaceAll(/\p{Cs}/gu, '\u{fffd}')
}
