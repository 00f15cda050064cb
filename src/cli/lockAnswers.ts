import type { Address } from '../core/hex.ts'
import { findingDocs } from '../core/report.ts'
import type { Answers, Difference } from '../interop/answers.ts'
import { UnregisteredModelError } from '../sdk/registry/readLineage.ts'
import type { CheckedEntry } from '../verify/locked.ts'
import type { JudgedWaiver } from '../verify/waivers.ts'

/** What entries of a lock file answer, as the writers of reports take it: each at its line, each waiver at its own. */
export function lockAnswers(
  entries: readonly CheckedEntry[],
  options: { file: string; deployment: string; ledger: Address; passes: (entry: CheckedEntry) => boolean },
): Answers['subjects'] {
  const { file, deployment, ledger, passes } = options
  return entries.map((checked) => {
    const { entry, reports, claims, differences, accepted, waivers } = checked
    const stated = {
      subject: entry.name,
      place: { file, line: entry.line },
      differences: [
        ...differences.map((difference) => ({ ...difference, docs: findingDocs(difference.code) })),
        ...waivers.flatMap((waiver) => waiverDifference(waiver, file)),
      ],
    }
    if (reports.length > 0) return { ...stated, ledger, passed: passes(checked), reports, claims, accepted }
    const error = new UnregisteredModelError(entry.model, deployment)
    return { ...stated, error: { code: error.code, message: error.message, docs: error.docs } }
  })
}

/** A waiver that does not count, as a difference at its own line. */
function waiverDifference(waiver: JudgedWaiver, file: string): Difference[] {
  const { state, line } = waiver
  if (state === 'applied') return []
  const code = `lock-waiver-${state}`
  const severity = state === 'unused' ? 'warning' : 'error'
  return [{ code, severity, ...waiverFault(waiver), docs: findingDocs(code), place: { file, line } }]
}

/** Why a waiver does not count, and what to do. */
export function waiverFault({ finding, use, who, until, state }: JudgedWaiver): { reason: string; remedy: string } {
  const which = `The waiver of ${who} for ${finding} (${use})`
  switch (state) {
    case 'expired':
      return {
        reason: `${which} has expired on ${until}: its finding counts again.`,
        remedy: 'Mend the cause, or accept it again.',
      }
    case 'too-long':
      return {
        reason: `${which} ends on ${until}, more than a year from now, and does not count.`,
        remedy: 'Accept it until an earlier day.',
      }
    case 'refused':
      return {
        reason: `${which} does not count: what it is about is recalled or quarantined.`,
        remedy: 'Remove it.',
      }
    default:
      return { reason: `${which} matches no finding.`, remedy: 'Remove it, or correct what it names.' }
  }
}
