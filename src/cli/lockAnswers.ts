import type { Address } from '../core/hex.ts'
import { anchorOf, ERROR_PAGE } from '../core/errors.ts'
import { findingDocs, findingKey } from '../core/report.ts'
import { waiverEnd } from '../documents/lock.ts'
import type { AnsweredFinding, Answers, Waiver } from '../interop/answers.ts'
import type { CheckedEntry, LockDifference } from '../verify/locked.ts'
import type { JudgedWaiver } from '../verify/waivers.ts'

/** What entries of a lock file answer, as the writers of reports take it: each at its line, each waiver at its own. */
export function lockAnswers(
  entries: readonly CheckedEntry[],
  options: { file: string; ledger: Address; passes: (entry: CheckedEntry) => boolean },
): Answers['subjects'] {
  const { file, ledger, passes } = options
  return entries.map((checked) => {
    const { entry, reports, claims, differences, waivers } = checked
    const [subject, place] = [entry.name, { file, line: entry.line }]
    if (reports.length === 0) {
      const code = 'MODEL_NOT_REGISTERED'
      const message = differences.map(({ reason, remedy }) => `${reason} ${remedy}`).join(' ')
      return { subject, place, error: { code, message, docs: `${ERROR_PAGE}#${anchorOf(code)}` } }
    }
    const more = [
      ...differences.map((difference) => differenceFinding(checked, difference)),
      ...waivers.flatMap((waiver) => waiverFinding(checked, waiver, file)),
    ]
    return {
      subject,
      place,
      ledger,
      passed: passes(checked),
      reports: reports.map((report) => ({ ...report, findings: [...report.findings, ...more] })),
      claims,
      waivers: acceptedOf(checked),
    }
  })
}

/** What is accepted about an entry, without what does not count. */
function acceptedOf({ accepted }: CheckedEntry): Waiver[] {
  return accepted.map(({ report, finding, waiver }) => {
    const { reason, who } = waiver
    return {
      finding: findingKey(finding),
      model: finding.model,
      use: report.use,
      reason,
      who,
      until: waiverEnd(waiver) + 1,
    }
  })
}

function differenceFinding(
  { entry }: CheckedEntry,
  { code, severity, reason, remedy }: LockDifference,
): AnsweredFinding {
  const { model } = entry
  const own = severity === 'error' ? 'blocking' : severity
  return { code, severity: own, model, path: [model], reason, remedy, docs: findingDocs(code) }
}

/** A waiver that does not count, as a finding at its own line. */
function waiverFinding({ entry }: CheckedEntry, waiver: JudgedWaiver, file: string): AnsweredFinding[] {
  const { state, line } = waiver
  if (state === 'applied') return []
  const code = `lock-waiver-${state}`
  const { model } = entry
  return [
    {
      code,
      severity: state === 'unused' ? 'warning' : 'blocking',
      model,
      path: [model],
      ...waiverFault(waiver),
      docs: findingDocs(code),
      place: { file, line },
    },
  ]
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
