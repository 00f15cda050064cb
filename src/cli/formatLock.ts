import { clean } from '../console/context.ts'
import { wrap } from '../console/wrap.ts'
import { findingKey } from '../core/report.ts'
import { VERDICT_WORDS } from '../core/reportWords.ts'
import type { LockedModel, Waiver } from '../documents/lock.ts'
import type { CheckedEntry, Outcome } from '../verify/locked.ts'
import type { JudgedWaiver } from '../verify/waivers.ts'
import { formatPendingClaim } from './formatClaim.ts'
import { waiverFault } from './lockAnswers.ts'

/** Widest line of what is printed. */
const COLUMNS = 100
/** Most reasons of an entry that a screen shows. */
const MOST_REASONS = 6

/** An outcome in words. */
export function outcomeWords(outcome: Outcome): string {
  return outcome === 'accepted' ? 'accepted' : VERDICT_WORDS[outcome]
}

/** What was found out about an entry, for people: a line with the outcome, and below it why. */
export function formatChecked(checked: CheckedEntry, file: string): string {
  const { entry, outcome, differences, reports, accepted, claims } = checked
  const hidden = new Set(accepted.map(({ finding }) => finding))
  const reasons = reports.flatMap(({ use, findings }) =>
    findings
      .filter((finding) => !hidden.has(finding) && (finding.severity === 'blocking' || finding.severity === 'unknown'))
      .map((finding) => `${use}: ${finding.reason} [${findingKey(finding)} at ${finding.model}]`),
  )
  const lines = [
    ...differences.map(({ code, severity, reason, remedy }) => `${severity}: ${code}: ${reason} ${remedy}`),
    ...reasons.slice(0, MOST_REASONS),
    ...(reasons.length > MOST_REASONS ? [`and ${reasons.length - MOST_REASONS} more reasons: --json lists them`] : []),
    ...new Set(
      accepted.map(
        ({ finding, waiver }) =>
          `accepted by ${waiver.who} until ${waiver.until}: ${waiver.reason} [${findingKey(finding)}, line ${waiver.line}]`,
      ),
    ),
    ...claims.map((claim) => `a claim is pending: ${formatPendingClaim(claim)}`),
  ]
  const head = `${outcomeWords(outcome)}: ${entry.name} for ${entry.use.join(', ')} (${file}:${entry.line})`
  return [head, ...lines.map((line) => wrap(clean(line), '  - ', '    ', COLUMNS))].join('\n')
}

/** A waiver that does not count, for people; undefined for one that does. */
export function formatWaiverFault(waiver: JudgedWaiver, file: string): string | undefined {
  if (waiver.state === 'applied') return undefined
  const { reason, remedy } = waiverFault(waiver)
  return `${file}:${waiver.line}: ${reason} ${remedy}`
}

/** An entry of a lock file, for people. */
export function formatLocked(
  { name, model, publisher, standing, use, subject, bases, line }: LockedModel & { line: number },
  file: string,
): string {
  return [
    `${name} (${file}:${line})`,
    `  model      ${model}`,
    `  publisher  ${publisher} (${standing === 'trusted' ? 'trusted by this lock file' : standing})`,
    `  use        ${use.join(', ')}`,
    ...(subject === null ? [] : [`  subject    ${subject}`]),
    `  bases      ${bases.length}`,
  ].join('\n')
}

/** A waiver, for people. */
export function formatWaiver({ finding, model, at, use, reason, who, until }: Waiver): string {
  return `${finding} for ${use} of ${model}${at === model ? '' : `, at ${at}`}: accepted by ${who} until ${until}: ${reason}`
}

/** What differs between an entry as it was and as it will be, one line a field. */
export function formatChange(before: LockedModel | undefined, after: LockedModel): string[] {
  const fields = ['model', 'weights', 'tensors', 'publisher', 'standing', 'use', 'subject', 'bases', 'lineage'] as const
  const textOf = (entry: LockedModel, field: (typeof fields)[number]): string => {
    const value = entry[field]
    return value === null ? 'none' : typeof value === 'string' ? value : value.join(', ') || 'none'
  }
  if (!before) return [`${after.name}: added`, ...fields.map((field) => `  ${field}: ${textOf(after, field)}`)]
  const changed = fields.filter((field) => textOf(before, field) !== textOf(after, field))
  if (changed.length === 0) return []
  return [
    `${after.name}:`,
    ...changed.map((field) => `  ${field}: ${textOf(before, field)} -> ${textOf(after, field)}`),
  ]
}
