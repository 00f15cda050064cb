/**
 * Runs the mocha tests that need a chain. They run separately, because Hardhat's matchers for chai change what
 * `.throw()` returns. If the process does not end after the tests because they left something open, it is killed and
 * the run fails. Usage: node tools/test-chain.ts [<folder of test/> ...] (all by default; after `hardhat build`)
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'

import { WITH_CHAIN } from './chainTests.ts'

/** How long the tests' process may continue after the summary, in milliseconds. */
const GRACE = 60_000

const named = process.argv.slice(2)
const folders = named.length > 0 ? named : WITH_CHAIN
const files = folders.flatMap((folder) => globSync(`test/${folder}/**/*.test.ts`)).toSorted()
const tests = spawn('hardhat', ['test', 'mocha', '--no-compile', ...files], { stdio: ['inherit', 'pipe', 'inherit'] })
let overdue: NodeJS.Timeout | undefined
let isDone = false
tests.stdout.on('data', (data: Buffer) => {
  process.stdout.write(data)
  if (!/^ {2}\d+ passing/m.test(data.toString())) return
  isDone = true
  overdue ??= setTimeout(() => {
    console.error('The tests are done, and their process does not end: something that they opened is still open.')
    tests.kill('SIGKILL')
  }, GRACE)
})
tests.once('error', (error) => {
  console.error(error.message)
  process.exitCode = 1
})
tests.once('exit', (code) => {
  clearTimeout(overdue)
  if (!isDone) console.error('The tests ended before their summary: one of them ended the process.')
  process.exitCode = isDone ? (code ?? 1) : 1
})
