import { CommanderError, type Command } from 'commander'

import { StemmaError, type ErrorKind } from '../core/errors.ts'
import { clean, EXIT, toJson, UsageError, type Context } from './context.ts'

/** The exit code that follows from the kind of an error. */
export const EXIT_OF: Readonly<Record<ErrorKind, number>> = {
  input: EXIT.input,
  refused: EXIT.input,
  undecided: EXIT.undecided,
  unavailable: EXIT.undecided,
}

/** Makes a program with all its commands. `exit` receives the code of an answer that is not an error. */
export type CreateProgram = (context: Context, exit: (code: number) => void) => Command

/** Runs a program on arguments (without node and the script) and returns the exit code. Never throws. */
export async function runProgram(
  createProgram: CreateProgram,
  args: readonly string[],
  context: Context,
): Promise<number> {
  let code: number = EXIT.ok
  const program = createProgram(context, (value) => {
    code = value
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError && (error.exitCode === 0 || error.code === 'commander.help')) {
      return error.exitCode === 0 ? EXIT.ok : EXIT.input
    }
    return report(explain(error, args, program, context), args, context)
  }
}

function explain(error: unknown, args: readonly string[], program: Command, context: Context): Error {
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '').replaceAll(/\s*\n/g, ' ')
    const name = [program.name(), ...commandOf(program, args)].join(' ')
    return new UsageError(`${message.replace(/\.?$/, '.')} See ${name} --help.`)
  }
  const isNodes = error instanceof StemmaError && error.code.startsWith('NODE_')
  // A stop hangs up on the node, which looks like its failure.
  const isStopped = context.signal.aborted || (error as Error).name === 'AbortError'
  if (isStopped && (isNodes || !(error instanceof StemmaError))) return new InterruptedError(error)
  return error as Error
}

/** The words of the command line that name a command. */
function commandOf(program: Command, args: readonly string[]): string[] {
  const names: string[] = []
  let command: Command | undefined = program
  for (const word of args) {
    command = command.commands.find((each) => each.name() === word)
    if (!command) break
    names.push(word)
  }
  return names
}

function report(error: Error, args: readonly string[], context: Context): number {
  const known = error instanceof StemmaError
  const code = known ? error.code : 'UNEXPECTED'
  const message = clean(error instanceof Error ? error.message : String(error))
  if (args.includes('--json')) {
    context.stdout(`${toJson({ error: { code, message, docs: known ? error.docs : null } })}\n`)
  }
  context.stderr(`${code}: ${message}\n`)
  return known ? EXIT_OF[error.kind] : EXIT.undecided
}

/** Thrown when the work was stopped before its end, as by Ctrl-C. */
export class InterruptedError extends StemmaError {
  override name = 'InterruptedError'
  override readonly kind = 'undecided'
  constructor(cause: unknown) {
    super('INTERRUPTED', 'The work was stopped before its end. Run it again.', { cause })
  }
}
