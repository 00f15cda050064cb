import type { Address } from '../core/hex.ts'
import type { PendingClaim } from '../core/ports.ts'
import { findingDocs, type Finding, type Report, type ReportedObligation } from '../core/report.ts'
import { OBLIGATION_WORDS, clausePlace, wordsFixedBy, wordsToShow } from '../core/reportWords.ts'
import type { Right } from '../core/vocabulary.ts'

/** Where in a repository an answer belongs: a file, by its path from the root with `/` between its parts, and a line, from 1. */
export type Place = { file: string; line?: number }

/** A finding of `stemma verify`, or of another check that has codes of its own. */
export type AnsweredFinding = Omit<Finding, 'code'> & {
  code: string
  /** Of a finding about documents: the field that it follows from. */
  field?: string
  /** The profile that it belongs to. */
  profile?: string
}

/** The report for one use. */
export type AnsweredUse = Omit<Report, 'findings'> & { findings: readonly AnsweredFinding[] }

/**
 * A finding of a report that a waiver accepts. The writers show it and judge nothing: `finding` is the very object
 * that the report has.
 */
export type AcceptedFinding = {
  report: Pick<Report, 'use'>
  finding: AnsweredFinding
  waiver: {
    reason: string
    who: string
    /** The last day on which it holds, as in 2027-01-31. */
    until: string
  }
}

/** What differs between what a repository states of a subject and what was found. It is about no model of the lineage. */
export type Difference = {
  code: string
  /** An error does not pass; `unknown` leaves it open; a warning is worth knowing. */
  severity: 'error' | 'unknown' | 'warning'
  reason: string
  remedy: string
  /** The absolute URL of what explains the code. */
  docs: string
  /** Where it belongs in the repository, if not where the answer does. */
  place?: Place
}

/** What was asked about. */
export type AnswerSubject = {
  /** As the user wrote it: a name, an id, a path. */
  subject: string
  place: Place
  differences?: readonly Difference[]
}

/** What was answered about one subject. */
export type SubjectAnswer = AnswerSubject & {
  /** The ledger that answered. */
  ledger: Address
  /** Whether a gate that follows the exit code lets it pass. */
  passed: boolean
  /** A report for each use: of one model, at one block, and at least one. */
  reports: readonly AnsweredUse[]
  /** Claims that are not decided. */
  claims?: readonly PendingClaim[] | null
  accepted?: readonly AcceptedFinding[]
  /** Who signed the files, in a sentence, or that a signature is there which nobody verified. */
  signature?: string
}

/** Why a subject got no answer: nobody registered it, say. */
export type SubjectError = AnswerSubject & {
  error: {
    /** As that of a `StemmaError`, such as `WEIGHTS_NOT_REGISTERED`. */
    code: string
    message: string
    /** The absolute URL of what explains the code. */
    docs: string
  }
}

/** The input of every writer of a report for CI: answers about subjects, in the order in which they are written. */
export type Answers = {
  /** The version of the program. */
  version: string
  subjects: readonly (SubjectAnswer | SubjectError)[]
}

/** A finding, once for all uses that it is about. */
export type SubjectFinding = {
  finding: AnsweredFinding
  uses: readonly Right[]
  /** Which of the findings that differ in their words alone it is, from 0. */
  index: number
  /** The waivers that accept it, one for each use; empty where a use has none. */
  waivers: readonly AcceptedFinding['waiver'][]
}

/** Findings that nobody can accept, whatever a waiver says. */
const NEVER_ACCEPTED: ReadonlySet<string> = new Set(['model-recalled'])

/**
 * The findings of an answer, each once for all its uses, and what the terms ask of the licensee as findings of the code `obligation`. What
 * the policy states as fulfilled is left out, and so is what a use that is not permitted would ask. Words and paths are not made yet.
 */
export function findingsOf({ reports, accepted = [] }: SubjectAnswer): SubjectFinding[] {
  const waiversBy = new Map<AnsweredFinding, Map<Right, AcceptedFinding['waiver']>>()
  for (const { report, finding, waiver } of accepted) {
    if (NEVER_ACCEPTED.has(finding.code)) continue
    const byUse = waiversBy.get(finding) ?? new Map<Right, AcceptedFinding['waiver']>()
    waiversBy.set(finding, byUse.set(report.use, waiver))
  }
  const found = new Map<
    string,
    Omit<SubjectFinding, 'uses' | 'waivers'> & { uses: Right[]; waivers: AcceptedFinding['waiver'][] }
  >()
  for (const report of reports) {
    const counts = new Map<string, number>()
    for (const finding of [...report.findings, ...obligationFindings(report)]) {
      const key = keyOf(finding)
      const index = counts.get(key) ?? 0
      counts.set(key, index + 1)
      const each = found.get(`${key} ${index}`) ?? { finding, uses: [], index, waivers: [] }
      found.set(`${key} ${index}`, each)
      const waiver = waiversBy.get(finding)?.get(report.use)
      each.uses.push(report.use)
      if (waiver) each.waivers.push(waiver)
    }
  }
  return Array.from(found.values(), (each) =>
    each.waivers.length === each.uses.length ? each : { ...each, waivers: [] },
  )
}

/** What makes findings the same but for their words. */
function keyOf({ code, severity, right, obligation, fact, field, profile, model }: AnsweredFinding): string {
  return JSON.stringify([code, severity, right, obligation, fact, field, profile, model])
}

/** What the terms ask, where no finding says it already. */
function obligationFindings({ verdict, findings, obligations, models }: AnsweredUse): AnsweredFinding[] {
  if (verdict === 'not-permitted') return []
  const covered = new Set(findings.flatMap((each) => (each.obligation ? `${each.obligation} ${each.model}` : [])))
  const names = new Map(models.map(({ model, name }) => [model, name]))
  return obligations
    .filter(({ fulfilled, obligation, model }) => !fulfilled && !covered.has(`${obligation} ${model}`))
    .map((asked) => ({
      code: 'obligation',
      severity: 'duty',
      obligation: asked.obligation,
      model: asked.model,
      // Paths are made when they are read: all those of a long row together hold the square of its length.
      get path() {
        return asked.path
      },
      get reason() {
        return demandInWords(asked, names.get(asked.model) || asked.model)
      },
      remedy: `Meet it, and state "${asked.obligation}" as fulfilled in the policy.`,
      docs: findingDocs('obligation'),
    }))
}

/** What one obligation asks of the licensee, and where the license says so. */
export function demandInWords(asked: ReportedObligation, model: string): string {
  const { obligation, certain, clause, license, uri, uses } = asked
  const words = [...(wordsFixedBy(asked) ? [] : [OBLIGATION_WORDS[obligation]]), ...wordsToShow(asked)].join(', ')
  const source = [
    license || 'no stated license',
    ...(clause === undefined ? [] : [clausePlace(clause)]),
    ...(uri === undefined ? [] : [uri]),
  ]
  const open = certain ? '' : ', only if a missing fact makes it so'
  return `The terms of ${model} (${source.join(', ')}) ask for "${obligation}" with ${uses.join(', ')}: ${words}${open}.`
}
