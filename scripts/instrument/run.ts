import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { folderOf, root, type Mode } from './files.ts'

/** Instruments and compiles the contracts, and what mocha tests deploy beside them. Gives the exit code. */
export function buildInstrumented(mode: Mode): number {
  const sources = globSync(['contracts/**/*.sol', 'test/contracts/mocks/*.sol'], { cwd: root })
  const manager = 'npm:@openzeppelin/contracts/access/manager/AccessManager.sol'
  return hardhatOver(mode, ['build', '--quiet', ...sources, manager])
}

/**
 * Runs Hardhat over instrumented contracts and gives its exit code. A build says nothing, unless it fails: of instrumented code
 * the compiler warns a lot.
 */
export function hardhatOver(mode: Mode, args: readonly string[]): number {
  const env = {
    ...process.env,
    STEMMA_INSTRUMENT: mode,
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
  }
  mkdirSync(folderOf(mode), { recursive: true })
  const log = join(folderOf(mode), 'build.log')
  const quiet = args[0] === 'build'
  const { status } = spawnSync('hardhat', ['--config', 'scripts/instrument/hardhat.config.ts', ...args], {
    cwd: root,
    env,
    stdio: quiet ? ['ignore', openSync(log, 'w'), openSync(log, 'a')] : 'inherit',
  })
  if (quiet && status !== 0) console.error(readFileSync(log, 'utf8'))
  return status ?? 1
}
