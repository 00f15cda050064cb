/**
 * Runs all tests of `npm test`: those that need no chain and the Solidity tests, beside those that need a chain, because each suite keeps
 * one core busy. Prints the first as they run, then the second. Exits with 1 when a suite fails, or when a test that
 * docs/threat-model.md names did not run and pass.
 * Usage: node tools/test.ts   (after `npm run setup`)
 */
import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'

import { helpIfAsked } from '../scripts/options.ts'
import { notRun } from './executedTests.ts'

/** The folders whose tests need a chain: `tools/test-chain.ts` runs them. */
const WITH_CHAIN = /^test\/(contracts|sdk|cli|e2e|docs|server)\//

helpIfAsked()
const plain = globSync('test/**/*.test.ts')
  .filter((path) => !WITH_CHAIN.test(path))
  .toSorted()
const show = (text: string): void => void process.stdout.write(text)
const printed: string[] = []
// What the tests with a chain print until the others are done; after that it is shown at once.
let held: string | undefined = ''
const withChain = run('node', ['tools/test-chain.ts'], (text) => (held === undefined ? show(text) : (held += text)))
const withoutChain = [await run('mocha', plain, show), await run('hardhat', ['test', 'solidity', '--no-compile'], show)]
show(held)
held = undefined
const codes = [...withoutChain, await withChain]
const absent = notRun(readFileSync('docs/threat-model.md', 'utf8'), printed.join(''))
if (absent.length > 0) {
  show('\ndocs/threat-model.md names tests that did not run and pass. Run them, or correct the page:\n')
  for (const { path, title } of absent) show(`  ${path}: ${title}\n`)
}
process.exitCode = absent.length === 0 && codes.every((code) => code === 0) ? 0 : 1

/** Runs a program, hands on what it prints, and returns its exit code; 1 when it does not start. */
function run(program: string, args: readonly string[], print: (text: string) => void): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const at = printed.push('\n') - 1
    child.stdout.setEncoding('utf8').on('data', (text: string) => void (printed[at] += text))
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', print)
    child.once('error', (error) => {
      print(`${program}: ${error.message}\n`)
      resolve(1)
    })
    child.once('close', (code) => resolve(code ?? 1))
  })
}
