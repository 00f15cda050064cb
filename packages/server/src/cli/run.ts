import { readFileSync } from 'node:fs'

import { Command } from 'commander'
import { describeOption, runProgram, type Context } from 'stemma/console'
import { DOCS } from 'stemma/core'

import { addApi } from './apiCommand.ts'
import { addGateway } from './gatewayCommand.ts'
import { addGatewayKey } from './gatewayKeyCommand.ts'
import { addIndex } from './indexCommand.ts'
import { addScanner } from './scannerCommand.ts'

const EXAMPLE = `
Example:
  $ stemma-server index --once
  $ stemma-server api
  $ stemma-server gateway --config gateway.json
  $ stemma-server scanner --config scanner.json

Exit codes: 0 done, 2 wrong usage or input, 3 could not be done (no node, no
database).

More: ${DOCS}/indexer.md
      ${DOCS}/query-api.md
      ${DOCS}/gateway.md
      ${DOCS}/guides/scanner.md`

/** Runs the program `stemma-server` on arguments (without node and the script) and returns the exit code. Never throws. */
export function runServer(args: readonly string[], context: Context): Promise<number> {
  return runProgram(createProgram, args, context)
}

function createProgram(context: Context): Command {
  const program = new Command('stemma-server')
    .description(
      'Indexes a lineage ledger into a database, serves queries over it, stands before models as a gateway, and scans models for reviews.',
    )
    .version(version(), '--version', 'print the version')
    .addHelpText('after', EXAMPLE)
    // Options after the name of a command are that command's.
    .enablePositionalOptions()
    // Commands inherit these settings only when they are added later.
    .exitOverride()
    .configureHelp({ subcommandTerm: (command) => command.name(), optionDescription: describeOption })
    .configureOutput({
      writeOut: context.stdout,
      writeErr: context.stderr,
      outputError: () => {},
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
    })
  addIndex(program, context)
  addApi(program, context)
  addGatewayKey(addGateway(program, context), context)
  addScanner(program, context)
  return program
}

/** The version of the package, whose file is two folders up from `src/cli` and from `dist/cli`. */
function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
