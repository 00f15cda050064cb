import { Command } from 'commander'
import { runProgram, type Context } from 'stemma/console'

import { addApi } from './apiCommand.ts'
import { addIndex } from './indexCommand.ts'

/** Runs the program `stemma-server` on arguments (without node and the script) and returns the exit code. Never throws. */
export function runServer(args: readonly string[], context: Context): Promise<number> {
  return runProgram(createProgram, args, context)
}

function createProgram(context: Context): Command {
  const program = new Command('stemma-server')
    .description('The index of a ledger and the query API over it.')
    .exitOverride()
  program.configureOutput({ writeOut: context.stdout, writeErr: context.stderr, outputError: () => {} })
  addIndex(program, context)
  addApi(program, context)
  return program
}
