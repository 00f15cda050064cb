/**
 * Runs all of `npm test`, one step more at a time than there are cores, because a step waits now and then: the set-up beside what needs nothing that it builds,
 * then the tests that use what was built and the checks of it, those that take longest first. Prints one step after the other, in the
 * order of the list below, and at the end how long each took. Exits with 1 when a step fails, or when a test that docs/threat-model.md
 * names did not run and pass. What a step needs has to pass before it runs.
 * Usage: node tools/test.ts   (after `npm run setup -- install`)
 */
import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

import { helpIfAsked } from '../scripts/options.ts'
import { CHAIN_GROUPS, WITH_CHAIN } from './chainTests.ts'
import { notRun } from './executedTests.ts'

type Step = { command: readonly [program: string, ...args: string[]]; needs: readonly Step[] }

/** How many steps run at a time. More than four would need much memory. */
const AT_ONCE = Math.min(4, availableParallelism() + 1)
/** The folders of `test/` without a chain whose tests use what the set-up builds, or start programs that do. */
const WITH_BUILD = ['bench', 'package', 'scripts', 'tools']
/** Where Node keeps what it compiled and the JavaScript that it made of TypeScript, for programs and threads that start later. */
const COMPILED = join(import.meta.dirname, '../node_modules/.cache/compiled')

helpIfAsked()
const folderOf = (path: string): string => path.split(/[/\\]/)[1]!
const plain = globSync('test/**/*.test.ts')
  .filter((path) => !WITH_CHAIN.includes(folderOf(path)))
  .toSorted()
const grouped = CHAIN_GROUPS.flat().map((group) => `test/${group}/`)
const missed = globSync(`test/{${WITH_CHAIN.join(',')}}/**/*.test.ts`).filter(
  (path) => !grouped.some((group) => path.replaceAll('\\', '/').startsWith(group)),
)
if (missed.length > 0) throw new Error(`No group of tools/chainTests.ts has ${missed.join(', ')}.`)
const withBuild = plain.filter((path) => WITH_BUILD.includes(folderOf(path)))
const setup: Step = { command: ['node', 'scripts/setup.mjs', 'test'], needs: [] }
const steps: readonly Step[] = [
  setup,
  { command: ['node', 'tools/check.ts', '--sources'], needs: [] },
  { command: ['mocha', ...plain.filter((path) => !withBuild.includes(path))], needs: [] },
  ...CHAIN_GROUPS.map((group): Step => ({ command: ['node', 'tools/test-chain.ts', ...group], needs: [setup] })),
  { command: ['node', 'tools/check.ts', '--built'], needs: [setup] },
  { command: ['mocha', ...withBuild], needs: [setup] },
  { command: ['hardhat', 'test', 'solidity', '--no-compile'], needs: [setup] },
]

const show = (text: string): void => void process.stdout.write(text)
const output = steps.map(() => ({ printed: '', held: '' }))
// The step whose lines are shown as they come. Those of later ones wait for their turn.
let turn = 0
const codes = new Map<Step, number>()
const seconds = new Map<Step, number>()
const begun = new Set<Step>()

await new Promise<void>((resolve) => {
  const next = (): void => {
    for (const step of steps) {
      if (begun.size - codes.size === AT_ONCE) return
      if (begun.has(step) || !step.needs.every((each) => codes.get(each) === 0)) continue
      begun.add(step)
      void run(step).then((code) => {
        codes.set(step, code)
        while (turn < steps.length && codes.has(steps[turn]!)) show(output[++turn]?.held ?? '')
        next()
      })
    }
    if (begun.size === codes.size) resolve()
  }
  next()
})
// What was held behind a step that never ran.
for (const { held } of output.slice(turn + 1)) show(held)

const absent = notRun(readFileSync('docs/threat-model.md', 'utf8'), output.map(({ printed }) => printed).join('\n'))
if (absent.length > 0) {
  show('\ndocs/threat-model.md names tests that did not run and pass. Run them, or correct the page:\n')
  for (const { path, title } of absent) show(`  ${path}: ${title}\n`)
}
show('\n')
for (const step of steps) {
  const code = codes.get(step)
  const took = String(seconds.get(step) ?? '-').padStart(5)
  show(`${code === 0 ? 'ok     ' : code === undefined ? 'not run' : 'FAILED '} ${took} s  ${nameOf(step)}\n`)
}
process.exitCode = absent.length === 0 && steps.every((step) => codes.get(step) === 0) ? 0 : 1

/** The command of a step without its files. */
function nameOf({ command }: Step): string {
  return command.filter((word) => !word.endsWith('.test.ts')).join(' ')
}

/** Runs a step, shows what it prints in its turn, and returns its exit code; 1 when it does not start. */
function run(step: Step): Promise<number> {
  const at = steps.indexOf(step)
  const began = performance.now()
  const mine = output[at]!
  const print = (text: string): void => {
    if (at === turn) show(text)
    else mine.held += text
  }
  return new Promise((resolve) => {
    const [program, ...args] = step.command
    const child = spawn(program, args, {
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILED },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      mine.printed += text
      print(text)
    })
    child.stderr.setEncoding('utf8').on('data', print)
    child.once('error', (error) => {
      print(`${program}: ${error.message}\n`)
      resolve(1)
    })
    child.once('close', (code) => {
      seconds.set(step, Math.round((performance.now() - began) / 1000))
      // A signal that ends mocha's own process may leave exit code 0 and no summary.
      const isCut = code === 0 && program === 'mocha' && !/^ {2}\d+ passing/m.test(mine.printed)
      if (isCut) print('mocha ended before its summary: a test ended the process.\n')
      resolve(isCut ? 1 : (code ?? 1))
    })
  })
}
