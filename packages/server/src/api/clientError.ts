import { StemmaError } from 'stemma/core'

/** What a client sees of an error that is ours to fix. */
export const INTERNAL_MESSAGE = 'The server failed. Try again; if it keeps failing, tell its operator.'

/** What a client sees of a failure whose own words name files, hosts or users of the server. */
const DATABASE_MESSAGE = 'The database of the server cannot be read now. Try again in a few seconds.'

/** Codes of such failures. Their words are for the operator. */
const PRIVATE: readonly string[] = ['DATABASE', 'DATABASE_ENCODING', 'INVALID_DATABASE']

/** Whether an error is one that a client may read whole: ours, without words about the server's machine. */
export function isPublic(error: unknown): error is StemmaError {
  return error instanceof StemmaError && !PRIVATE.includes(error.code)
}

/** The words of one of our errors that a client may read. */
export function messageFor(error: StemmaError): string {
  return isPublic(error) ? error.message : DATABASE_MESSAGE
}
