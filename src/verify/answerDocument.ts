import { REPORT_VERSION, type Report } from '../core/report.ts'
import type { Answer } from './answer.ts'
import type { Disclosure } from './disclosure.ts'

/** A report with all findings of an answer: those of documents and profiles too. */
export type CompleteReport = Omit<Report, 'findings'> & {
  findings: readonly (Report['findings'][number] | Disclosure['findings'][number])[]
}

/** The reports of an answer, each with what documents and profiles say, so that a program that reads its findings finds these there too. */
export function completeReports({ reports }: Answer, disclosure?: Disclosure): CompleteReport[] {
  const more = disclosure?.findings ?? []
  return reports.map((report) => ({ ...report, findings: [...report.findings, ...more] }))
}

/**
 * An answer as the document that `docs/verify-report.schema.json` describes: for one use its report, with what the answer adds; for
 * several a list of reports.
 */
export function answerDocument(answer: Answer, disclosure?: Disclosure): object {
  const { verdict, model, reports: _, ...others } = answer
  const reports = completeReports(answer, disclosure)
  const { findings: __, ...stated } = disclosure ?? { findings: [] }
  const surroundings = { ...others, ...(disclosure && { origin: disclosure.origin, disclosure: stated }) }
  const [first] = reports
  if (reports.length === 1) return { ...first, ...surroundings }
  return { version: REPORT_VERSION, verdict, uses: reports.map(({ use }) => use), model, reports, ...surroundings }
}
