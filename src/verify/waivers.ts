import { waiverEnd, waiverKey, type Waiver } from '../documents/lock.ts'
import type { ModelId } from '../core/hex.ts'
import { findingKey, type Finding, type Report } from '../core/report.ts'

/** How long a waiver may hold from now, in seconds: a year, and the day that a leap year has more. */
export const LONGEST_WAIVER = 366 * 86_400

/** A waiver with its line in the lock file, from 1. */
export type LinedWaiver = Waiver & { line: number }

/**
 * What became of a waiver: it hides a finding; it has ended, or ends too late to count; its model was recalled or quarantined; or there is
 * no such finding.
 */
export type WaiverState = 'applied' | 'expired' | 'too-long' | 'refused' | 'unused'

/** A waiver, and what became of it. */
export type JudgedWaiver = LinedWaiver & { state: WaiverState }

/** A finding that a waiver hides. */
export type AcceptedFinding = { report: Report; finding: Finding; waiver: LinedWaiver }

/**
 * Which findings of some reports about one model are accepted, and what became of each waiver. A waiver names the finding, the model, where
 * it lies, and the use, and hides nothing else.
 *
 * @param barred models that are recalled or quarantined: nobody can accept anything about them
 * @param now Unix seconds
 */
export function judgeWaivers(
  reports: readonly Report[],
  waivers: readonly LinedWaiver[],
  barred: ReadonlySet<ModelId>,
  now: number,
): { accepted: AcceptedFinding[]; judged: JudgedWaiver[] } {
  const found = new Map<string, { report: Report; findings: Finding[] }>()
  for (const report of reports) {
    for (const finding of report.findings) {
      const key = waiverKey({
        finding: findingKey(finding),
        model: report.model,
        at: finding.model,
        use: report.use,
      })
      const known = found.get(key)
      if (known) known.findings.push(finding)
      else found.set(key, { report, findings: [finding] })
    }
  }
  const accepted: AcceptedFinding[] = []
  const judged = waivers.map((waiver): JudgedWaiver => {
    const match = found.get(waiverKey(waiver))
    const state = stateOf(waiver, match !== undefined, barred, now)
    if (state === 'applied') {
      accepted.push(...match!.findings.map((finding) => ({ report: match!.report, finding, waiver })))
    }
    return { ...waiver, state }
  })
  return { accepted, judged }
}

function stateOf(waiver: Waiver, isMatched: boolean, barred: ReadonlySet<ModelId>, now: number): WaiverState {
  const end = waiverEnd(waiver)
  if (barred.has(waiver.model) || barred.has(waiver.at)) return 'refused'
  if (end < now) return 'expired'
  if (end > now + LONGEST_WAIVER) return 'too-long'
  return isMatched ? 'applied' : 'unused'
}
