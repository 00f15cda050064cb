import { Command, CommanderError } from 'commander'

import { StemmaError, type ErrorKind } from '../core/errors.ts'
import { didYouMean } from '../core/text.ts'
import { clean, EXIT, print, UsageError, type Context } from './context.ts'

/** The exit code that follows from the kind of an error. */
export const EXIT_OF: Readonly<Record<ErrorKind, number>> = {
  input: EXIT.input,
  refused: EXIT.input,
  finding: EXIT.finding,
  undecided: EXIT.undecided,
  unavailable: EXIT.undecided,
}

/**
 * Makes a program with all its commands.
 *
 * @param exit receives the code of an answer that is not an error
 * @param args the arguments, by which a program may import only what they need
 */
export type CreateProgram = (
  context: Context,
  exit: (code: number) => void,
  args: readonly string[],
) => Command | Promise<Command>

/** Runs a program on arguments (without node and the script) and returns the exit code. Never throws. */
export async function runProgram(
  createProgram: CreateProgram,
  args: readonly string[],
  context: Context,
): Promise<number> {
  let code: number = EXIT.ok
  // A program that cannot be made has no commands by which to explain the failure.
  let program = new Command()
  try {
    const exit = (value: number): void => {
      code = value
    }
    program = await createProgram(context, exit, args)
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError && (error.exitCode === 0 || error.code === 'commander.help')) {
      return error.exitCode === 0 ? EXIT.ok : EXIT.input
    }
    return report(explain(error, args, program, context), args, program, context)
  }
}

function explain(error: unknown, args: readonly string[], program: Command, context: Context): Error {
  if (error instanceof CommanderError) {
    const message = withSuggestion(error.message.replace(/^error: /, '').replaceAll(/\s*\n/g, ' '))
    const name = [program, ...commandsOf(program, args)].map((command) => command.name()).join(' ')
    return new UsageError(`${message.replace(/[.?]?$/, (end) => end || '.')} See ${name} --help.`)
  }
  const isNodes = error instanceof StemmaError && error.code.startsWith('NODE_')
  // A stop hangs up on the node, which looks like its failure.
  const isStopped = context.signal.aborted || (error as Error).name === 'AbortError'
  if (isStopped && (isNodes || !(error instanceof StemmaError))) return new InterruptedError(error)
  return error as Error
}

/** Commander suggests commands and options; for the choices of an option we do. */
function withSuggestion(message: string): string {
  const [, typed, choices] = /argument '(.*)' is invalid\. Allowed choices are (.*)\.$/.exec(message) ?? []
  return typed === undefined ? message : `${message}${didYouMean(typed, choices!.split(', '))}`
}

/** The option that a refused value was given to, when there is exactly one. */
function optionOf(error: Error, args: readonly string[], program: Command): string | undefined {
  const { value } = error as { value?: unknown }
  if (typeof value !== 'string') return undefined
  const holds = (text: string): boolean =>
    text === value || text.split(',').some((part) => part.trim() === value) || text.endsWith(`=${value}`)
  const { options } = commandsOf(program, args).at(-1) ?? program
  const found = args.flatMap((argument, index) => {
    const [, name, given] = /^(--[a-z-]+)(?:=(.*))?$/s.exec(argument) ?? []
    const text = given ?? args[index + 1]
    const takesValue = options.some(({ long, required }) => long === name && required)
    return name !== undefined && takesValue && text !== undefined && holds(text) ? [name] : []
  })
  return found.length === 1 ? found[0] : undefined
}

/** The commands that the command line names, each below the one before. */
function commandsOf(program: Command, args: readonly string[]): Command[] {
  const commands: Command[] = []
  let command: Command | undefined = program
  for (const word of args) {
    command = command.commands.find((each) => each.name() === word)
    if (!command) break
    commands.push(command)
  }
  return commands
}

/** What a program can do about an error beside what its message says, which is for every user of the SDK. */
const ADVICE: Readonly<Record<string, string>> = {
  NODE_UNREACHABLE: 'Name a node by --rpc or STEMMA_RPC_URL, or start one with npm start in a clone of Stemma.',
  NODE_BUSY: 'Here: --timeout, and one more --rpc.',
  NODE_NO_HISTORY: 'Name one by --rpc.',
}

function report(error: Error, args: readonly string[], program: Command, context: Context): number {
  const known = error instanceof StemmaError
  const code = known ? error.code : 'UNEXPECTED'
  const option = known ? optionOf(error, args, program) : undefined
  const text = error instanceof Error ? error.message : String(error)
  const advice = known && code in ADVICE ? ` ${ADVICE[code]}` : ''
  const message = clean(`${option === undefined ? '' : `${option}: `}${text}${advice}`)
  if (asksForJson(args)) {
    print(context, true, { error: { code, message, docs: known ? error.docs : null } }, () => '')
  }
  context.stderr(`${code}: ${message}\n`)
  return known ? EXIT_OF[error.kind] : EXIT.undecided
}

/** Whether the result is asked for as JSON, in either way. */
function asksForJson(args: readonly string[]): boolean {
  const isFormat = (each: string, index: number): boolean => each === '--format' && args[index + 1] === 'json'
  return args.includes('--json') || args.includes('--format=json') || args.some(isFormat)
}

/** Thrown when the work was stopped before its end, as by Ctrl-C. */
export class InterruptedError extends StemmaError {
  override name = 'InterruptedError'
  override readonly kind = 'undecided'
  constructor(cause: unknown) {
    super('INTERRUPTED', 'The work was stopped before its end. Run it again.', { cause })
  }
}
