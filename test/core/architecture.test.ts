import { globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

import { expect } from 'chai'

const root = join(import.meta.dirname, '../..')

type Rule = { folders: string[]; packages: string[]; node: boolean }

/** Which folders of `src` a folder may import, which packages, and whether Node's own modules. */
const TABLE: Record<string, Rule> = {
  core: { folders: [], packages: ['@noble/hashes'], node: false },
  abi: { folders: [], packages: [], node: false },
  documents: { folders: ['core'], packages: [], node: false },
  bundle: { folders: ['core', 'documents'], packages: ['@noble/hashes'], node: false },
  query: { folders: ['core'], packages: [], node: false },
  map: { folders: ['core'], packages: [], node: false },
  interop: {
    folders: ['core', 'documents'],
    packages: ['yaml', '@noble/hashes', 'spdx-expression-parse'],
    node: false,
  },
  console: { folders: ['core', 'deployments'], packages: ['commander', 'cli-progress', 'ethers'], node: true },
  verify: { folders: ['core', 'interop', 'documents'], packages: [], node: false },
  artifacts: { folders: ['core', 'documents', 'interop'], packages: [], node: true },
  subjects: { folders: ['core', 'documents', 'interop', 'artifacts'], packages: ['modern-tar'], node: true },
  scan: {
    folders: ['core', 'documents', 'interop', 'artifacts', 'verify', 'fingerprint'],
    packages: ['yaml', '@huggingface/jinja'],
    node: true,
  },
  signing: {
    folders: ['core', 'interop'],
    packages: ['@sigstore/bundle', '@sigstore/protobuf-specs', '@sigstore/verify'],
    node: true,
  },
  audit: { folders: ['core', 'documents'], packages: [], node: true },
  deployments: { folders: ['core', 'documents'], packages: [], node: true },
  fingerprint: { folders: ['core', 'documents', 'interop'], packages: ['@noble/hashes'], node: false },
  sdk: { folders: ['core', 'abi', 'documents', 'interop', 'verify', 'query'], packages: ['ethers'], node: false },
  viem: { folders: ['core', 'sdk'], packages: ['ethers', 'viem'], node: false },
  guard: {
    folders: ['core', 'documents', 'artifacts', 'subjects', 'verify', 'audit', 'deployments', 'sdk'],
    packages: ['ethers'],
    node: true,
  },
  cli: {
    folders: [
      'core',
      'abi',
      'documents',
      'query',
      'map',
      'interop',
      'console',
      'verify',
      'artifacts',
      'subjects',
      'scan',
      'audit',
      'deployments',
      'sdk',
      'bundle',
      'guard',
      'fingerprint',
      'signing',
    ],
    packages: ['commander', 'ethers'],
    node: true,
  },
  action: { folders: ['core', 'interop', 'console', 'verify', 'cli'], packages: [], node: true },
}

/** Parts of `src/scan` that may import Node's modules: what runs the scanners, what inflates for them in their processes, and what reads sketches. */
const READS_FILES = /^src\/scan\/(run\/|serialisation\/containers\/inflate|lineage\/(listSketches|sketchFile)\.)/

/** Folders of `packages/server/src`: which others of them a folder may import, which entry points of `stemma`, and which packages. */
const SERVER: Record<string, Rule> = {
  indexer: {
    folders: ['stemma/core', 'stemma/abi'],
    packages: ['@noble/hashes', 'hash-wasm', 'pg', 'pg-copy-streams', 'prom-client'],
    node: true,
  },
  listening: { folders: ['stemma/core'], packages: [], node: true },
  api: {
    folders: [
      'indexer',
      'listening',
      'stemma/core',
      'stemma/documents',
      'stemma/interop',
      'stemma/map',
      'stemma/verify',
      'stemma/query',
    ],
    packages: [
      '@dagrejs/dagre',
      'graphql',
      'graphql-yoga',
      '@graphql-yoga/plugin-persisted-operations',
      'dataloader',
      'fresh',
      'lru-cache',
      'negotiator',
      'prom-client',
    ],
    node: true,
  },
  gateway: {
    folders: [
      'indexer',
      'listening',
      'stemma/artifacts',
      'stemma/core',
      'stemma/audit',
      'stemma/deployments',
      'stemma/documents',
      'stemma/sdk',
      'stemma/verify',
    ],
    packages: ['ethers', 'pg', 'prom-client', 'undici'],
    node: true,
  },
  scanner: {
    folders: [
      'gateway',
      'stemma/artifacts',
      'stemma/audit',
      'stemma/core',
      'stemma/scan',
      'stemma/sdk',
      'stemma/subjects',
    ],
    packages: ['ethers', 'undici'],
    node: true,
  },
  cli: {
    folders: [
      'indexer',
      'api',
      'gateway',
      'scanner',
      'stemma/core',
      'stemma/audit',
      'stemma/console',
      'stemma/deployments',
      'stemma/sdk',
    ],
    packages: ['commander'],
    node: true,
  },
}

/** What `packages/explorer/src` may import. */
const EXPLORER: Rule = {
  folders: [
    'stemma/abi',
    'stemma/bundle',
    'stemma/core',
    'stemma/documents',
    'stemma/interop',
    'stemma/map',
    'stemma/query',
    'stemma/sdk',
    'stemma/verify',
  ],
  packages: [
    '@dagrejs/dagre',
    '@tanstack/react-query',
    '@tanstack/react-router',
    'd3-selection',
    'd3-zoom',
    'ethers',
    'hash-wasm',
    'react',
    'react-dom',
    'yaml',
  ],
  node: false,
}

describe('architecture', function () {
  for (const path of filesOf('src/*/**/*.ts')) {
    it(`${path} imports only what its folder may`, function () {
      const rule = TABLE[path.split('/')[1]!]
      expect(rule, `src/${path.split('/')[1]} is not in the table`).to.not.equal(undefined)
      for (const { specifier, typeOnly } of importsOf(path)) {
        expect(allowed(path, specifier, typeOnly), `${path} imports ${specifier}`).to.equal(true)
      }
    })
  }

  for (const path of filesOf('packages/server/src/*/**/*.ts')) {
    it(`${path} imports only what its folder may`, function () {
      for (const { specifier } of importsOf(path)) {
        expect(allowedInServer(path, specifier), `${path} imports ${specifier}`).to.equal(true)
      }
    })
  }

  for (const path of filesOf('packages/explorer/src/**/*.{ts,tsx}')) {
    it(`${path} imports only what the explorer may`, function () {
      for (const { specifier } of importsOf(path)) {
        expect(allowedInExplorer(path, specifier), `${path} imports ${specifier}`).to.equal(true)
      }
    })
  }

  it('sees statements over several lines, re-exports, types, and what is imported when it is used', function () {
    const text = `import 'a'
import type { B } from 'b'
import {
  c,
} from 'c'
export * from 'd'
const load = () => import('e').then(({ e }) => e)
let f: typeof import('f')
`
    const found = importsIn(text)
    expect(found.map(({ specifier }) => specifier)).to.deep.equal(['a', 'b', 'c', 'd', 'e', 'f'])
    expect(found.filter(({ typeOnly }) => typeOnly).map(({ specifier }) => specifier)).to.deep.equal(['b', 'f'])
  })

  it('has no circle of files', function () {
    const paths = filesOf('{src,packages/{server,explorer}/src}/**/*.{ts,tsx}')
    const imports = new Map(paths.map((path) => [path, filesImportedBy(path)]))
    expect(circleIn(imports)).to.equal(undefined)
    const planted = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['b']],
    ])
    expect(circleIn(planted)).to.deep.equal(['b', 'c', 'b'])
  })

  it('is what docs/architecture.md says', function () {
    const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
    const rows = [...page.matchAll(/^\| `([^|`]*)` +\| ([^|]*?) +\| ([^|]*?) +\|$/gm)].map(
      ([, name, what, imports]) => {
        const others = imports!
          .split(', ')
          .filter((other) => other in TABLE || other in SERVER || other.startsWith('stemma/'))
        return [name!, { folders: others, node: what!.endsWith('(Node)') }] as const
      },
    )
    const ofServer = Object.entries(SERVER).map(([name, rule]) => [`server/${name}`, rule] as const)
    const table = [...Object.entries(TABLE), ...ofServer, ['explorer', EXPLORER] as const].map(
      ([name, { folders, node }]) => [name, { folders, node }],
    )
    expect(Object.fromEntries(rows)).to.deep.equal(Object.fromEntries(table))
  })

  it('refuses what the table does not allow', function () {
    expect(allowed('src/core/hex.ts', 'ethers', false)).to.equal(false)
    expect(allowed('src/sdk/connect.ts', 'node:fs', false)).to.equal(false)
    expect(allowed('src/scan/scanContents.ts', 'node:fs', false)).to.equal(false)
    expect(allowed('src/verify/verify.ts', '../sdk/connect.ts', false)).to.equal(false)
    expect(allowed('src/sdk/connect.ts', '../../typechain-types/index.ts', false)).to.equal(false)
    expect(allowed('src/core/hex.ts', '../../packages/server/src/index.ts', false)).to.equal(false)
    expect(allowedInServer('packages/server/src/indexer/hash.ts', '../api/api.ts')).to.equal(false)
    expect(allowedInServer('packages/server/src/indexer/hash.ts', 'stemma/sdk')).to.equal(false)
    expect(allowedInServer('packages/server/src/indexer/hash.ts', '../../../../src/core/hex.ts')).to.equal(false)
    expect(allowedInExplorer('packages/explorer/src/router.tsx', 'node:fs')).to.equal(false)
    expect(allowedInExplorer('packages/explorer/src/router.tsx', 'stemma/artifacts')).to.equal(false)
    expect(allowedInExplorer('packages/explorer/src/router.tsx', '../../server/src/api/api.ts')).to.equal(false)
  })
})

/** Paths from the root that match a pattern, with slashes on Windows too. */
function filesOf(pattern: string): string[] {
  return globSync(pattern, { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .toSorted()
}

/** The path from the root to what a relative specifier in a file names. */
function targetOf(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier)
}

type Import = { specifier: string; typeOnly: boolean }

function importsOf(path: string): Import[] {
  return importsIn(readFileSync(join(root, path), 'utf8'))
}

/** The imports of a text: its statements, and the calls of `import()`, by which commands load. */
function importsIn(text: string): Import[] {
  const statements = text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'"]*?\sfrom\s+)?'([^']+)'/gm)
  const calls = text.matchAll(/\b(typeof\s+)?import\('([^']+)'\)/g)
  return [...statements, ...calls].map(([, type, specifier]) => ({
    specifier: specifier!,
    typeOnly: type !== undefined,
  }))
}

function allowed(path: string, specifier: string, typeOnly: boolean): boolean {
  const folder = path.split('/')[1]!
  const rule = TABLE[folder]!
  // What judges files is pure; only what runs it may read them.
  if (specifier.startsWith('node:')) return rule.node && (folder !== 'scan' || READS_FILES.test(path))
  if (!specifier.startsWith('.'))
    return rule.packages.some((name) => specifier === name || specifier.startsWith(`${name}/`))
  const target = targetOf(path, specifier)
  // TypeChain's factories carry bytecode, so only its types may be imported.
  if (target.startsWith('typechain-types/')) return typeOnly && folder === 'sdk'
  const other = target.split('/')[1]!
  return target.startsWith('src/') && (other === folder || rule.folders.includes(other))
}

function allowedInServer(path: string, specifier: string): boolean {
  const folder = path.split('/')[3]!
  const rule = SERVER[folder]!
  if (specifier.startsWith('node:')) return rule.node
  if (specifier.startsWith('stemma/')) return rule.folders.includes(specifier)
  if (!specifier.startsWith('.'))
    return rule.packages.some((name) => specifier === name || specifier.startsWith(`${name}/`))
  const target = targetOf(path, specifier)
  const other = target.split('/')[3]!
  return target.startsWith('packages/server/src/') && (other === folder || rule.folders.includes(other))
}

function allowedInExplorer(path: string, specifier: string): boolean {
  if (specifier.startsWith('node:')) return EXPLORER.node
  if (specifier.startsWith('stemma/')) return EXPLORER.folders.includes(specifier)
  if (specifier.startsWith('.')) return targetOf(path, specifier).startsWith('packages/explorer/src/')
  return EXPLORER.packages.some((name) => specifier === name || specifier.startsWith(`${name}/`))
}

/** The files that a file imports by relative paths, types apart, which are gone when it runs. */
function filesImportedBy(path: string): string[] {
  return importsOf(path)
    .filter(({ specifier, typeOnly }) => specifier.startsWith('.') && !typeOnly)
    .map(({ specifier }) => targetOf(path, specifier))
}

/** A path that leads from a file back to it; undefined when there is none. */
function circleIn(imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const next of imports.get(file) ?? []) {
      const circle = visit(next, [...path, file])
      if (circle) return circle
    }
    done.add(file)
    return undefined
  }
  for (const file of imports.keys()) {
    const circle = visit(file, [])
    if (circle) return circle
  }
  return undefined
}
