/**
 * Writes the `package.json` that a package publishes in place of the checkout's, and puts the checkout's back. npm runs it before and
 * after it packs the package in the current folder.
 * Usage: node tools/manifest.ts pack|unpack
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { exitForUsage, readOptions } from '../scripts/options.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
/** What this program reads of a `package.json`. */
export type PackageManifest = {
  name: string
  version: string
  exports: Json
  dependencies?: Record<string, string>
  [field: string]: unknown
}

/** Fields that are of use in a checkout alone. */
const OF_CHECKOUT = ['devDependencies', 'scripts', 'workspaces', 'allowScripts']

/**
 * Turns a checkout's manifest into the published one: exports without the condition `source`, whose files are not published,
 * and a version where a dependency names the folder of another package.
 *
 * @param versionOf finds the version of the package in a folder that a dependency names
 */
export function publishedManifest(manifest: PackageManifest, versionOf: (folder: string) => string): PackageManifest {
  const kept = Object.entries(manifest).filter(([field]) => !OF_CHECKOUT.includes(field))
  const dependencies = Object.entries(manifest.dependencies ?? {}).map(([name, wanted]) => [
    name,
    wanted.startsWith('file:') ? versionOf(wanted.slice('file:'.length)) : wanted,
  ])
  return {
    ...(Object.fromEntries(kept) as PackageManifest),
    exports: withoutSource(manifest.exports),
    dependencies: Object.fromEntries(dependencies) as Record<string, string>,
  }
}

/** Reads the manifest that the package in a folder publishes. */
export function readPublishedManifest(folder: string): PackageManifest {
  return publishedManifest(readManifest(folder), (other) => readManifest(join(folder, other)).version)
}

/** Reads the `package.json` of a folder, or the one of the checkout when the published one is in its place. */
function readManifest(folder: string): PackageManifest {
  const [path, kept] = pathsIn(folder)
  return JSON.parse(readFileSync(existsSync(kept) ? kept : path, 'utf8')) as PackageManifest
}

function withoutSource(value: Json): Json {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  const kept = Object.entries(value).filter(([condition]) => condition !== 'source')
  return Object.fromEntries(kept.map(([condition, target]) => [condition, withoutSource(target)]))
}

function pathsIn(folder: string): [manifest: string, checkout: string] {
  return [join(folder, 'package.json'), join(folder, 'package.json.checkout')]
}

function pack(folder: string): void {
  const [path, kept] = pathsIn(folder)
  const published = readPublishedManifest(folder)
  if (!existsSync(kept)) renameSync(path, kept)
  writeFileSync(path, `${JSON.stringify(published, null, 2)}\n`)
}

function unpack(folder: string): void {
  const [path, kept] = pathsIn(folder)
  if (existsSync(kept)) renameSync(kept, path)
}

if (import.meta.main) {
  const [command] = readOptions({}, true).positionals
  if (command === 'pack') pack(process.cwd())
  else if (command === 'unpack') unpack(process.cwd())
  else exitForUsage(`Invalid command "${command ?? ''}": use pack or unpack.`)
}
