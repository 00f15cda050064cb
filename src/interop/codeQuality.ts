import { shortText } from '../core/text.ts'
import type { Answers } from './answers.ts'
import { draftResults, type SarifLevel } from './sarif.ts'

/** Most issues of a report. GitLab reads the whole file for the widget of a merge request. */
export const MOST_ISSUES = 5_000
/** Longest description, in characters. */
const MOST_TEXT = 1_000

/** How grave an issue is, of the words that GitLab knows. */
export type CodeQualitySeverity = 'info' | 'minor' | 'major' | 'critical' | 'blocker'

/** One finding. */
export type CodeQualityIssue = {
  description: string
  /** The code with the right or obligation: `right-withheld/redistribute`. */
  check_name: string
  /** Tells the issue from every other of the report, and stays while the finding does. */
  fingerprint: string
  severity: CodeQualitySeverity
  /** A path from the root of the repository, with `/` between its parts, and a line, from 1. */
  location: { path: string; lines: { begin: number } }
}

const SEVERITIES: Readonly<Record<SarifLevel, CodeQualitySeverity>> = {
  error: 'blocker',
  warning: 'major',
  note: 'info',
}

/**
 * Writes answers as a code quality report of GitLab, the subset of the Code Climate format that it reads: the results that a SARIF log has,
 * the gravest first. A finding that a waiver accepts is left out, because the format cannot show it as accepted. What is more than
 * {@link MOST_ISSUES} is cut, and a last issue says how many were. The same answers give the same report.
 *
 * Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
 */
export function codeQualityReport(answers: Answers): CodeQualityIssue[] {
  const open = draftResults(answers).filter(({ suppressions }) => suppressions === undefined)
  const kept = open.length > MOST_ISSUES ? open.slice(0, MOST_ISSUES - 1) : open
  const issues = kept.map(({ ruleId, level, locations, partialFingerprints, text }): CodeQualityIssue => {
    const { artifactLocation, region } = locations[0].physicalLocation
    return {
      description: shortText(text(), MOST_TEXT),
      check_name: ruleId,
      fingerprint: partialFingerprints['stemmaFinding/v1'],
      severity: SEVERITIES[level],
      location: {
        path: artifactLocation.uri.split('/').map(decodeURIComponent).join('/'),
        lines: { begin: region.startLine },
      },
    }
  })
  return kept.length === open.length ? issues : [...issues, cutIssue(open.length - kept.length, issues[0]!.location)]
}

function cutIssue(count: number, location: CodeQualityIssue['location']): CodeQualityIssue {
  return {
    description: `${count} more findings, the least grave, were left out: a report has at most ${MOST_ISSUES}.`,
    check_name: 'results-cut',
    fingerprint: 'results-cut',
    severity: 'info',
    location,
  }
}
