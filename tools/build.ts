/**
 * Builds what the packages publish: `dist/` of `stemma`, then of `@stemma/server`, whose types come from the first.
 * Usage: node tools/build.ts
 */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const checkout = join(import.meta.dirname, '..')

/** Declarations carry the comments; the programs go without, which saves a sixth of the tarball. */
const PASSES = [['--emitDeclarationOnly'], ['--declaration', 'false', '--removeComments', '--noCheck']] as const

/** Builds both packages in a checkout. @throws when the compiler fails */
export function buildPackages(root = checkout): void {
  for (const folder of [root, join(root, 'packages/server')]) {
    rmSync(join(folder, 'dist'), { recursive: true, force: true })
    for (const pass of PASSES) compile(root, folder, pass)
    indentByTabs(join(folder, 'dist'))
  }
}

function compile(root: string, folder: string, options: readonly string[]): void {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [compiler, '-p', 'tsconfig.build.json', '--stripInternal', ...options],
    { cwd: folder, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`${folder} does not compile:\n${stdout}${stderr}`)
}

/** Indents declarations by a tab where the compiler takes four spaces: a fifth of the larger files is indentation. */
function indentByTabs(dist: string): void {
  for (const file of globSync('**/*.d.ts', { cwd: dist })) {
    const path = join(dist, file)
    const text = readFileSync(path, 'utf8')
    writeFileSync(
      path,
      text.replaceAll(/^(?: {4})+/gm, (spaces) => '\t'.repeat(spaces.length / 4)),
    )
  }
}

if (import.meta.main) buildPackages()
