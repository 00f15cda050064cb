import { readFileSync } from 'node:fs'
import { parseArgs, type ParseArgsConfig } from 'node:util'

type Settings<Options extends NonNullable<ParseArgsConfig['options']>, Positionals extends boolean> = {
  options: Options
  allowNegative: true
  allowPositionals: Positionals
}

/**
 * Reads the options of the program that runs. `--help` prints the comment at the top of the program and exits with 0; an unknown
 * option exits with 2. Positionals are allowed when `allowPositionals` is true.
 */
export function readOptions<
  const Options extends NonNullable<ParseArgsConfig['options']>,
  Positionals extends boolean = false,
>(
  options: Options,
  allowPositionals: Positionals = false as Positionals,
): ReturnType<typeof parseArgs<Settings<Options, Positionals>>> {
  helpIfAsked()
  try {
    return parseArgs<Settings<Options, Positionals>>({ options, allowNegative: true, allowPositionals })
  } catch (error) {
    return exitForUsage((error as Error).message.replace(/[.]?$/, '.'))
  }
}

/** Prints the comment at the top of the program that runs and exits with 0, if the arguments ask for help. */
export function helpIfAsked(): void {
  if (!process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) return
  const [, comment = ''] = /^\/\*\*\n([^]*?)\n \*\//m.exec(readFileSync(process.argv[1]!, 'utf8')) ?? []
  console.log(comment.replaceAll(/^ \* ?/gm, ''))
  process.exit(0)
}

/** Prints an error about the arguments of the program that runs, and exits with 2. */
export function exitForUsage(message: string): never {
  console.error(`${message} Use --help for the usage.`)
  process.exit(2)
}
