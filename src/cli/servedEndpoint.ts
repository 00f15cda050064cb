import { UsageError } from '../console/context.ts'
import { originOf, type ServingStatement } from '../core/serving.ts'
import { quoted, utf8Length } from '../core/text.ts'
import type { CountingStatement } from '../sdk/audit/resolveServing.ts'
import { formatTime } from './format.ts'

/** Most bytes of a model name in requests. */
const MAX_NAME_BYTES = 2048

/**
 * Checks an endpoint that arguments name. Statements are found by their exact origin, so there is one form of it.
 *
 * @throws {@link UsageError}
 */
export function checkEndpoint(origin: string, name: string): void {
  const form = originOf(origin)
  if (form !== origin) {
    throw new UsageError(
      `Invalid origin ${quoted(origin)}: use scheme, host and port as browsers write them, such as ${form ?? 'https://api.example.com'}.`,
    )
  }
  if (name === '' || utf8Length(name) > MAX_NAME_BYTES) {
    throw new UsageError(`Invalid model name in requests ${quoted(name)}: use 1 to ${MAX_NAME_BYTES} bytes.`)
  }
}

/**
 * Checks that what is to be a model is not an endpoint, which has many.
 *
 * @throws {@link UsageError}
 */
export function checkNoEndpoint(text: string): void {
  const origin = originOf(text)
  if (origin === undefined || (text !== origin && text !== `${origin}/`)) return
  throw new UsageError(
    `${quoted(text)} is an endpoint. Name a model there as requests name it: stemma verify ${origin} --served <name> --use <rights>.`,
  )
}

/** What a statement rests on, for people. */
export function formatGrade({ grade, evidence }: Pick<ServingStatement, 'grade' | 'evidence'>): string {
  switch (grade) {
    case 'stated':
      return "stated: the publisher's word only"
    case 'probed':
      return `probed: an outsider's report of SHA-256 ${evidence}`
    case 'attested':
      return `attested: a quote of a trusted execution environment of SHA-256 ${evidence}`
  }
}

/** By whose statements the model of an endpoint was found, for people. */
export function formatServed(statements: readonly CountingStatement[]): string {
  const { origin, name } = statements[0]!.served
  return [
    `Which model answers to ${quoted(name)} at ${origin} is what its publisher states; the endpoint was not asked.`,
    ...statements.map(
      ({ statement, standing, served }) =>
        `  ${served.publisher} (${standing}), ${formatTime(served.from)} to ${formatTime(served.until)}\n  statement ${statement}\n  ${formatGrade(served)}`,
    ),
  ].join('\n')
}

/** By whose statements the model of an endpoint was found, as a report has them. */
export function endpointDocument(statements: readonly CountingStatement[]): object {
  const { origin, name } = statements[0]!.served
  return {
    origin,
    name,
    statements: statements.map(({ statement, standing, block, served }) => {
      const { publisher, from, until, grade, evidence } = served
      return {
        statement,
        publisher,
        standing,
        block,
        from,
        until,
        grade,
        evidence: grade === 'stated' ? null : evidence,
      }
    }),
  }
}
