/**
 * Runs all tests of `npm test`: those that need no chain, the Solidity tests and a part of those that need a chain, one after the
 * other, beside the rest of those that need a chain, because each suite keeps one core busy. Prints one suite after the other. Exits
 * with 1 when a suite fails, or when a test that docs/threat-model.md names did not run and pass.
 * Usage: node tools/test.ts   (after `npm run setup`)
 */
import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'

import { helpIfAsked } from '../scripts/options.ts'
import { CHAIN_PARTS, WITH_CHAIN } from './chainTests.ts'
import { notRun } from './executedTests.ts'

helpIfAsked()
const plain = globSync('test/**/*.test.ts')
  .filter((path) => !WITH_CHAIN.includes(path.split(/[/\\]/)[1]!))
  .toSorted()
const show = (text: string): void => void process.stdout.write(text)
const printed: string[] = []
const held: string[] = []
// The suite whose lines are shown as they come. Those of later ones wait for their turn.
let turn = 0
const nextTurn = (): void => show(held[++turn] ?? '')
const inTurn = (suite: number) => (text: string) =>
  void (suite === turn ? show(text) : (held[suite] = (held[suite] ?? '') + text))
const [part, otherPart] = CHAIN_PARTS.map((folders) => ['tools/test-chain.ts', ...folders]) as [string[], string[]]
const withChain = run('node', part, inTurn(2))
const codes = [await run('mocha', plain, inTurn(0))]
nextTurn()
codes.push(await run('hardhat', ['test', 'solidity', '--no-compile'], inTurn(1)))
nextTurn()
const alsoWithChain = run('node', otherPart, inTurn(3))
codes.push(await withChain)
nextTurn()
codes.push(await alsoWithChain)
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
