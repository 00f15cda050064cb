/**
 * Makes what the GitHub Action and the hooks of pre-commit run: `dist/action/index.js`, which holds the whole of `stemma` with what it
 * imports, and `dist/action/stemma.js`, its command. Neither is committed: tools/tag-action.ts adds them to the tag of a version.
 * Usage: node tools/bundle-action.ts
 */
import { chmodSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { build, type Metafile, type Plugin } from 'esbuild'

import { readOptions } from '../scripts/options.ts'

const root = join(import.meta.dirname, '..')

/** Where the files are, below the root of the checkout or of the tree of a tag. */
export const ACTION_FOLDER = 'dist/action'

const COMMAND = `#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    'stemma needs Node 22.18 or newer, and this is Node ' + process.versions.node + '. Install a newer Node, ' +
      'or have pre-commit do it by "language_version: 24.11.1" in .pre-commit-config.yaml.\\n',
  )
  process.exitCode = 2
} else {
  const { runStemma } = await import('./index.js')
  await runStemma()
}
`

/** What the packages in CommonJS call, which a module does not have. */
const BANNER = `import { createRequire as createRequireOfBundle } from 'node:module'
const require = createRequireOfBundle(import.meta.url)`

/** Writes the bundle, its command, and the licenses of what it holds to {@link ACTION_FOLDER} below a folder. */
export async function bundleAction(folder = root): Promise<void> {
  const target = join(folder, ACTION_FOLDER)
  const { outputFiles, metafile } = await build({
    entryPoints: [join(root, 'src/action/main.ts')],
    outfile: join(target, 'index.js'),
    absWorkingDir: root,
    plugins: [withHashWorker],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    charset: 'utf8',
    // Who audits the Action reads this file, so names and lines stay. The licenses are in a file of their own.
    legalComments: 'none',
    banner: { js: BANNER },
    write: false,
    metafile: true,
    logLevel: 'error',
  })
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  writeFileSync(join(target, 'index.js'), outputFiles[0]!.contents)
  writeFileSync(join(target, 'stemma.js'), COMMAND)
  chmodSync(join(target, 'stemma.js'), 0o755)
  writeFileSync(join(target, 'LICENSES.txt'), licensesOf(metafile))
}

/** Puts the code of a hashing thread into the bundle, as the URL that the thread starts from. */
const withHashWorker: Plugin = {
  name: 'hash worker',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]hashWorkerUrl\.ts$/ }, async () => {
      const { outputFiles } = await build({
        entryPoints: [join(root, 'src/artifacts/hashWorker.ts')],
        bundle: true,
        minify: true,
        format: 'esm',
        platform: 'node',
        target: 'node22',
        write: false,
        logLevel: 'error',
      })
      const url = `data:text/javascript;base64,${Buffer.from(outputFiles[0]!.contents).toString('base64')}`
      return { contents: `export const hashWorkerUrl = () => new URL(${JSON.stringify(url)})`, loader: 'js' }
    })
  },
}

/** The licenses of the packages that a bundle holds: their texts, and where a package has none, what it states. */
function licensesOf({ inputs }: Metafile): string {
  const folders = Object.keys(inputs).flatMap(
    (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path.replaceAll('\\', '/'))?.[0] ?? [],
  )
  return [...new Set(folders)]
    .toSorted()
    .map((folder) => {
      const stated = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Record<string, unknown>
      const { name, version, license, author, repository } = stated
      // Some packages have the licenses of others beside their own.
      const files = globSync('{LICENSE,LICENCE,license}*', { cwd: join(root, folder) }).toSorted()
      const texts = files.map((file) => readFileSync(join(root, folder, file), 'utf8').trim())
      const source = [`Author: ${inWords(author)}`, `Source: ${inWords(repository)}`]
      return [`${name} ${version} (${license})`, ...(texts.length > 0 ? texts : source)].join('\n\n')
    })
    .join(`\n\n${'-'.repeat(40)}\n\n`)
    .concat('\n')
}

/** A person or a repository of a manifest, which is a text or an object. */
function inWords(value: unknown): string {
  if (typeof value === 'string') return value
  const { name, url } = (value ?? {}) as { name?: string; url?: string }
  return [name, url].filter((each) => each !== undefined).join(', ') || 'not stated'
}

if (import.meta.main) {
  readOptions({})
  await bundleAction()
}
