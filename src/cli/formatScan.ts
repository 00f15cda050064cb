import type { EngineRun, Finding, Level, ScanDocument } from '../scan/ports.ts'
import { quoted, shortText } from '../core/text.ts'
import { wrap } from '../console/wrap.ts'
import { formatTime } from './format.ts'

const VERDICTS: Readonly<Record<ScanDocument['verdict'], string>> = {
  passed: 'Passed: everything was judged, and nothing failed.',
  failed: 'Failed: do not load it.',
  unknown: 'Unknown: something could not be judged, which is never taken as good.',
}
const LEVELS: readonly Level[] = ['fail', 'unknown', 'warn', 'note']

/** The report of a scan for people: the verdict, the findings, the worst first, and what was judged by whom. */
export function formatScan(document: ScanDocument, report: string): string {
  const { verdict, verdictWithOverrides, weights, files, findings, ruleset, engines, overrides } = document
  const sorted = LEVELS.flatMap((level) => findings.filter((each) => each.level === level))
  const notJudged = files.filter(({ judgedBy }) => judgedBy.length === 0).map(({ name }) => quoted(name))
  const lines = [
    VERDICTS[verdict],
    ...(verdictWithOverrides === null
      ? []
      : [`With overrides: ${verdictWithOverrides}. Only the verdict without them is attested.`]),
    ...sorted.flatMap(formatFinding),
    `${files.length - notJudged.length} of ${files.length} files were judged by their contents.`,
    ...(notJudged.length === 0 ? [] : [`Not judged: ${listOf(notJudged)}.`]),
    ...engines.map(engineWords),
    ...overrides.map(
      ({ rules, signer, until, reason }) =>
        `override of ${rules.map((rule) => shortText(rule, 100)).join(', ')} by ${signer} until ${formatTime(until)}: ${shortText(reason, 500)}`,
    ),
    `weights ${weights}`,
    `ruleset ${ruleset}`,
    `report  ${report}`,
  ]
  return lines.map((line) => wrap(line)).join('\n')
}

function formatFinding({ level, rule, file, member, offset, what, remedy, engine }: Finding): string[] {
  const place = [file === null ? 'the model' : quoted(file), ...member.map(quoted)].join(' in it ')
  const at = offset === null ? '' : `, byte ${offset}`
  return [
    `${level}: ${place}${at}: ${shortText(what, 1000)} (${rule}${engine === undefined ? '' : `, by ${shortText(engine, 50)}`}). ${shortText(remedy, 500)}`,
  ]
}

function engineWords({ engine, engineVersion, signatures, scanned, notScanned }: EngineRun): string {
  const named = [engine, engineVersion, signatures ?? '']
    .filter((each) => each !== '')
    .map((each) => shortText(each, 60))
  const names = notScanned.map(({ file, why }) => `${quoted(file)} (${shortText(why, 100)})`)
  return `${named.join(' ')} scanned ${scanned} files.${names.length === 0 ? '' : ` Not scanned by it: ${listOf(names)}.`}`
}

function listOf(names: readonly string[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ')
}
