import type { Report } from 'stemma/verify'

import type { GivenFinding, GivenReport } from './report.ts'

/** How an answer of the ledger differs from a report. */
export type Difference = {
  isSame: boolean
  /** Findings of the report that the ledger does not have. */
  gone: readonly GivenFinding[]
  /** Findings of the ledger that the report does not have. */
  fresh: readonly GivenFinding[]
}

/**
 * Compares a report with an answer by what each finding is about; words may change. Warnings are listed, and make no difference: who
 * reads another library of licenses gets others.
 */
export function compareReports(given: GivenReport, { verdict, findings }: Report): Difference {
  const read = findings.map(givenOf)
  const mine = new Set(given.findings.map(keyOf))
  const theirs = new Set(read.map(keyOf))
  const gone = given.findings.filter((each) => !theirs.has(keyOf(each)))
  const fresh = read.filter((each) => !mine.has(keyOf(each)))
  const isSame = verdict === given.verdict && ![...gone, ...fresh].some(({ severity }) => severity !== 'warning')
  return { isSame, gone, fresh }
}

function givenOf({ code, severity, model, right, obligation, fact, reason }: Report['findings'][number]): GivenFinding {
  return { code, severity, model, right: right ?? obligation ?? '', fact: fact ?? '', reason }
}

function keyOf({ code, severity, model, right, fact }: GivenFinding): string {
  return [code, severity, model, right, fact].join(' ')
}
