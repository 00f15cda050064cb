import type { Context } from '../console/context.ts'
import { runProgram } from '../console/run.ts'
import { createProgram } from './program.ts'

/** Runs the program `stemma` on arguments (without node and the script) and returns the exit code. Never throws. */
export function runCli(args: readonly string[], context: Context): Promise<number> {
  // `stemma help verify` is `stemma verify --help`, whose module is then imported as for any use of it.
  const words = args[0] === 'help' ? [...args.slice(1), '--help'] : args
  return runProgram(createProgram, words, context)
}
