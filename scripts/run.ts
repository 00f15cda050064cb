import { EXIT } from '../src/console/context.ts'
import { EXIT_OF } from '../src/console/run.ts'
import { StemmaError } from '../src/core/errors.ts'

/**
 * Runs the program of a script. An error that Stemma throws on purpose is printed in one line, and its kind decides the exit code,
 * as in the CLI; any other error is a fault of ours and keeps its trace.
 */
export async function runScript(program: () => Promise<number | void>): Promise<void> {
  try {
    process.exitCode = (await program()) ?? EXIT.ok
  } catch (error) {
    if (!(error instanceof StemmaError)) throw error
    console.error(`${error.code}: ${error.message}`)
    process.exitCode = EXIT_OF[error.kind]
  }
}

/** Whether a file is the program that runs, and not a module that another imports. */
export function isProgram(file: string): boolean {
  return process.argv[1] === file
}
