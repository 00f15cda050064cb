import { spawn, spawnSync } from 'node:child_process'
import { globSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { folderOf, root, type Mode } from './files.ts'

const CONFIG = 'tools/instrument/hardhat.config.ts'

/** Instruments and compiles the contracts, and the mocks that mocha tests deploy. Returns the exit code. */
export function buildInstrumented(mode: Mode): number {
  const sources = globSync(['contracts/**/*.sol', 'test/contracts/mocks/*.sol'], { cwd: root })
  const manager = 'npm:@openzeppelin/contracts/access/manager/AccessManager.sol'
  return hardhatOver(mode, ['build', '--quiet', ...sources, manager])
}

/**
 * Runs Hardhat over instrumented contracts and returns its exit code. A build prints nothing unless it fails, because
 * the compiler warns a lot about instrumented code.
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

/** Like {@link hardhatOver}, but kills the process when it uses more than `limit` bytes of memory, and then returns undefined. */
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
