/**
 * Runs all tests of `npm test`: those that need no chain and the Solidity tests, beside those that need a chain, because each suite keeps
 * one core busy. Prints the first as they run, then the second. Exits with 1 when a suite fails.
 * Usage: node tools/test.ts   (after `npm run setup`)
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'

import { helpIfAsked } from '../scripts/options.ts'

/** The folders whose tests need a chain: `tools/test-chain.ts` runs them. */
const WITH_CHAIN = /^test\/(contracts|sdk|cli|e2e|docs|server)\//

helpIfAsked()
const plain = globSync('test/**/*.test.ts')
  .filter((path) => !WITH_CHAIN.test(path))
  .toSorted()
const show = (text: string): void => void process.stdout.write(text)
// What the tests with a chain print until the others are done; after that it is shown at once.
let held: string | undefined = ''
const withChain = run('node', ['tools/test-chain.ts'], (text) => (held === undefined ? show(text) : (held += text)))
const withoutChain = [await run('mocha', plain, show), await run('hardhat', ['test', 'solidity', '--no-compile'], show)]
show(held)
held = undefined
const codes = [...withoutChain, await withChain]
process.exitCode = codes.every((code) => code === 0) ? 0 : 1

/** Runs a program, hands on what it prints, and returns its exit code; 1 when it does not start. */
function run(program: string, args: readonly string[], print: (text: string) => void): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', print)
    child.once('error', (error) => {
      print(`${program}: ${error.message}\n`)
      resolve(1)
    })
    child.once('close', (code) => resolve(code ?? 1))
  })
}
