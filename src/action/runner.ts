import { randomUUID } from 'node:crypto'
import { appendFile } from 'node:fs/promises'

import { UsageError } from '../console/context.ts'
import type { CodeQualityIssue, CodeQualitySeverity } from '../interop/codeQuality.ts'

/** Most annotations of a step. GitHub shows 10 of each kind. */
export const MOST_ANNOTATIONS = 10
/** Most bytes that the summary of a step may have: GitHub refuses a larger one whole. */
export const MOST_SUMMARY = 1024 * 1024

/** How an annotation is shown. */
export type AnnotationLevel = 'error' | 'warning' | 'notice'

const LEVELS: Readonly<Record<CodeQualitySeverity, AnnotationLevel>> = {
  blocker: 'error',
  critical: 'error',
  major: 'warning',
  minor: 'warning',
  info: 'notice',
}

/**
 * Sets an output of the step by the file that the runner reads. The delimiter is random, so that no value can end its own lines and set
 * another output. Without a runner, nothing is set.
 */
export async function setOutput(env: NodeJS.ProcessEnv, name: string, value: string): Promise<void> {
  const file = env.GITHUB_OUTPUT
  if (!file) return
  const delimiter = `stemma-${randomUUID()}`
  await append(file, `${name}<<${delimiter}\n${value}\n${delimiter}\n`)
}

/** Adds a page to the summary of the job. One that is too large is cut at the end of a line, and says so. */
export async function addSummary(env: NodeJS.ProcessEnv, page: string): Promise<void> {
  const file = env.GITHUB_STEP_SUMMARY
  if (file) await append(file, shortened(page))
}

function shortened(page: string): string {
  if (Buffer.byteLength(page) <= MOST_SUMMARY) return page
  const end = '\n\nThe report is longer than a summary may be. The output report names the file with all of it.\n'
  const kept = Buffer.from(page).subarray(0, MOST_SUMMARY - Buffer.byteLength(end))
  return kept.subarray(0, kept.lastIndexOf('\n')).toString('utf8') + end
}

async function append(file: string, text: string): Promise<void> {
  try {
    await appendFile(file, text)
  } catch (cause) {
    throw new UsageError(`The runner's file ${file} cannot be written: ${(cause as NodeJS.ErrnoException).code}.`)
  }
}

/** The command that makes an annotation of an issue. */
export function annotationOf({ severity, location, check_name, description }: CodeQualityIssue): string {
  const { path, lines } = location
  const properties = { file: path, line: `${lines.begin}`, title: `Stemma: ${check_name}` }
  return annotation(LEVELS[severity], description, properties)
}

/** The command that makes an annotation. Nothing in a text can end it, or begin another. */
export function annotation(
  level: AnnotationLevel,
  message: string,
  properties: Readonly<Record<string, string>>,
): string {
  const stated = Object.entries(properties).map(([name, value]) => `${name}=${escapedProperty(value)}`)
  return `::${level} ${stated.join(',')}::${escaped(message)}\n`
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapedProperty(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/** Prints to the log of a step, where the runner obeys lines such as `::add-mask::…`, and `##[…]` anywhere in a line. */
export type StepLog = {
  print: (text: string) => void
  /** Has the runner obey commands again. Call it once, when everything is printed. */
  end: () => void
}

/** Opens a log in which the runner obeys no command: what is printed may hold the words of strangers. Only a random token ends that. */
export function openLog(stdout: (text: string) => void): StepLog {
  const token = `stemma-${randomUUID()}`
  let isLineOpen = false
  stdout(`::stop-commands::${token}\n`)
  return {
    print: (text) => {
      if (text === '') return
      stdout(text)
      isLineOpen = !text.endsWith('\n')
    },
    end: () => stdout(`${isLineOpen ? '\n' : ''}::${token}::\n`),
  }
}
