/**
 * Plants a fault for each check of tools/check.ts in a copy of the repository. Each check must pass over the copy as it is
 * and fail over the fault: a gate that cannot fail is worthless. Exits with 1 and names the checks that do not, or that
 * lack a fault.
 * Usage: node tools/check-faults.ts [NAME...]   (of checks; expects compiled contracts)
 */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { readOptions } from '../scripts/options.ts'

type Fault = readonly [path: string, plant: (text: string) => string]

const append = (more: string) => (text: string) => `${text}${more}\n`

const replace = (text: string, by: string) => (whole: string) => whole.replace(text, by)

/** A fault for each check; for a check that runs several programs, one for each of them. */
const FAULTS: Readonly<Record<string, Fault | readonly Fault[]>> = {
  types: ['src/core/hex.ts', append("export const planted: number = 'a word'")],
  'lint of TypeScript': ['src/core/hex.ts', append('debugger')],
  'lint of Solidity': ['contracts/types/Ids.sol', append('import "./Registration.sol";')],
  format: ['src/core/hex.ts', append('export const  planted  = 1')],
  'format of Solidity': ['contracts/types/Ids.sol', append('uint  constant PLANTED=1;')],
  English: ['src/core/hex.ts', append(['// For who', 'ever reads it.'].join(''))],
  'table of licenses': ['docs/licenses.md', append('One more license.')],
  'table of findings': ['docs/findings.md', append('One more finding.')],
  'clauses of licenses': ['licenses/apache-2.0.json', replace('"4(b): changed', '"somewhere: changed')],
  'table of errors': ['docs/errors.md', append('One more error.')],
  'query API': ['docs/openapi.json', append(' ')],
  'contract-json': [
    'contract-json/Ledger.json',
    (text) => text.replace(/"bytecode": "0x\w{8}/, '"bytecode": "0xfefefefe'),
  ],
  'ABIs in src/abi': ['src/abi/ledger.ts', append('// One more line.')],
  'reference of contracts': ['docs/reference/contracts/Ids.md', append('One more line.')],
  'reference of entry points': ['src/core/hex.ts', append('export const planted = 1')],
  'snapshot of gas': ['bench/snapshots/gas.json', (text) => text.replace(/"gas": \d+/, '"gas": 1')],
  'storage layouts': [
    // A variable more, a wider one, and a snapshot that was changed.
    [
      'contracts/governance/WritePause.sol',
      replace('uint40 private _pausedUntil;', 'uint40 private _planted; uint40 private _pausedUntil;'),
    ],
    ['contracts/governance/WritePause.sol', replace('uint40 private _pausedUntil;', 'uint256 private _pausedUntil;')],
    ['bench/snapshots/storage/Ledger.json', (text) => text.replace(/"slot": "\d+"/, '"slot": "9"')],
  ],
  'storage layout in src/core': [
    ['src/core/storageLayout.ts', replace('records: [16, 0,', 'records: [17, 0,')],
    ['contracts/governance/WritePause.sol', replace('uint40 private _pausedUntil;', 'uint256 private _pausedUntil;')],
  ],
  'sizes and hashes of bytecode': [
    ['bench/snapshots/bytecode.json', (text) => text.replace(/"hash": "0x\w{8}/, '"hash": "0xfefefefe')],
    ['bench/snapshots/bytecode.json', (text) => text.replace(/"code": \d+/, '"code": 1')],
    // The check compares the sizes themselves with what a chain takes.
    ['tools/contract-snapshots.ts', replace('const MOST_CODE = 24_576', 'const MOST_CODE = 20_000')],
    ['tools/contract-snapshots.ts', replace('const MOST_INIT_CODE = 49_152', 'const MOST_INIT_CODE = 20_000')],
  ],
  'unused code': ['src/sdk/contracts.ts', append('/** Planted. */\nexport const planted = 1')],
  'published packages': [
    // publint: a file that is not there.
    ['package.json', replace('"default": "./dist/src/audit/index.js"', '"default": "./dist/src/audit/absent.js"')],
    // attw: types that are not there.
    ['package.json', replace('"types": "./dist/src/audit/index.d.ts"', '"types": "./dist/src/audit/index.js"')],
    // Sizes: of a tarball, of a declaration, of a bundle.
    ['licenses/mit.json', (text) => text + noise(600_000)],
    ['src/core/text.ts', (text) => `${text}export type Planted = '${noise(80_000)}'\n`],
    ['src/sdk/connect.ts', (text) => `${text}globalThis.name = '${noise(20_000)}'\n`],
    // Files that have no place in a package.
    ['package.json', replace('"licenses"\n', '"licenses",\n    "typechain-types/common.ts"\n')],
  ],
  'typechain-types': [
    'typechain-types/factories/contracts/Ledger__factory.ts',
    (text) => text.replace(/"0x[0-9a-f]{8}/, '"0xfefefefe'),
  ],
}

const root = join(import.meta.dirname, '..')
const source = readFileSync(join(root, 'tools/check.ts'), 'utf8')
const names = Array.from(source.matchAll(/^ {2}\[\s*'([^']+)'/gm), ([, name]) => name!)
const { positionals } = readOptions({}, true)
const chosen = positionals.length > 0 ? positionals : names

/** What is wrong with a check; empty when it fails over each of its faults, and over nothing else. */
function faultOf(name: string): string {
  const planted = FAULTS[name]
  if (planted === undefined) return 'there is no fault for it in tools/check-faults.ts'
  if (!passes(name)) return 'fails over the repository as it is'
  const faults = (typeof planted[0] === 'string' ? [planted] : planted) as readonly Fault[]
  for (const [path, plant] of faults) {
    const text = readFileSync(join(copy, path), 'utf8')
    const faulty = plant(text)
    if (faulty === text) return `the fault in ${path} changes nothing`
    writeFileSync(join(copy, path), faulty)
    const isMissed = passes(name)
    writeFileSync(join(copy, path), text)
    if (isMissed) return `passes over a fault in ${path}`
  }
  return ''
}

function passes(name: string): boolean {
  return spawnSync('node', ['tools/check.ts', name], { cwd: copy }).status === 0
}

/** Text that does not compress below half of its length. */
function noise(length: number): string {
  return randomBytes(length / 2).toString('hex')
}

const copy = mkdtempSync(join(tmpdir(), 'stemma-faults-'))
try {
  const { stdout } = spawnSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })
  for (const path of stdout.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(copy, path)), { recursive: true })
    cpSync(join(root, path), join(copy, path))
  }
  for (const folder of ['node_modules', 'artifacts', 'cache', 'dist'])
    symlinkSync(join(root, folder), join(copy, folder))
  for (const name of chosen) {
    const fault = faultOf(name)
    console.log(fault === '' ? `ok     ${name}` : `FAILED ${name}: ${fault}`)
    if (fault !== '') process.exitCode = 1
  }
} finally {
  rmSync(copy, { recursive: true })
}
