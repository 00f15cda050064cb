import { Option, type Command } from 'commander'

import { print, toJson, UsageError, withLedger, type Context } from '../console/context.ts'
import { writeWhole } from '../console/files.ts'
import { repeatable } from '../console/options.ts'
import type { Digest } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import type { Answers, SubjectAnswer } from '../interop/answers.ts'
import { codeQualityReport } from '../interop/codeQuality.ts'
import { markdownReport } from '../interop/markdown.ts'
import { sarifLog } from '../interop/sarif.ts'
import { summaryStatement } from '../interop/vsa.ts'

/** The formats of a report. */
export const REPORT_FORMATS = ['text', 'json', 'sarif', 'markdown', 'codequality', 'vsa'] as const
/** A member of {@link REPORT_FORMATS}. */
export type ReportFormat = (typeof REPORT_FORMATS)[number]

/** Options of commands that print a report. */
export type ReportOptions = { format?: ReportFormat; output?: string; report: string[]; json?: boolean; full?: boolean }

/** The report of a command, in each form. */
export type ReportForms = {
  /** For people. */
  text: () => string
  /** The shape that the help of the command describes. */
  json: () => unknown
  answers: () => Answers
  /** SHA-256 over what the question about a subject rests on. */
  policyOf: (subject: SubjectAnswer) => Digest
}

/** Adds the options that choose the format of a report, and a file for it. */
export function withReportOptions(command: Command): Command {
  return command
    .addOption(new Option('--format <format>', 'the format of the report; text by default').choices(REPORT_FORMATS))
    .option('--output <file>', 'write the report to a file, whole or not at all, and print the answer for people')
    .addOption(
      repeatable(
        '--report <format=file>',
        'also write the same answer in another format to a file, as sarif=stemma.sarif',
      ),
    )
}

/** The format that options ask for. @throws {@link UsageError} when they contradict each other, or ask for nothing that there is */
export function reportFormatOf(options: ReportOptions): ReportFormat {
  const { format, json, full } = options
  const files = [...filesOf(options).map(({ file }) => file), ...(options.output === undefined ? [] : [options.output])]
  const twice = files.find((file, index) => files.indexOf(file) !== index)
  if (twice !== undefined) throw new UsageError(`Two reports would be written to ${quoted(twice)}. Name another file.`)
  if (json && format !== undefined && format !== 'json') {
    throw new UsageError(`--json is --format json. Leave out --json, or --format ${format}.`)
  }
  const chosen = format ?? (json ? 'json' : 'text')
  if (full && chosen !== 'text' && chosen !== 'json') {
    throw new UsageError(
      `--full is about the text for people. Leave it out with --format ${chosen}, which has every finding.`,
    )
  }
  return chosen
}

/**
 * Prints a report in the format that options ask for. With `--output` the file gets it, and the screen the answer for people, so that the
 * log of a job shows it; JSON that `--json` asks for is printed too.
 *
 * @throws `FileError` when the file cannot be written; then nothing is printed
 */
export async function printReport(context: Context, options: ReportOptions, forms: ReportForms): Promise<void> {
  const { output, json } = options
  const format = reportFormatOf(options)
  for (const each of filesOf(options)) await writeWhole(context, each.file, documentOf(context, each.format, forms))
  if (output === undefined && format === 'json') return print(context, true, forms.json(), forms.text)
  const document = documentOf(context, format, forms)
  if (output === undefined) return context.stdout(document)
  await writeWhole(context, output, document)
  print(context, json, forms.json(), forms.text)
}

/** The reports that are written beside the one that is printed. @throws {@link UsageError} */
function filesOf({ report }: ReportOptions): { format: ReportFormat; file: string }[] {
  return report.map((text) => {
    const at = text.indexOf('=')
    const format = REPORT_FORMATS.find((name) => name === text.slice(0, at))
    const file = text.slice(at + 1)
    if (format !== undefined && file !== '') return { format, file }
    throw new UsageError(
      `Invalid --report ${quoted(text)}: use a format (${REPORT_FORMATS.join(', ')}), "=" and a file, as in sarif=stemma.sarif.`,
    )
  })
}

function documentOf(context: Context, format: ReportFormat, forms: ReportForms): string {
  switch (format) {
    case 'text':
      return `${forms.text()}\n`
    case 'json':
      return `${toJson(withLedger(context, forms.json()))}\n`
    case 'sarif':
      return `${toJson(sarifLog(forms.answers()))}\n`
    case 'markdown':
      return markdownReport(forms.answers())
    case 'codequality':
      return `${toJson(codeQualityReport(forms.answers()))}\n`
    case 'vsa':
      return summaries(forms)
  }
}

/** One statement a line. A subject without an answer has none. */
function summaries({ answers, policyOf }: ReportForms): string {
  const { version, subjects } = answers()
  return subjects
    .flatMap((subject) =>
      'error' in subject ? [] : [`${toJson(summaryStatement(subject, { version, policy: policyOf(subject) }), 0)}\n`],
    )
    .join('')
}
