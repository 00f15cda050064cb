import type { Digest } from '../../core/hex.ts'
import { codeOf, table, textOf } from '../../interop/markdownText.ts'
import type { Finding, Level, ScanDocument } from '../ports.ts'
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
  const { verdict, weights, ruleset, files, findings } = document
  const sorted = ORDER.flatMap((level) => findings.filter((each) => each.level === level))
  const notJudged = files.filter(({ judgedBy }) => judgedBy.length === 0)
  return [
    `## Stemma scan: ${verdict}`,
    VERDICTS[verdict],
    ...tableOf(['level', 'file', 'finding', 'rule'], sorted, rowOf, 'findings'),
    `${files.length - notJudged.length} of ${files.length} files were judged by their contents.`,
    ...tableOf(['not judged', 'bytes'], notJudged, ({ name, size }) => [codeOf(name), String(size)], 'files'),
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
