/**
 * Writes ABI and bytecode of the deployed contracts to `contract-json/`, from which the ledger is deployed without a compiler.
 * `contract-json/inputs.json` records the digest of what they were compiled from.
 *
 * Usage: node tools/generate-contracts.ts [--check | --if-changed]
 *   --check        write nothing, and exit with 1 when a file is stale
 *   --if-changed   do nothing when `inputs.json` names the inputs as they are now
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { exitForUsage, readOptions } from '../scripts/options.ts'
import { readContractInputs } from './contract-inputs.ts'
import { withoutMetadataHash } from '../scripts/metadata.ts'

/** The artifact of each deployed contract. */
const ARTIFACTS = [
  '@openzeppelin/contracts/access/manager/AccessManager.sol/AccessManager.json',
  'contracts/registry/Recalls.sol/Recalls.json',
  'contracts/Ledger.sol/Ledger.json',
  'contracts/licensing/LicenseCredential.sol/LicenseCredential.json',
  'contracts/claims/LineageClaims.sol/LineageClaims.json',
  'contracts/compliance/ComplianceLens.sol/ComplianceLens.json',
  'contracts/audit/UsageAudit.sol/UsageAudit.json',
  'contracts/gate/ReviewGate.sol/ReviewGate.json',
  'contracts/gate/LoadCheck.sol/LoadCheck.json',
]

/** The part of a Hardhat artifact that is read here. */
type Artifact = {
  contractName: string
  sourceName: string
  abi: readonly unknown[]
  bytecode: string
  linkReferences: object
}

const root = join(import.meta.dirname, '..')
const folder = join(root, 'contract-json')

const { check, 'if-changed': ifChanged } = readOptions({
  check: { type: 'boolean', default: false },
  'if-changed': { type: 'boolean', default: false },
}).values
if (check && ifChanged) exitForUsage('--check and --if-changed exclude each other: use one.')

const inputs = readContractInputs(root)
const inputsText = `${JSON.stringify(inputs, null, 2)}\n`
if (!(ifChanged && isWritten('inputs.json', inputsText))) {
  compile()
  const files = new Map([['inputs.json', inputsText]])
  for (const artifact of ARTIFACTS.map(readArtifact)) files.set(`${artifact.contractName}.json`, textOf(artifact))
  if (!check) mkdirSync(folder, { recursive: true })
  for (const [name, text] of files) {
    if (isWritten(name, text) || isSameButMetadata(name, text)) continue
    if (check) {
      console.log(`contract-json/${name} is stale.`)
      process.exitCode = 1
    } else writeFileSync(join(folder, name), text)
  }
}

function isWritten(name: string, text: string): boolean {
  const path = join(folder, name)
  return existsSync(path) && readFileSync(path, 'utf8') === text
}

/** Whether the file of a contract of OpenZeppelin differs in the hash of its metadata alone. */
function isSameButMetadata(name: string, text: string): boolean {
  const path = join(folder, name)
  if (!existsSync(path) || !text.includes('"sourceName": "@openzeppelin/')) return false
  return withoutMetadataHash(readFileSync(path, 'utf8')) === withoutMetadataHash(text)
}

/** Compiles what changed since the last build, which takes a second when nothing did. */
function compile(): void {
  const { status, error } = spawnSync('hardhat', ['build', '--no-tests', '--quiet'], {
    cwd: root,
    env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` },
    stdio: ['ignore', 2, 2],
  })
  if (status === 0) return
  console.error(`hardhat build failed${error ? `: ${error.message}` : ` with exit code ${status}`}.`)
  process.exit(1)
}

function readArtifact(path: string): Artifact {
  return JSON.parse(readFileSync(join(root, 'artifacts', path), 'utf8')) as Artifact
}

/** A contract as Hardhat and Ignition read it, with the ABI one item a line. */
function textOf({ contractName, sourceName, abi, bytecode, linkReferences }: Artifact): string {
  if (Object.keys(linkReferences).length > 0) {
    throw new Error(`${contractName} links a library, which contract-json cannot say yet. Make its functions internal.`)
  }
  const items = abi.map((item) => `    ${JSON.stringify(item)}`).join(',\n')
  return [
    '{',
    `  "contractName": ${JSON.stringify(contractName)},`,
    `  "sourceName": ${JSON.stringify(sourceName)},`,
    `  "abi": [\n${items}\n  ],`,
    `  "bytecode": ${JSON.stringify(bytecode)},`,
    '  "linkReferences": {}',
    '}',
    '',
  ].join('\n')
}
