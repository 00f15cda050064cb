import { StemmaError } from '../core/errors.ts'

/** What a command may touch of the world, so that tests need no process. */
export type Context = {
  stdout: (text: string) => void
  stderr: (text: string) => void
  env: NodeJS.ProcessEnv
  cwd: string
  signal: AbortSignal
}

/** Exit codes: the answer or the work is as wished, it is not, the input is wrong, or it could not be decided. */
export const EXIT = { ok: 0, notPermitted: 1, input: 2, undecided: 3 } as const

/** Prints a result: as one JSON value, or as text for people. Big numbers become decimal strings. */
export function print(context: Context, asJson: boolean | undefined, value: unknown, text: () => string): void {
  context.stdout(asJson ? `${toJson(value)}\n` : `${text()}\n`)
}

/** JSON with big numbers as decimal strings. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, entry) => (typeof entry === 'bigint' ? entry.toString() : entry), 2)
}

/** Thrown when a command is used in a wrong way that the parser of the command line cannot see. */
export class UsageError extends StemmaError {
  override name = 'UsageError'
  constructor(message: string) {
    super('USAGE', message)
  }
}
