import { spawn, spawnSync } from 'node:child_process'
import { globSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { folderOf, root, type Mode } from './files.ts'

const CONFIG = 'tools/instrument/hardhat.config.ts'

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
  mkdirSync(folderOf(mode), { recursive: true })
  const log = join(folderOf(mode), 'build.log')
  const quiet = args[0] === 'build'
  const { status } = spawnSync('hardhat', ['--config', CONFIG, ...args], {
    cwd: root,
    env: environment(mode),
    stdio: quiet ? ['ignore', openSync(log, 'w'), openSync(log, 'a')] : 'inherit',
  })
  if (quiet && status !== 0) console.error(readFileSync(log, 'utf8'))
  return status ?? 1
}

/** The same, but ends it when it takes more than `limit` bytes of memory, and then gives nothing. */
export function hardhatWithin(
  limit: number,
  mode: Mode,
  args: readonly string[],
  more: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  const child = spawn('hardhat', ['--config', CONFIG, ...args], {
    cwd: root,
    env: { ...environment(mode), ...more },
    stdio: 'inherit',
  })
  return new Promise((resolve, reject) => {
    let isOver = false
    const watch = setInterval(() => {
      const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' })
      if (Number(stdout) * 1024 <= limit) return
      isOver = true
      child.kill('SIGKILL')
    }, 1000)
    child.once('error', (error) => {
      clearInterval(watch)
      reject(error)
    })
    child.once('exit', (code) => {
      clearInterval(watch)
      resolve(isOver ? undefined : (code ?? 1))
    })
  })
}

function environment(mode: Mode): NodeJS.ProcessEnv {
  return {
    ...process.env,
    STEMMA_INSTRUMENT: mode,
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
  }
}
