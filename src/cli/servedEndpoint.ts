import { UsageError } from '../console/context.ts'
import { originOf, type ServingStatement } from '../core/serving.ts'
import { quoted, utf8Length } from '../core/text.ts'

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
