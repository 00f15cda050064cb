import type { Digest } from '../../core/hex.ts'
import { codeOf, table, textOf } from '../../interop/markdownText.ts'
import type { EngineRun, Finding, Level, ScanDocument } from '../ports.ts'
import { findingWords } from './findingWords.ts'

/** Most rows of a table, and most members of a way into a file. GitHub takes 65,536 characters in a comment. */
const MOST_ROWS = 50
const MOST_MEMBERS = 4
const ORDER: readonly Level[] = ['fail', 'unknown', 'warn', 'note']
const VERDICTS: Readonly<Record<ScanDocument['verdict'], string>> = {
  passed: 'Passed. Everything was judged, and nothing failed.',
  failed: '**Failed.** Do not load it.',
  unknown: '**Unknown.** Something could not be judged, which is never taken as good.',
}

/**
 * Writes the report of a scan as GitHub-flavored Markdown, as for a comment on a pull request. Names and findings are the words of strangers:
 * none becomes markup, HTML, a link or a mention.
 *
 * @param report the digest of the report itself, which is what goes on chain
 */
export function scanMarkdown(document: ScanDocument, report: Digest): string {
  const { verdict, verdictWithOverrides, weights, ruleset, files, findings, engines, overrides } = document
  const sorted = ORDER.flatMap((level) => findings.filter((each) => each.level === level))
  const notJudged = files.filter(({ judgedBy }) => judgedBy.length === 0)
  return [
    `## Stemma scan: ${verdict}`,
    VERDICTS[verdict],
    ...(verdictWithOverrides === null ? [] : [`With the overrides below: **${verdictWithOverrides}**.`]),
    ...tableOf(['level', 'file', 'finding', 'rule'], sorted, rowOf, 'findings'),
    `${files.length - notJudged.length} of ${files.length} files were judged by their contents.`,
    ...tableOf(['not judged', 'bytes'], notJudged, ({ name, size }) => [codeOf(name), String(size)], 'files'),
    ...tableOf(['override of', 'until', 'by', 'reason'], overrides, overrideRow, 'overrides'),
    ...engines.map(engineWords),
    `<sub>weights ${codeOf(weights)}, ruleset ${codeOf(ruleset)}, report ${codeOf(report)}</sub>`,
  ]
    .join('\n\n')
    .concat('\n')
}

function rowOf(finding: Finding): string[] {
  const { level, file, member, offset, rule } = finding
  const way = member.slice(0, MOST_MEMBERS).map(codeOf)
  const place = [file === null ? 'the model' : codeOf(file), ...way].join(' in it ')
  return [
    level === 'fail' || level === 'unknown' ? `**${level}**` : level,
    `${place}${offset === null ? '' : `, byte ${offset}`}`,
    textOf(findingWords(finding)),
    codeOf(rule),
  ]
}

function overrideRow({ rules, until, signer, reason }: ScanDocument['overrides'][number]): string[] {
  return [rules.map(codeOf).join(', '), codeOf(timeOf(until)), codeOf(signer), textOf(reason)]
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}

function engineWords({ engine, engineVersion, signatures, scanned, notScanned }: EngineRun): string {
  const named = [codeOf(engine), textOf(engineVersion), signatures === null ? '' : textOf(signatures)]
  const names = notScanned.slice(0, MOST_MEMBERS).map(({ file, why }) => `${codeOf(file)} (${textOf(why)})`)
  const more = notScanned.length - MOST_MEMBERS
  const left = notScanned.length === 0 ? '' : ` Not scanned: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`
  return `${named.filter((each) => each !== '').join(' ')} scanned ${scanned} files.${left}`
}

/** A table of which only the rows that are shown are put into words. */
function tableOf<T>(
  head: readonly string[],
  entries: readonly T[],
  rowOf: (entry: T) => string[],
  what: string,
): string[] {
  if (entries.length === 0) return []
  const more = entries.length - MOST_ROWS
  return [
    table(head, entries.slice(0, MOST_ROWS).map(rowOf)),
    ...(more > 0 ? [`${more} more ${what} are in the report of \`stemma weights scan\`.`] : []),
  ]
}
