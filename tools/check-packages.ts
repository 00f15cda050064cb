/**
 * Checks the packages as npm publishes them: publint, `@arethetypeswrong/cli`, the sizes of tarballs and of declarations, files that
 * have no place in them, and the sizes of bundles. Prints what is wrong and exits with 1.
 * Usage: node tools/check-packages.ts [--built]   (`--built` packs what `npm run setup` built, and builds nothing)
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

import { readOptions } from '../scripts/options.ts'
import { BUNDLES, measureBundle } from './bundles.ts'
import { packBuilt, packPackages, type Packed } from './packages.ts'

/** Most bytes of `stemma`; `declaration` is the largest `.d.ts` of either package. */
const LIMITS = { packed: 1_400_000, unpacked: 5_300_000, declaration: 70_000 }
/** Files of a checkout that are of no use to a user. */
const UNWANTED = /typechain-types|docs\/reference|\.test\.|tsbuildinfo/

const root = join(import.meta.dirname, '..')

async function problems(pack: typeof packBuilt): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'stemma-packages-'))
  try {
    const { stemma, server } = pack(folder)
    return [
      ...exceeded('the tarball of stemma', stemma.packed, LIMITS.packed),
      ...exceeded('stemma unpacked', stemma.unpacked, LIMITS.unpacked),
      ...(await Promise.all([stemma, server].map(problemsOf))).flat(),
      ...(await Promise.all(BUNDLES.map(problemsOfBundle))).flat(),
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function problemsOf({ name, tarball, folder, files }: Packed): Promise<string[]> {
  const { messages, pkg } = await publint({ pkgDir: folder, strict: true })
  const declarations = files.filter(({ path }) => path.endsWith('.d.ts'))
  return [
    ...messages.map((message) => `publint about ${name}: ${formatMessage(message, pkg, { color: false })}`),
    ...typeProblems(name, tarball),
    ...declarations.flatMap(({ path, size }) => exceeded(`${name}/${path}`, size, LIMITS.declaration)),
    ...files.filter(({ path }) => UNWANTED.test(path)).map(({ path }) => `${name} publishes ${path}.`),
  ]
}

/** What `@arethetypeswrong/cli` finds. The packages are ESM alone, so CommonJS is left out. */
function typeProblems(name: string, tarball: string): string[] {
  const { status, stdout, stderr } = spawnSync(
    join(root, 'node_modules/.bin/attw'),
    [tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-color', '--no-emoji'],
    { encoding: 'utf8' },
  )
  return status === 0 ? [] : [`attw about ${name}:\n${stdout}${stderr}`]
}

async function problemsOfBundle(bundle: (typeof BUNDLES)[number]): Promise<string[]> {
  const { initial } = await measureBundle(bundle, 'default')
  return exceeded(`the bundle of ${bundle.name}, gzipped and without ethers,`, initial, bundle.limit)
}

function exceeded(what: string, size: number, limit: number): string[] {
  const number = new Intl.NumberFormat('en-US')
  return size <= limit ? [] : [`${what} has ${number.format(size)} bytes; the limit is ${number.format(limit)}.`]
}

const { values } = readOptions({ built: { type: 'boolean' } })
const found = await problems(values.built ? packBuilt : packPackages)
if (found.length > 0) {
  console.log(found.join('\n'))
  process.exitCode = 1
}
