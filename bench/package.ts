/**
 * Measures what a user gets: the tarballs, what `npm install` brings, and what a bundler makes of each entry point.
 * Usage: npm run bench:package [-- --json]
 *   --json   { packages: { name: { packed, unpacked, files, installed: { packages, bytes, onDisk } } }, entries: { entry: { initial, complete } },
 *            bundles: { name: { initial, complete, limit } } }; sizes in bytes, of entries and bundles gzipped and without ethers
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { readOptions } from '../scripts/options.ts'
import { BUNDLES, measureBundle, type BundleSize } from '../tools/bundles.ts'
import { packPackages, type Packed } from '../tools/packages.ts'

/** `bytes` of the files, and what they take `onDisk` by its blocks, as `du` counts. */
type Installed = { packages: number; bytes: number; onDisk: number }

const root = join(import.meta.dirname, '..')
/** Entry points that only Node can load. */
const OF_NODE = ['./artifacts', './audit', './console', './deployments']

const { values } = readOptions({ json: { type: 'boolean' } })
const folder = mkdtempSync(join(tmpdir(), 'stemma-bench-'))
try {
  const { stemma, server } = packPackages(folder)
  const packages = {
    [stemma.name]: { ...sizesOf(stemma), installed: install([stemma]) },
    [server.name]: { ...sizesOf(server), installed: install([stemma, server]) },
  }
  const entries: Record<string, BundleSize> = {}
  for (const entry of entryPoints()) {
    entries[entry] = await measureBundle(
      { from: entry.replace('.', 'stemma'), imports: [] },
      'default',
      OF_NODE.includes(entry) ? 'node' : 'browser',
    )
  }
  const bundles: Record<string, BundleSize & { limit: number }> = {}
  for (const bundle of BUNDLES) {
    bundles[bundle.name] = { ...(await measureBundle(bundle, 'default')), limit: bundle.limit }
  }
  if (values.json) console.log(JSON.stringify({ packages, entries, bundles }))
  else print(packages, entries, bundles)
} finally {
  rmSync(folder, { recursive: true })
}

function sizesOf({ packed, unpacked, files }: Packed) {
  return { packed, unpacked, files: files.length }
}

/** Installs tarballs in an empty project, and counts all that comes with them. */
function install(tarballs: readonly Packed[]): Installed {
  const project = mkdtempSync(join(folder, 'project-'))
  writeFileSync(join(project, 'package.json'), '{ "private": true }')
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
  const { status, stderr } = spawnSync('npm', ['install', ...options, ...tarballs.map(({ tarball }) => tarball)], {
    cwd: project,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`npm cannot install ${tarballs.map(({ name }) => name).join(' and ')}:\n${stderr}`)
  const modules = join(project, 'node_modules')
  const lock = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')) as { packages: object }
  const paths = Object.keys(lock.packages).filter((path) => existsSync(join(project, path)))
  const files = globSync('**/*', { cwd: modules }).map((path) => lstatSync(join(modules, path)))
  return {
    packages: paths.length,
    bytes: files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0),
    onDisk: files.reduce((sum, file) => sum + file.blocks * 512, 0),
  }
}

function entryPoints(): string[] {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: object }
  return Object.keys(exports).filter((entry) => !/[*]|\.json$/.test(entry))
}

function print(
  packages: Record<string, ReturnType<typeof sizesOf> & { installed: Installed }>,
  entries: Record<string, BundleSize>,
  bundles: Record<string, BundleSize & { limit: number }>,
): void {
  console.table(
    Object.fromEntries(
      Object.entries(packages).map(([name, { packed, unpacked, files, installed }]) => [
        name,
        {
          'packed kB': kB(packed),
          'unpacked kB': kB(unpacked),
          files,
          'packages installed': installed.packages,
          'MB installed': MB(installed.bytes),
          'MB on disk': MB(installed.onDisk),
        },
      ]),
    ),
  )
  const row = ({ initial, complete }: BundleSize) => ({ 'kB gz at first': kB(initial), 'kB gz in all': kB(complete) })
  console.table(
    Object.fromEntries(Object.entries(entries).map(([entry, size]) => [entry.replace('.', 'stemma'), row(size)])),
  )
  console.table(
    Object.fromEntries(
      Object.entries(bundles).map(([name, size]) => [name, { ...row(size), 'limit kB': kB(size.limit) }]),
    ),
  )
}

function MB(bytes: number): number {
  return Number((bytes / 1e6).toFixed(1))
}

function kB(bytes: number): number {
  return Number((bytes / 1000).toFixed(1))
}
