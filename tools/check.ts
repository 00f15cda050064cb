/**
 * Runs the checks that need no test: types, lint, format, English, and the freshness of generated files. Prints how long each took and
 * what failed, and exits with 1. Expects compiled contracts (`npm run setup`).
 * Usage: node tools/check.ts [NAME]   (with a name, only that check; tools/check-faults.ts proves that each can fail)
 *   --sources   those that read only what no build writes
 *   --built     those that read what a build writes; that of the packages then takes what was built, where it builds otherwise
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { exitForUsage, readOptions } from '../scripts/options.ts'

type Check = readonly [what: string, command: string, remedy: string]

const root = join(import.meta.dirname, '..')
const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` }

/** Those that read only what no build writes. */
const OF_SOURCES: readonly Check[] = [
  [
    'lint of TypeScript',
    'oxlint --deny-warnings src packages scripts tools test bench examples ignition hardhat.config.ts',
    'fix what it names',
  ],
  ['lint of Solidity', "solhint --max-warnings 0 --noPoster 'contracts/**/*.sol'", 'fix what it names'],
  ['format', 'oxfmt --check .', 'npm run format'],
  ['format of Solidity', "prettier --check --log-level warn '**/*.sol'", 'npm run format'],
  ['English', 'node tools/check-english.ts', 'write what it suggests'],
  ['table of licenses', 'node tools/license-table.ts --check', 'node tools/license-table.ts'],
  ['table of findings', 'node tools/finding-table.ts --check', 'node tools/finding-table.ts'],
  ['clauses of licenses', 'node tools/check-licenses.ts', 'cite the clause that it names'],
]

/** Those that read what a build writes. */
const OF_BUILDS: readonly Check[] = [
  ['types', 'tsc -p .', 'fix the types'],
  ['table of errors', 'node tools/error-table.ts --check', 'node tools/error-table.ts'],
  [
    'query API',
    'node --conditions=source tools/generate-query.ts --check',
    'node --conditions=source tools/generate-query.ts',
  ],
  [
    'contract-json',
    'node tools/generate-contracts.ts --check',
    'node tools/generate-contracts.ts, and commit contract-json',
  ],
  ['ABIs in src/abi', 'node tools/generate-abi.ts --check', 'npm run build, and commit src/abi'],
  [
    'reference of contracts',
    'node tools/contract-reference.ts --check',
    'write the comments that it names; then npm run docs, and commit docs/reference/contracts',
  ],
  ['reference of entry points', 'node tools/sdk-reference.ts --check', 'write the comments that it names'],
  ['snapshot of gas', 'node bench/gas.ts --check', 'node bench/gas.ts --update, and commit bench/snapshots'],
  [
    'storage layouts',
    'node tools/contract-snapshots.ts storage',
    'node tools/contract-snapshots.ts storage --update, and commit bench/snapshots/storage',
  ],
  [
    'storage layout in src/core',
    'node tools/generate-layout.ts --check',
    'node tools/generate-layout.ts, and commit src/core/storageLayout.ts',
  ],
  [
    'sizes and hashes of bytecode',
    'node tools/contract-snapshots.ts bytecode',
    'make a contract that is too large smaller; then node tools/contract-snapshots.ts bytecode --update, and commit bench/snapshots',
  ],
  ['unused code', 'knip --no-progress', 'delete what it names, or say in knip.json what uses it'],
  ['typechain-types', 'node tools/check-typechain.ts', 'npm run build, and commit typechain-types'],
]

const { values, positionals } = readOptions({ sources: { type: 'boolean' }, built: { type: 'boolean' } }, true)
const [only] = positionals
const all = values.sources
  ? OF_SOURCES
  : values.built
    ? [...OF_BUILDS, ofPackages('--built')]
    : [...OF_SOURCES, ...OF_BUILDS, ofPackages()]
const chosen = all.filter(([what]) => only === undefined || what === only)
if (chosen.length === 0) {
  exitForUsage(`Unknown check "${only}". Use one of: ${all.map(([what]) => what).join(', ')}.`)
}
let failed = 0
for (const [what, command, remedy] of chosen) {
  const began = performance.now()
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd: root, env, encoding: 'utf8' })
  const took = Math.round((performance.now() - began) / 1000)
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${String(took).padStart(4)} s  ${what}`)
  if (status === 0) continue
  failed += 1
  console.log(`${stdout}${stderr}\nRemedy: ${remedy}.`)
}
process.exitCode = failed === 0 ? 0 : 1

/** The check of what is published, which builds `dist/` of both packages unless it is asked for what was built. */
function ofPackages(...options: readonly '--built'[]): Check {
  return [
    'published packages',
    ['node tools/check-packages.ts', ...options].join(' '),
    'fix what it names; a limit moves only with a table of the sizes before and after',
  ]
}
