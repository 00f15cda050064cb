/**
 * Runs the tests of the contracts and the SDK on anvil, a second client. Prints how many ran, and which cannot run
 * there. Each chain that a test asks for is a separate anvil (test/fixtures/chain.ts) that ends with the tests. Usage:
 * npm run test:anvil [-- FILE...] (test files; without, all of test/contracts and test/sdk)
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'

import { readOptions } from '../scripts/options.ts'

const root = join(import.meta.dirname, '..')

/** Test files that cannot run on anvil, each with the reason. docs/testing.md lists them too. */
const LEFT_OUT: ReadonlyMap<string, string> = new Map([
  ['test/sdk/registry/findModels.test.ts', 'mines 5,000 blocks without anything in them, which takes anvil minutes'],
  [
    'test/sdk/compliance/verifyModel.test.ts',
    'asks nodes that it starts itself, with limits that it sets: those are Hardhat’s',
  ],
  ['test/sdk/compliance/verifySources.test.ts', 'asks a node that plays the examples, which is Hardhat’s'],
])

const given = readOptions({}, true).positionals
const all = globSync('test/{contracts,sdk}/**/*.test.ts', { cwd: root }).toSorted()
for (const path of LEFT_OUT.keys()) {
  if (!all.includes(path)) throw new Error(`tools/test-anvil.ts leaves out ${path}, which is not a test file.`)
}
const files = given.length > 0 ? given : all.filter((path) => !LEFT_OUT.has(path))

const config = 'tools/anvil/hardhat.config.ts'
const tests = spawn('hardhat', ['--config', config, 'test', 'mocha', '--no-compile', ...files], {
  cwd: root,
  env: { ...process.env, STEMMA_CLIENT: 'anvil', PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` },
  stdio: ['ignore', 'pipe', 'inherit'],
  // In a process group of their own, so that no anvil is left over, however the tests end.
  detached: true,
})
let said = ''
tests.stdout.on('data', (data: Buffer) => {
  process.stdout.write(data)
  said = `${said}${data.toString()}`.slice(-100_000)
})
const end = () => {
  try {
    if (tests.pid !== undefined) process.kill(-tests.pid)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    end()
    process.exitCode = 1
  })
}
tests.once('error', (error) => {
  console.error(error.message)
  process.exitCode = 1
})
tests.once('exit', (code) => {
  end()
  const passed = Number(/(\d+) passing/.exec(said)?.[1] ?? 0)
  const failed = Number(/(\d+) failing/.exec(said)?.[1] ?? 0)
  console.log(`On anvil, ${passed + failed} tests of ${files.length} files ran: ${passed} passed, ${failed} failed.`)
  if (given.length === 0) for (const [path, reason] of LEFT_OUT) console.log(`Left out: ${path}, which ${reason}.`)
  process.exitCode = code === 0 && passed > 0 ? 0 : 1
})
