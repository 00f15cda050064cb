/**
 * The base of every error that Stemma throws on purpose. Match on `code`, never on `message`: messages say what
 * happened, with the values, and what to do; they may change.
 */
export class StemmaError extends Error {
  override name = 'StemmaError'
  /** A stable name in capitals, such as `INVALID_MODEL_ID`. */
  readonly code: string
  /** The page that explains the error, below the repository's root. */
  readonly docsPath: string

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
    this.docsPath = `docs/errors.md#${code.toLowerCase().replaceAll('_', '-')}`
  }
}
