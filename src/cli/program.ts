import { Command } from 'commander'

import type { Context } from '../console/context.ts'
import { describeOption } from '../console/options.ts'
import { DOCS } from '../core/errors.ts'
import { CATALOG, type CommandEntry, type CommandGroup, type DefineCommand } from './catalog.ts'
import { MOVED_COMMANDS, MovedCommandError } from './movedCommands.ts'
import { packageVersion } from './version.ts'

const EXAMPLE = `
Example:
  $ stemma verify ./acme__tiny-chat --use commercial

Exit codes: 0 permitted or done, 1 not permitted, 2 wrong usage or input,
3 could not be decided (no node, no data).

More: ${DOCS}/cli.md`

/**
 * The program with all its commands. Only the module of the command that the arguments name is imported.
 *
 * @param exit receives the code of an answer that is not an error
 */
export async function createProgram(
  context: Context,
  exit: (code: number) => void,
  args: readonly string[],
): Promise<Command> {
  const loads = new Map<Command, () => Promise<DefineCommand>>()
  const program = new Command('stemma')
    .description('A lineage ledger for AI models: who made which model from which, and may it be used so?')
    .version(packageVersion(), '--version', 'print the version')
    .addHelpText('after', EXAMPLE)
    // Commander copies these settings to the commands that are made later, so runProgram receives the errors of all.
    .exitOverride()
    .configureHelp({ subcommandTerm: termOf, optionDescription: describeOption })
    .configureOutput({
      writeOut: context.stdout,
      // Commander writes only help here: that of a group that was called without a command.
      writeErr: context.stdout,
      outputError: () => {},
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
    })
    .helpCommand(false)
  for (const { heading, entries } of CATALOG) {
    program.commandsGroup(heading)
    for (const entry of entries) addEntry(program, entry, loads)
  }
  for (const [earlier, current] of Object.entries(MOVED_COMMANDS)) addMoved(program, earlier, current)

  const command = namedBy(program, args)
  const define = await loads.get(command)?.()
  define?.(command, context, exit)
  return program
}

function addEntry(
  parent: Command,
  entry: CommandEntry | CommandGroup,
  loads: Map<Command, () => Promise<DefineCommand>>,
): void {
  if ('load' in entry) {
    loads.set(parent.command(entry.usage).description(entry.summary), entry.load)
    return
  }
  const group = parent.command(entry.name).description(entry.summary).helpCommand(false)
  for (const each of entry.entries) addEntry(group, each, loads)
}

/** The command that the first words of the arguments name. */
function namedBy(program: Command, args: readonly string[]): Command {
  let command = program
  for (const word of args) {
    const child = childOf(command, word)
    if (child === undefined) break
    command = child
  }
  return command
}

/** Adds a hidden command that refuses with the current name of an earlier one. */
function addMoved(program: Command, earlier: string, current: string): void {
  const words = earlier.split(' ')
  const parent = words.slice(0, -1).reduce((command, word) => childOf(command, word)!, program)
  parent
    .command(words.at(-1)!, { hidden: true })
    .argument('[args...]')
    .allowUnknownOption()
    .helpOption(false)
    .action(() => {
      throw new MovedCommandError(earlier, current)
    })
}

function childOf(command: Command, name: string): Command | undefined {
  return command.commands.find((child) => child.name() === name)
}

/** A command in a list of commands: its name and arguments. */
function termOf(command: Command): string {
  const names = command.registeredArguments.map((argument) => {
    const name = argument.name() + (argument.variadic ? '...' : '')
    return argument.required ? `<${name}>` : `[${name}]`
  })
  return [command.name(), ...names].join(' ')
}
