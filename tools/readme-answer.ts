/**
 * Writes the answer of the command in the README's marked block: runs the command against the local ledger of `npm start`, and
 * replaces what stands below it.
 * Usage: node tools/readme-answer.ts [--deployment NAME]   (while `npm start` runs)
 *   --deployment   the ledger to ask: `local` by default, `local-PORT` for an `npm start` with another port
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { readOptions } from '../scripts/options.ts'

const BLOCK = /(<!-- answer: [^\n]* -->\n\n```console\n\$ )([^\n]+)\n[^]*?(```\n\n<!-- \/answer -->)/

/** The command in the marked block of a page. */
export function commandOf(page: string): string {
  const command = BLOCK.exec(page)?.[2]
  if (command === undefined) throw new Error('The page does not have a marked block with a command.')
  return command
}

/** The page with another answer in its marked block, and the exit code in a comment after the command. */
export function withAnswer(page: string, printed: string, code: number): string {
  const command = commandOf(page).replace(/ *# exit code \d+$/, '')
  const ending = code === 0 ? '' : ` # exit code ${code}`
  return page.replace(BLOCK, (_, start: string, _command, end: string) => {
    return `${start}${command}${ending}\n${lasting(printed).trimEnd()}\n${end}`
  })
}

/** An answer with an ellipsis for the time and the block, which differ from run to run. */
function lasting(printed: string): string {
  return printed.replaceAll(/\d{4}-\d\d-\d\d\s+\d\d:\d\d:\d\dZ/g, '…').replaceAll(/\b(block\s+)\d+/g, '$1…')
}

if (process.argv[1] === import.meta.filename) {
  const { deployment } = readOptions({ deployment: { type: 'string', default: 'local' } }).values
  const root = join(import.meta.dirname, '..')
  const path = join(root, 'README.md')
  const page = readFileSync(path, 'utf8')
  const { status, stdout, stderr } = spawnSync('sh', ['-c', commandOf(page)], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, STEMMA_DEPLOYMENT: deployment },
  })
  if (status === null || status === 2 || stdout === '') {
    console.error(`The command failed with ${status}: ${stderr.trim()} Is \`npm start\` running?`)
    process.exitCode = 1
  } else writeFileSync(path, withAnswer(page, stdout, status))
}
