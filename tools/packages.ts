/** The two published packages as tarballs, for the checks, the tests and the bench that look at what a user installs. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { buildPackages } from './build.ts'
import { readPublishedManifest } from './manifest.ts'

const checkout = join(import.meta.dirname, '..')

/** A packed package. */
export type Packed = {
  name: string
  version: string
  /** Path of the tarball. */
  tarball: string
  /** Folder with the files of the tarball. */
  folder: string
  /** In bytes. */
  packed: number
  /** In bytes. */
  unpacked: number
  files: readonly { path: string; size: number }[]
}

type Listing = {
  name: string
  version: string
  filename: string
  unpackedSize: number
  files: { path: string; size: number }[]
}

/** Builds `stemma`, `@stemma/server` and the explorer, then packs them as {@link packBuilt} does. */
export function packPackages(into: string, root = checkout): { stemma: Packed; server: Packed } {
  buildPackages(root)
  buildExplorer(root)
  return packBuilt(into, root)
}

/**
 * Packs both packages as `npm publish` would, from what `npm run setup` built; `@stemma/server` brings the explorer. The files are packed from a copy in the folder `into`, so
 * that the manifests of the checkout stay in place.
 */
export function packBuilt(into: string, root = checkout): { stemma: Packed; server: Packed } {
  const pages: Added = { from: join(root, 'packages/explorer/dist'), to: 'dist/explorer' }
  return {
    stemma: pack(root, join(into, 'stemma')),
    server: pack(join(root, 'packages/server'), join(into, 'server'), pages),
  }
}

function buildExplorer(root: string): void {
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const { status } = spawnSync(process.execPath, [vite, 'build', 'packages/explorer', '--logLevel', 'warn'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) throw new Error('The explorer does not build.')
}

/** A folder of another place that a package publishes, and where. */
type Added = { from: string; to: string }

function pack(source: string, folder: string, added?: Added): Packed {
  const [{ files }] = npmPack(source, ['--dry-run'])
  for (const { path } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    cpSync(join(source, path), join(folder, path))
  }
  if (added) cpSync(added.from, join(folder, added.to), { recursive: true })
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(readPublishedManifest(source), null, 2)}\n`)
  const [packed] = npmPack(folder, ['--pack-destination', dirname(folder)])
  const tarball = join(dirname(folder), packed.filename)
  return {
    name: packed.name,
    version: packed.version,
    tarball,
    folder,
    packed: statSync(tarball).size,
    unpacked: packed.unpackedSize,
    files: packed.files,
  }
}

function npmPack(folder: string, options: readonly string[]): [Listing] {
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--json', '--ignore-scripts', ...options], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  if (status !== 0) throw new Error(`npm cannot pack ${folder}:\n${stderr}`)
  return JSON.parse(stdout) as [Listing]
}
