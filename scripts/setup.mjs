/**
 * Makes a fresh checkout ready, on Node 20 or newer, and shows each step with its time. Skips a step when nothing that it depends on
 * has changed. npm runs it before the programs that need it.
 *
 * Usage: npm run setup -- [install | start | test]
 *   install   install the locked packages
 *   start   install them, build the explorer, and compile only when a contract differs from contract-json
 *   test    install them, compile all contracts and Solidity tests, and build all packages (the default)
 *
 * Plain JavaScript without packages, because it runs before they are there. Node 24's npm installs them: that of Node 20 skips
 * Hardhat's native package in silence. `node` is a development dependency, so that later programs find Node 24 first.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
const state = join(root, 'node_modules', '.stemma-setup')
const bin = join(root, 'node_modules', '.bin')
const lock = join(root, '.stemma', 'setup.lock')
/** How often another set-up is looked at, in milliseconds. */
const POLL = 500

if (process.argv.slice(2).some((argument) => ['--help', '-h'].includes(argument))) {
  const [, comment] = /^\/\*\*\n([^]*?)\n \*\//.exec(readFileSync(new URL(import.meta.url), 'utf8'))
  process.stdout.write(`${comment.replace(/^ \* ?/gm, '')}\n`)
  process.exit(0)
}
const [purpose = 'test', ...more] = process.argv.slice(2)
if (!['install', 'start', 'test'].includes(purpose) || more.length > 0) {
  report(
    `Invalid arguments "${process.argv.slice(2).join(' ')}": use install, start, test or nothing. Use --help for the usage.`,
  )
  process.exit(2)
}

try {
  takeLock()
  install()
  if (purpose === 'start') refreshContracts()
  else if (purpose === 'test') buildAll()
  if (purpose !== 'install') buildExplorer()
} catch (error) {
  if (!['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOSPC'].includes(error.code)) throw error
  report(`Cannot write ${error.path} (${error.code}). Make the checkout writable, or use a checkout of your own.`)
  process.exitCode = 2
}

function install() {
  step('install', 'installing the locked packages', ['package-lock.json'], join(root, 'node_modules/hardhat'), () => {
    // Not `npm ci`: it refuses a lockfile from which a registry's mirror left out native packages of other platforms.
    // `npm install --no-save` installs the versions of the lockfile and writes neither it nor package.json.
    run('npx', ['-y', '-p', 'node@24', 'npm', 'install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'])
  })
}

function refreshContracts() {
  const inputs = ['package-lock.json', 'contracts', 'contract-json']
  step('contract-json', 'checking contract-json', inputs, join(root, 'contract-json/inputs.json'), () => {
    run(join(bin, 'node'), ['tools/generate-contracts.ts', '--if-changed'])
  })
}

function buildAll() {
  const contracts = ['package-lock.json', 'hardhat.config.ts', 'contracts', 'test/contracts', 'test/proofs']
  step('contracts', 'compiling the contracts', contracts, join(root, 'artifacts/contracts'), () => {
    run(join(bin, 'hardhat'), ['build', '--quiet'])
  })
  const sources = [
    'package-lock.json',
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'src',
    'typechain-types',
  ]
  const server = ['packages/server/package.json', 'packages/server/tsconfig.build.json', 'packages/server/src']
  const inputs = [...sources, ...server, 'tools/build.ts']
  step('dist', 'building dist/ of both packages', inputs, join(root, 'packages/server/dist'), () => {
    run(join(bin, 'node'), ['tools/build.ts'])
  })
}

function buildExplorer() {
  const ours = ['index.html', 'package.json', 'public', 'src', 'vite.config.ts'].map(
    (name) => `packages/explorer/${name}`,
  )
  const inputs = ['package-lock.json', 'package.json', 'licenses', 'src', ...ours]
  step('explorer', 'building the explorer', inputs, join(root, 'packages/explorer/dist/index.html'), () => {
    run(join(bin, 'vite'), ['build', 'packages/explorer', '--logLevel', 'warn'])
  })
}

/** Runs `action` unless it ran before on the same inputs and its product is there. The inputs are read again afterwards. */
function step(name, what, inputs, product, action) {
  const file = join(state, name)
  if (existsSync(product) && existsSync(file) && readFileSync(file, 'utf8') === digestOf(inputs)) return
  report(`Set-up: ${what} …`)
  const start = Date.now()
  action()
  mkdirSync(state, { recursive: true })
  writeFileSync(file, digestOf(inputs))
  report(`Set-up: ${what}: ${((Date.now() - start) / 1000).toFixed(1)} s`)
}

function digestOf(inputs) {
  const digest = createHash('sha256')
  for (const input of inputs) hash(digest, join(root, input))
  return digest.digest('hex')
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

/** Waits until no other set-up works in this checkout, and keeps others out until this process ends. */
function takeLock() {
  mkdirSync(join(root, '.stemma'), { recursive: true })
  let waits = false
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      process.once('exit', () => rmSync(lock, { force: true }))
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const pid = holder()
    if (pid === undefined) rmSync(lock, { force: true })
    else {
      if (!waits) report(`Set-up: waiting for process ${pid}, which sets up this checkout …`)
      waits = true
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL)
    }
  }
}

/** The running process that set the lock; undefined when it ended. */
function holder() {
  try {
    const pid = Number(readFileSync(lock, 'utf8'))
    // A file that was just made may still be empty.
    if (!(pid > 0)) return Date.now() - statSync(lock).mtimeMs < 5000 ? 0 : undefined
    process.kill(pid, 0)
    return pid
  } catch (error) {
    return error.code === 'EPERM' ? 0 : undefined
  }
}

function run(command, args) {
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` }
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 2, 2] })
  if (error || status !== 0) {
    report(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ` with exit code ${status}`}.`)
    process.exit(1)
  }
}

function report(text) {
  process.stderr.write(`${text}\n`)
}
