/**
 * Publishes the packages whose versions the registry does not have, `stemma` first, and tags the versions for the release. The
 * tarballs are packed once and published as they are: `npm publish` in a folder packs the published manifest, but sends the
 * registry that of the checkout, whose `file:../..` nobody can install.
 * Usage: npm run release:publish
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { readOptions } from '../scripts/options.ts'
import { packPackages } from './packages.ts'

/** A tarball to publish. */
export type Publishable = { name: string; version: string; tarball: string }

/** Publishes the tarballs in their order, except for the versions that the registry has, and returns the ones that are new. */
export function publishTarballs(packages: readonly Publishable[], env: NodeJS.ProcessEnv = process.env): Publishable[] {
  const missing = packages.filter(({ name, version }) => !isPublished(`${name}@${version}`, env))
  for (const { name, version, tarball } of missing) {
    const { status } = spawnSync('npm', ['publish', tarball, '--access', 'public'], { env, stdio: ['ignore', 2, 2] })
    if (status !== 0) throw new Error(`npm cannot publish ${name}@${version}. Run again to continue.`)
  }
  return missing
}

/** Asks the registry. @throws when it does not answer, since a guess would publish or skip wrongly */
function isPublished(version: string, env: NodeJS.ProcessEnv): boolean {
  const { status, stdout, stderr } = spawnSync('npm', ['view', version, 'version', '--loglevel=error'], {
    encoding: 'utf8',
    env,
  })
  if (status === 0) return stdout.trim() !== ''
  if (stderr.includes('E404')) return false
  throw new Error(`npm cannot tell whether ${version} is published:\n${stderr}`)
}

if (import.meta.main) {
  readOptions({})
  const folder = mkdtempSync(join(tmpdir(), 'stemma-publish-'))
  try {
    const { stemma, server } = packPackages(folder)
    const published = publishTarballs([stemma, server])
    process.exitCode = spawnSync('changeset', ['git-tag'], { stdio: ['ignore', 2, 2] }).status ?? 1
    // changesets/action pushes the tags that these lines name, and writes a release for each.
    for (const { name, version } of published) console.log(`New tag: ${name}@${version}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
