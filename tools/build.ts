/**
 * Builds what the packages publish: `dist/` of `stemma`, then of `@stemma/server`, whose types come from the first. The check `types`
 * checks the types of all sources, so they are not checked here, which would take twice as long.
 * Usage: node tools/build.ts
 */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { transformSync } from 'esbuild'

const checkout = join(import.meta.dirname, '..')

/** Builds both packages in a checkout. @throws when the compiler fails */
export function buildPackages(root = checkout): void {
  for (const folder of [root, join(root, 'packages/server')]) {
    const dist = join(folder, 'dist')
    rmSync(dist, { recursive: true, force: true })
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [compiler, '-p', 'tsconfig.build.json', '--noCheck'],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    )
    if (status !== 0) throw new Error(`${folder} does not compile:\n${stdout}${stderr}`)
    rewrite(dist, '**/*.d.ts', namePackage)
    dropUnreachable(folder)
    rewrite(dist, '**/*.d.ts', indentByTabs)
    rewrite(dist, '**/*.js', withoutComments)
  }
}

/** Names an entry point of `stemma` where the compiler infers a path into the checkout, which a user does not have. */
function namePackage(text: string): string {
  return text.replaceAll(/(["'])(?:\.\.\/)+dist\/src\/(\w+)\/[^"']+\1/g, '$1stemma/$2$1')
}

/** Drops the declarations that no entry point of a package leads to: nobody can import what they declare. */
function dropUnreachable(folder: string): void {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { exports: object }
  const reached = new Set<string>()
  const reach = (path: string): void => {
    if (reached.has(path)) return
    reached.add(path)
    const imports = readFileSync(path, 'utf8').matchAll(/(?:from |import\()['"](\.[^'"]+)\.[jt]s['"]/g)
    for (const [, imported] of imports) reach(join(dirname(path), `${imported}.d.ts`))
  }
  for (const [, entry] of JSON.stringify(exports).matchAll(/"types":"([^"]+)"/g)) reach(join(folder, entry!))
  for (const file of globSync('dist/**/*.d.ts', { cwd: folder })) {
    if (!reached.has(join(folder, file))) rmSync(join(folder, file))
  }
}

function rewrite(dist: string, pattern: string, change: (text: string) => string): void {
  for (const file of globSync(pattern, { cwd: dist })) {
    const path = join(dist, file)
    writeFileSync(path, change(readFileSync(path, 'utf8')))
  }
}

/** Indents declarations by a tab where the compiler takes four spaces: a fifth of the larger files is indentation. */
function indentByTabs(text: string): string {
  return text.replaceAll(/^(?: {4})+/gm, (spaces) => '\t'.repeat(spaces.length / 4))
}

/** Leaves comments to the declarations, and the names as they are, so that a stack trace can be read. */
function withoutComments(text: string): string {
  return transformSync(text, { charset: 'utf8', target: 'esnext' }).code
}

if (import.meta.main) buildPackages()
