import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

import { expect } from 'chai'

const root = join(import.meta.dirname, '../..')

/** Which folders of `src` a folder may import, which packages, and whether Node's own modules. */
const TABLE: Record<string, { folders: string[]; packages: string[]; node: boolean }> = {
  core: { folders: [], packages: ['@noble/hashes'], node: false },
  abi: { folders: [], packages: [], node: false },
  interop: { folders: ['core'], packages: ['yaml', '@noble/hashes'], node: false },
  verify: { folders: ['core', 'interop'], packages: [], node: false },
  sdk: { folders: ['core', 'abi', 'interop', 'verify', 'query'], packages: ['ethers'], node: false },
  artifacts: { folders: ['core', 'interop'], packages: ['cli-progress'], node: true },
  audit: { folders: ['core'], packages: [], node: true },
  deployments: { folders: ['core'], packages: [], node: true },
  indexer: {
    folders: ['core', 'abi'],
    packages: ['@noble/hashes', 'hash-wasm', 'pg', 'pg-copy-streams', 'prom-client'],
    node: true,
  },
  query: { folders: ['core'], packages: [], node: false },
  server: {
    folders: ['core', 'interop', 'verify', 'query', 'indexer'],
    packages: [
      'graphql',
      'graphql-yoga',
      '@graphql-yoga/plugin-persisted-operations',
      '@whatwg-node/server',
      'dataloader',
      'lru-cache',
      'prom-client',
    ],
    node: true,
  },
  cli: {
    folders: [
      'core',
      'abi',
      'interop',
      'verify',
      'sdk',
      'artifacts',
      'audit',
      'deployments',
      'indexer',
      'query',
      'server',
    ],
    packages: ['commander', 'ethers'],
    node: true,
  },
}

describe('architecture', function () {
  for (const path of globSync('src/**/*.ts', { cwd: root }).toSorted()) {
    it(`${path} imports only what its folder may`, function () {
      const rule = TABLE[path.split('/')[1]!]
      expect(rule, `src/${path.split('/')[1]} is not in the table`).to.not.equal(undefined)
      for (const [, type, specifier] of importsOf(path)) {
        expect(allowed(path, specifier!, type !== undefined), `${path} imports ${specifier}`).to.equal(true)
      }
    })
  }

  it('is what docs/architecture.md says', function () {
    const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
    const rows = [...page.matchAll(/^\| (`[^|]*?) +\| ([^|]*?) +\| ([^|]*?) +\|$/gm)].flatMap(
      ([, names, what, imports]) =>
        names!.split(', ').map((name) => {
          const folders = imports!.split(', ').filter((other) => other in TABLE)
          return [name.slice(1, -1), { folders, node: what!.endsWith('(Node)') }] as const
        }),
    )
    const table = Object.entries(TABLE).map(([name, { folders, node }]) => [name, { folders, node }])
    expect(Object.fromEntries(rows)).to.deep.equal(Object.fromEntries(table))
  })

  it('refuses what the table does not allow', function () {
    expect(allowed('src/core/hex.ts', 'ethers', false)).to.equal(false)
    expect(allowed('src/sdk/connect.ts', 'node:fs', false)).to.equal(false)
    expect(allowed('src/verify/verify.ts', '../sdk/connect.ts', false)).to.equal(false)
    expect(allowed('src/sdk/connect.ts', '../../typechain-types/index.ts', false)).to.equal(false)
  })
})

function importsOf(path: string): RegExpMatchArray[] {
  const text = readFileSync(join(root, path), 'utf8')
  return [...text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'"]*?\sfrom\s+)?'([^']+)'/gm)]
}

function allowed(path: string, specifier: string, typeOnly: boolean): boolean {
  const folder = path.split('/')[1]!
  const rule = TABLE[folder]!
  if (specifier.startsWith('node:')) return rule.node
  if (!specifier.startsWith('.'))
    return rule.packages.some((name) => specifier === name || specifier.startsWith(`${name}/`))
  const target = relative(root, join(root, dirname(path), specifier))
  // TypeChain's factories carry bytecode, so only its types may be imported.
  if (target.startsWith('typechain-types/')) return typeOnly && folder === 'sdk'
  const other = target.split('/')[1]!
  return target.startsWith('src/') && (other === folder || rule.folders.includes(other))
}
