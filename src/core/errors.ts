/** The folder of the documentation. An installed package does not have it. */
export const DOCS = 'https://github.com/stemma-ledger/stemma/blob/main/docs'

/** The page that explains every error code. Each code has an anchor on it. */
export const ERROR_PAGE = `${DOCS}/errors.md`

/**
 * What an error means for the question that was asked:
 *
 * - `input`: the input is wrong; correct it.
 * - `refused`: the input was understood, and a contract, a service or a person said no.
 * - `finding`: what was examined is not what it has to be, such as a signature of somebody else.
 * - `undecided`: the facts at hand do not decide the question.
 * - `unavailable`: a node, a database or a service did not give a usable answer.
 */
export type ErrorKind = 'input' | 'refused' | 'finding' | 'undecided' | 'unavailable'

/**
 * The base of every error that Stemma throws on purpose. Match on `code`, never on `message`: a message says what
 * happened, with the values, and what to do; it may change.
 */
export class StemmaError extends Error {
  override name = 'StemmaError'
  /** A stable name in capitals, such as `INVALID_MODEL_ID`. */
  readonly code: string
  /** What the error means for the question that was asked. The exit code of a program follows from it. */
  readonly kind: ErrorKind = 'input'

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }

  /** The absolute URL of the page that explains the error. */
  get docs(): string {
    return `${ERROR_PAGE}#${anchorOf(this.code)}`
  }
}

/** The anchor of an error code on {@link ERROR_PAGE}. */
export function anchorOf(code: string): string {
  return code.toLowerCase().replaceAll('_', '-')
}
