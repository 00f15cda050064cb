/**
 * Writes the part of `docs/cli.md` below "## Commands": what `--help` says of each command.
 * Usage: node test/cli/reference.ts [--write]
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Command } from 'commander'

import type { Context } from '../../src/console/context.ts'
import { CATALOG, type CommandEntry, type CommandGroup } from '../../src/cli/catalog.ts'
import { createProgram } from '../../src/cli/program.ts'
import { runCli } from '../../src/cli/run.ts'

const path = join(import.meta.dirname, '../../docs/cli.md')
const HEADING = '## Commands\n'

/** Every command that does something, by its words, such as `terms publish`. */
export async function commands(): Promise<Map<string, Command>> {
  const found = new Map<string, Command>()
  for (const name of commandNames()) {
    const words = name.split(' ')
    const program = await createProgram(
      contextOf(() => {}),
      () => {},
      words,
    )
    found.set(
      name,
      words.reduce((command, word) => command.commands.find((child) => child.name() === word)!, program),
    )
  }
  return found
}

/** The words of every command. */
export function commandNames(): string[] {
  const walk = (entry: CommandEntry | CommandGroup, words: string[]): string[] =>
    'load' in entry
      ? [[...words, entry.usage.split(' ')[0]].join(' ')]
      : entry.entries.flatMap((each) => walk(each, [...words, entry.name]))
  return CATALOG.flatMap(({ entries }) => entries.flatMap((entry) => walk(entry, [])))
}

/** What `--help` says of a command. */
export async function helpOf(name: string): Promise<string> {
  let text = ''
  await runCli(
    [...name.split(' '), '--help'],
    contextOf((part) => void (text += part)),
  )
  return text.trim()
}

/** `docs/cli.md` as it is, and as it should be. */
export async function reference(): Promise<{ actual: string; expected: string }> {
  const actual = await readFile(path, 'utf8')
  const sections = await Promise.all(
    commandNames().map(async (name) => `### stemma ${name}\n\n\`\`\`text\n${await helpOf(name)}\n\`\`\`\n`),
  )
  return { actual, expected: `${actual.slice(0, actual.indexOf(HEADING))}${HEADING}\n${sections.join('\n')}` }
}

function contextOf(stdout: (text: string) => void): Context {
  const { signal } = new AbortController()
  return { stdout, stderr: () => {}, env: {}, cwd: '/', now: () => 0, signal }
}

if (process.argv[1] === import.meta.filename) {
  const { actual, expected } = await reference()
  if (process.argv.includes('--write')) await writeFile(path, expected)
  else if (actual !== expected) {
    console.log('docs/cli.md is stale: node test/cli/reference.ts --write')
    process.exitCode = 1
  }
}
