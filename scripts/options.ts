import { readFileSync } from 'node:fs'
import { parseArgs, type ParseArgsConfig } from 'node:util'

type Settings<Options extends NonNullable<ParseArgsConfig['options']>, Positionals extends boolean> = {
  options: Options
  allowNegative: true
  allowPositionals: Positionals
}

/**
 * The options of the program that runs. `--help` prints the comment at the program's top and ends it with 0; an option that it does
 * not know ends it with 2. Positionals are taken when `allowPositionals` is true.
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

/** Prints the comment at the top of the program that runs, and ends it with 0, when that is asked for. */
export function helpIfAsked(): void {
  if (!process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) return
  const [, comment = ''] = /^\/\*\*\n([^]*?)\n \*\//m.exec(readFileSync(process.argv[1]!, 'utf8')) ?? []
  console.log(comment.replaceAll(/^ \* ?/gm, ''))
  process.exit(0)
}

/** Says what is wrong with the arguments of the program that runs, and ends it with 2. */
export function exitForUsage(message: string): never {
  console.error(`${message} For what there is, use --help.`)
  process.exit(2)
}
