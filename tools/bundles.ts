/** What a user's bundler makes of imports of this package: the bytes that the browser downloads, compressed. */
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { build, type Plugin } from 'esbuild'

const root = join(import.meta.dirname, '..')

/** A bundle that is measured: what a page imports, from which entry point, and how large it may be. */
export type Bundle = {
  name: string
  from: string
  imports: readonly string[]
  /** Most bytes at first load, gzipped and without ethers. */
  limit: number
}

/** The bundles with a limit. A limit moves only with a table of the sizes before and after. */
export const BUNDLES: readonly Bundle[] = [
  { name: 'connect + verifyModel', from: 'stemma', imports: ['connect', 'verifyModel'], limit: 44_300 },
  { name: 'registerModel', from: 'stemma', imports: ['registerModel'], limit: 10_200 },
  { name: 'bundle reader', from: 'stemma/bundle', imports: ['parseBundleFile', 'openBundle'], limit: 14_100 },
  { name: 'query client', from: 'stemma/query', imports: ['createQueryClient'], limit: 7_000 },
]

/** Sizes in bytes, gzipped: what loads at first, and with all that loads on demand. */
export type BundleSize = { initial: number; complete: number }

/**
 * Bundles some imports of an entry point as a page would (minified, split, ethers left out), and measures them; the whole
 * entry point when `imports` is empty.
 *
 * @param condition `source` reads the sources of this checkout, `default` what `npm run build` made of them
 */
export async function measureBundle(
  { from, imports }: Pick<Bundle, 'from' | 'imports'>,
  condition: 'source' | 'default' = 'source',
  platform: 'browser' | 'node' = 'browser',
): Promise<BundleSize> {
  const names = imports.length > 0 ? `{ ${imports.join(', ')} }` : '*'
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export ${names} from '${from}'`, resolveDir: root },
    outdir: join(root, 'dist/bundles'),
    absWorkingDir: root,
    plugins: [withoutEthers],
    conditions: [condition],
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    target: 'es2023',
    platform,
    write: false,
    metafile: true,
    logLevel: 'silent',
  })
  const sizes = new Map(outputFiles.map(({ path, contents }) => [path, gzipSync(contents, { level: 9 }).length]))
  const entry = Object.keys(metafile.outputs).find((path) => metafile.outputs[path]!.entryPoint === '<stdin>')!
  const load = (path: string, loaded: Set<string>, onDemand: boolean): Set<string> => {
    if (loaded.has(path)) return loaded
    loaded.add(path)
    for (const { path: next, kind, external } of metafile.outputs[path]!.imports) {
      if (!external && (onDemand || kind === 'import-statement')) load(next, loaded, onDemand)
    }
    return loaded
  }
  const sum = (paths: Iterable<string>): number =>
    [...paths].reduce((total, path) => total + sizes.get(join(root, path))!, 0)
  return { initial: sum(load(entry, new Set(), false)), complete: sum(load(entry, new Set(), true)) }
}

const withoutEthers: Plugin = {
  name: 'without ethers',
  setup({ onResolve }) {
    onResolve({ filter: /^ethers(\/|$)/ }, ({ path }) => ({ path, external: true }))
  },
}
