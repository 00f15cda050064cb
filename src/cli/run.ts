import type { Context } from '../console/context.ts'
import { runProgram } from '../console/run.ts'
import { createProgram } from './program.ts'

/** Runs the program `stemma` on arguments (without node and the script) and returns the exit code. Never throws. */
export function runCli(args: readonly string[], context: Context): Promise<number> {
  return runProgram(createProgram, args, context)
}
