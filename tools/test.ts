/**
 * Runs all of `npm test` on two cores, because each step keeps one busy: the checks of sources while the contracts compile, then those of
 * what was built beside that of the packages, then the tests: those that need no chain and the Solidity tests, beside those that need a
 * chain, of which whichever core is free runs the next group. Prints one step after the other. Exits with 1
 * when a step fails, or when a test that docs/threat-model.md names did not run and pass. Without what was built, and with a check that
 * fails, no test runs.
 * Usage: node tools/test.ts   (after `npm run setup -- install`)
 */
import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'

import { helpIfAsked } from '../scripts/options.ts'
import { CHAIN_GROUPS, WITH_CHAIN } from './chainTests.ts'
import { notRun } from './executedTests.ts'

helpIfAsked()
const plain = globSync('test/**/*.test.ts')
  .filter((path) => !WITH_CHAIN.includes(path.split(/[/\\]/)[1]!))
  .toSorted()
const show = (text: string): void => void process.stdout.write(text)
const printed: string[] = []
const held: string[] = []
// The step whose lines are shown as they come. Those of later ones wait for their turn.
let turn = 0
const nextTurn = (): void => show(held[++turn] ?? '')
const inTurn = (step: number) => (text: string) =>
  void (step === turn ? show(text) : (held[step] = (held[step] ?? '') + text))
const ofSources = run('node', ['tools/check.ts', '--sources'], inTurn(1))
const ready = [await run('node', ['scripts/setup.mjs', 'test'], inTurn(0))]
nextTurn()
ready.push(await ofSources)
if (ready.some((code) => code !== 0)) process.exit(1)
nextTurn()
const ofPackages = run('node', ['tools/check.ts', 'published packages'], inTurn(3))
const checked = [await run('node', ['tools/check.ts', '--built'], inTurn(2))]
nextTurn()
checked.push(await ofPackages)
if (checked.some((code) => code !== 0)) process.exit(1)
nextTurn()
const ended: ((code: number) => void)[] = []
const chained = CHAIN_GROUPS.map((_, at) => new Promise<number>((resolve) => (ended[at] = resolve)))
let next = 0
const runChained = async (): Promise<void> => {
  for (let at = next++; at < CHAIN_GROUPS.length; at = next++) {
    ended[at]!(await run('node', ['tools/test-chain.ts', ...CHAIN_GROUPS[at]!], inTurn(6 + at)))
  }
}
void runChained()
const codes = [await run('mocha', plain, inTurn(4))]
nextTurn()
codes.push(await run('hardhat', ['test', 'solidity', '--no-compile'], inTurn(5)))
void runChained()
for (const code of chained) {
  nextTurn()
  codes.push(await code)
}
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
