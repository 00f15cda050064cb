/**
 * Fails when the committed `typechain-types/` are not what TypeChain makes of the contracts. Builds the contracts, which takes a
 * second when they are compiled, and reports each file that the build changes or that differs from the commit.
 * Usage: node tools/check-typechain.ts
 */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { withoutMetadataHash } from '../scripts/metadata.ts'

const root = join(import.meta.dirname, '..')
const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` }

const before = readTypes()
const { status, stderr } = spawnSync('hardhat', ['build', '--no-tests', '--quiet'], {
  cwd: root,
  env,
  encoding: 'utf8',
})
if (status === 0) {
  const after = readTypes()
  const uncommitted = git('status', '--porcelain', '--', 'typechain-types')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [line.slice(3)]))
    .filter((path) => isStale(path, git('show', `HEAD:${path}`), after.get(path)))
  const written = [...new Set([...before.keys(), ...after.keys()])].filter((path) =>
    isStale(path, before.get(path), after.get(path)),
  )
  const stale = [...new Set([...uncommitted, ...written])].toSorted()
  if (stale.length > 0) {
    console.log(`typechain-types is stale:\n${stale.join('\n')}`)
    process.exitCode = 1
  }
} else {
  console.log(`hardhat build failed.\n${stderr}`)
  process.exitCode = 1
}

/** Whether a file differs in more than the hash of OpenZeppelin's metadata. */
function isStale(path: string, before = '', after = ''): boolean {
  return path.includes('/@openzeppelin/')
    ? withoutMetadataHash(before) !== withoutMetadataHash(after)
    : before !== after
}

function git(...args: readonly string[]): string {
  return spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout
}

function readTypes(): Map<string, string> {
  const paths = globSync('typechain-types/**/*.ts', { cwd: root })
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}
