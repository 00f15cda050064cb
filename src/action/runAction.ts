import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { runCli } from '../cli/run.ts'
import { clean, EXIT, type Context } from '../console/context.ts'
import { StemmaError } from '../core/errors.ts'
import type { CodeQualityIssue } from '../interop/codeQuality.ts'
import type { Outcome } from '../verify/locked.ts'
import { FAIL_ON, readInputs, type FailOn, type Inputs } from './inputs.ts'
import { addSummary, annotation, annotationOf, MOST_ANNOTATIONS, openLog, setOutput } from './runner.ts'

/** What a step found out. */
type Found = {
  /** The exit code of `stemma`. */
  code: number
  /** Undefined where nothing was answered: because of wrong inputs, or a signature that does not hold. */
  verdict: Outcome | undefined
  /** The reports; undefined where there is no answer. */
  reports: Reports | undefined
  /** Why there is no answer: `CODE: message`. */
  error: string
}

/** The files of the reports. */
type Reports = { json: string; sarif: string; markdown: string; codequality: string }

/**
 * Runs a step of the GitHub Action `action.yml`: asks what the inputs name, prints the answer to the log, and hands it on as outputs
 * (`verdict`, `report`, `sarif`), as the summary of the job and as annotations. Uses no shell. Returns the exit code of the step: 0 where
 * it passes, else that of `stemma`, and 1 for conditions that `fail-on` does not accept. Wrong inputs fail whatever `fail-on` says.
 */
export async function runAction(context: Context): Promise<number> {
  const log = openLog(context.stdout)
  let isOpen = true
  try {
    const inputs = readInputs(context.env, context.cwd)
    const found = await ask(context, inputs, log.print)
    log.end()
    isOpen = false
    return await handOn(context, inputs, found)
  } catch (error) {
    const isKnown = error instanceof StemmaError
    const message = clean(
      `${isKnown ? error.code : 'UNEXPECTED'}: ${error instanceof Error ? error.message : String(error)}`,
    )
    log.print(isOpen ? `${message}\n` : '')
    if (isOpen) log.end()
    context.stdout(annotation('error', message, { title: 'Stemma' }))
    return isKnown ? EXIT.input : EXIT.undecided
  }
}

async function ask(context: Context, inputs: Inputs, print: (text: string) => void): Promise<Found> {
  const folder = await mkdtemp(join(context.env.RUNNER_TEMP || tmpdir(), 'stemma-'))
  const inFolder = (name: string): string => join(folder, name)
  const reports: Reports = {
    json: inFolder('report.json'),
    sarif: inputs.sarifFile === undefined ? inFolder('stemma.sarif') : resolve(context.cwd, inputs.sarifFile),
    markdown: inFolder('report.md'),
    codequality: inFolder('codequality.json'),
  }
  const wanted = Object.entries(reports).map(([format, file]) => `--report=${format}=${file}`)
  let errors = ''
  const code = await runCli([...inputs.command, ...wanted, '--', ...inputs.subjects], {
    ...context,
    stdout: print,
    stderr: (text) => {
      errors += text
      print(text)
    },
  })
  const report = code === EXIT.input ? undefined : await readReport(reports.json)
  if (report === undefined) {
    const error = errors.trimEnd().split('\n').at(-1) ?? ''
    return { code, verdict: code === EXIT.undecided ? 'unknown' : undefined, reports: undefined, error }
  }
  // An entry that differs from the ledger, or a waiver that has expired, is a finding whatever the verdicts are.
  const stated = report.outcome ?? report.verdict
  const verdict = code === EXIT.finding ? 'not-permitted' : code === EXIT.undecided ? 'unknown' : stated
  return { code, verdict, reports, error: '' }
}

/** The report that was written, of `verify` or of `lock check`; undefined where none was. */
async function readReport(file: string): Promise<{ verdict?: Outcome; outcome?: Outcome } | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as { verdict?: Outcome; outcome?: Outcome })
}

async function handOn(context: Context, inputs: Inputs, found: Found): Promise<number> {
  const { env, stdout } = context
  const { code, verdict, reports, error } = found
  await setOutput(env, 'verdict', verdict ?? '')
  await setOutput(env, 'report', reports?.json ?? '')
  await setOutput(env, 'sarif', reports?.sarif ?? '')
  if (inputs.summary) {
    const page = reports ? await readFile(reports.markdown, 'utf8') : `## Stemma: no answer\n\n${indented(error)}\n`
    await addSummary(env, page)
  }
  const isFailed = verdict === undefined || fails(verdict, inputs.failOn)
  if (inputs.annotations) {
    const issues = reports ? (JSON.parse(await readFile(reports.codequality, 'utf8')) as CodeQualityIssue[]) : []
    for (const issue of issues.slice(0, MOST_ANNOTATIONS)) stdout(annotationOf(issue))
    if (!reports) stdout(annotation(isFailed ? 'error' : 'warning', error, { title: 'Stemma' }))
    if (issues.length > MOST_ANNOTATIONS) {
      stdout(`${issues.length - MOST_ANNOTATIONS} more findings have no annotation. The reports have all.\n`)
    }
  }
  stdout(`Stemma: ${verdict ?? 'no verdict'}; the step ${isFailed ? 'fails' : 'passes'} (fail-on: ${inputs.failOn}).\n`)
  if (!isFailed) return EXIT.ok
  return code === EXIT.ok ? EXIT.finding : code
}

/** Whether a verdict fails a step: it does where it is as bad as `failOn`, or worse. */
function fails(verdict: Outcome, failOn: FailOn): boolean {
  const least = FAIL_ON.indexOf(verdict as FailOn)
  return least > 0 && least <= FAIL_ON.indexOf(failOn)
}

/** A text of strangers as code of Markdown. */
function indented(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}
