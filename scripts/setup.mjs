/**
 * Gets a fresh checkout ready, on Node 20 or newer: installs the locked packages, compiles the contracts, builds `dist/`.
 * Each step is left out when nothing that it depends on has changed. Run by npm before `start` and `test`.
 *
 * Plain JavaScript without packages, because it runs before any is there. Packages are installed by Node 24's npm: that of
 * Node 20 skips Hardhat's native package in silence. `node` is a development dependency, so what npm runs afterwards finds
 * Node 24 first.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
const state = join(root, 'node_modules', '.stemma-setup')
const bin = join(root, 'node_modules', '.bin')

step('install', ['package-lock.json'], join(root, 'node_modules/hardhat'), () => {
  say('Installing the locked packages …')
  // Not `npm ci`: it refuses a lockfile from which a registry's mirror left out native packages of other platforms.
  // `npm install --no-save` installs the versions of the lockfile and writes neither it nor package.json.
  run('npx', ['-y', '-p', 'node@24', 'npm', 'install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'])
})
step(
  'contracts',
  ['package-lock.json', 'hardhat.config.ts', 'contracts', 'test/contracts'],
  join(root, 'artifacts/contracts'),
  () => {
    say('Compiling the contracts …')
    run(join(bin, 'hardhat'), ['build', '--quiet'])
  },
)
step(
  'dist',
  ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'src', 'typechain-types'],
  join(root, 'dist/src/sdk'),
  () => {
    say('Building dist/ …')
    run(join(bin, 'tsc'), ['-p', 'tsconfig.build.json'])
  },
)

/** Runs `action` unless it ran before on the same inputs and its product is there. */
function step(name, inputs, product, action) {
  const digest = createHash('sha256')
  for (const input of inputs) hash(digest, join(root, input))
  const expected = digest.digest('hex')
  const file = join(state, name)
  if (existsSync(product) && existsSync(file) && readFileSync(file, 'utf8') === expected) return
  action()
  mkdirSync(state, { recursive: true })
  writeFileSync(file, expected)
}

function hash(digest, path) {
  if (statSync(path).isDirectory()) {
    for (const name of readdirSync(path).sort()) hash(digest, join(path, name))
  } else {
    digest
      .update(`${path.slice(root.length)}\0`)
      .update(readFileSync(path))
      .update('\0')
  }
}

function run(command, args) {
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` }
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 2, 2] })
  if (error || status !== 0) {
    say(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ` with exit code ${status}`}.`)
    process.exit(1)
  }
}

function say(text) {
  process.stderr.write(`${text}\n`)
}
