import type { Address, ModelId } from '../core/hex.ts'
import type { PendingClaim } from '../core/ports.ts'
import { findingDocs, findingKey, type Finding, type Report, type ReportedObligation } from '../core/report.ts'
import { OBLIGATION_WORDS, placeOf, wordsFixedBy, wordsToShow } from '../core/reportWords.ts'
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
  /** Where it belongs in the repository, if not where the answer does. */
  place?: Place
}

/** The report for one use. */
export type AnsweredUse = Omit<Report, 'findings'> & { findings: readonly AnsweredFinding[] }

/** What was answered about one subject. */
export type SubjectAnswer = {
  /** What was asked about, as the user wrote it: a name, an id, a path. */
  subject: string
  place: Place
  /** The ledger that answered. */
  ledger: Address
  /** Whether a gate that follows the exit code lets it pass. */
  passed: boolean
  /** A report for each use: of one model, at one block, and at least one. */
  reports: readonly AnsweredUse[]
  /** Claims that are not decided. */
  claims?: readonly PendingClaim[] | null
  /** What somebody accepts about it. */
  waivers?: readonly Waiver[]
}

/** Why a subject got no answer: nobody registered it, say. */
export type SubjectError = {
  subject: string
  place: Place
  error: {
    /** As that of a `StemmaError`, such as `WEIGHTS_NOT_REGISTERED`. */
    code: string
    message: string
    /** The absolute URL of what explains the code. */
    docs: string
  }
}

/** A finding that somebody accepts, exactly as it is named, until a time. */
export type Waiver = {
  /** What the finding is about, as `findingKey` writes it. */
  finding: string
  /** The model that it lies at. */
  model: ModelId
  use: Right
  reason: string
  who: string
  /** Unix seconds; it holds before that. */
  until: number
}

/** The input of every writer of a report for CI: answers about subjects, in the order in which they are written. */
export type Answers = {
  /** The version of the program. */
  version: string
  /** The clock, in Unix seconds, by which waivers end. */
  now: number
  subjects: readonly (SubjectAnswer | SubjectError)[]
}

/** A finding, once for all uses that it is about. */
export type SubjectFinding = {
  finding: AnsweredFinding
  uses: readonly Right[]
  /** Which of the findings that differ in their words alone it is, from 0. */
  index: number
  /** The waivers that accept it, one for each use; empty where a use has none. */
  waivers: readonly Waiver[]
}

/** Findings that nobody can accept. */
const NEVER_WAIVED: ReadonlySet<string> = new Set(['model-recalled', 'model-quarantined'])

/** Whether a finding may be accepted by a waiver. */
export function mayBeWaived(finding: string): boolean {
  return !NEVER_WAIVED.has(finding.split('/')[0]!)
}

/**
 * The findings of an answer, each once for all its uses, and what the terms ask of the licensee as findings of the code `obligation`. What
 * the policy states as fulfilled is left out, and so is what a use that is not permitted would ask. Words and paths are not made yet.
 */
export function findingsOf({ reports, waivers = [] }: SubjectAnswer, { now }: Answers): SubjectFinding[] {
  const found = new Map<string, { finding: AnsweredFinding; uses: Right[]; index: number }>()
  for (const report of reports) {
    const counts = new Map<string, number>()
    for (const finding of [...report.findings, ...obligationFindings(report)]) {
      const key = keyOf(finding)
      const index = counts.get(key) ?? 0
      counts.set(key, index + 1)
      const known = found.get(`${key} ${index}`)
      if (known) known.uses.push(report.use)
      else found.set(`${key} ${index}`, { finding, uses: [report.use], index })
    }
  }
  const valid = waivers.filter(({ finding, until }) => now < until && mayBeWaived(finding))
  const byKey = new Map(valid.map((waiver) => [waiverKey(waiver.finding, waiver.model, waiver.use), waiver]))
  return Array.from(found.values(), (each) => {
    const { finding, uses } = each
    const accepting = uses.flatMap((use) => byKey.get(waiverKey(findingKey(finding), finding.model, use)) ?? [])
    return { ...each, waivers: accepting.length === uses.length ? accepting : [] }
  })
}

/** What makes findings the same but for their words. */
function keyOf({ code, severity, right, obligation, fact, field, profile, model }: AnsweredFinding): string {
  return JSON.stringify([code, severity, right, obligation, fact, field, profile, model])
}

function waiverKey(finding: string, model: ModelId, use: Right): string {
  return JSON.stringify([finding, model, use])
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
    ...(clause === undefined ? [] : [placeOf(clause)]),
    ...(uri === undefined ? [] : [uri]),
  ]
  const open = certain ? '' : ', only if a missing fact makes it so'
  return `The terms of ${model} (${source.join(', ')}) ask for "${obligation}" with ${uses.join(', ')}: ${words}${open}.`
}
