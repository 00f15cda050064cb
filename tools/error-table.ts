/**
 * Writes `docs/errors.md`: every error code of the code and of the contracts, with where it is thrown and what it means.
 * Usage: node scripts/error-table.ts [--check]
 */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { CONTRACT_ERRORS, ContractError } from '../src/sdk/contractErrors.ts'

const root = join(import.meta.dirname, '..')
const path = join(root, 'docs/errors.md')

const classes = globSync('src/**/*.ts', { cwd: root }).flatMap((file) => {
  const text = readFileSync(join(root, file), 'utf8')
  const pattern = /\/\*\*([^/]*?)\*\/\s*export class (\w+Error) extends StemmaError \{[\s\S]*?super\(\s*'([A-Z_]+)'/g
  return [...text.matchAll(pattern)].map(([, comment, name, code]) => ({
    code: code!,
    meaning: comment!.replaceAll(/\s*\n?\s*\*\s+/g, ' ').trim(),
    source: `${name} in ${file}`,
  }))
})
const contracts = Object.keys(CONTRACT_ERRORS).map((errorName) => ({
  code: new ContractError({ errorName, args: {} }).code,
  meaning: `A contract refused with \`${errorName}\`. Its arguments are in \`args\`, and the message says what to do.`,
  source: `ContractError in src/sdk/contractErrors.ts`,
}))

const sections = [...classes, ...contracts]
  .toSorted((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0))
  .map(({ code, meaning, source }) => {
    const anchor = code.toLowerCase().replaceAll('_', '-')
    return `<a id="${anchor}"></a>\n\n## ${code}\n\n${meaning}\n\nThrown as ${source}.\n`
  })
const text = `# Errors\n\nMatch on \`code\`, never on the message. Made by \`scripts/error-table.ts\`.\n\n${sections.join('\n')}`

if (!process.argv.includes('--check')) writeFileSync(path, text)
else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
  console.log('docs/errors.md is stale.')
  process.exitCode = 1
}
