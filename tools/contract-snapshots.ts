/**
 * Keeps what a deployed contract commits to in `bench/snapshots`: where it stores what (`storage/<Contract>.json`, which proofs of
 * storage rest on), and its sizes and code (`bytecode.json`, from the artifacts of the last build). Without --update it writes
 * nothing, names what differs or is larger than a chain takes (EIP-170, EIP-3860), and exits with 1.
 * Usage: node tools/contract-snapshots.ts storage|bytecode [--update]
 */
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { keccak256 } from 'ethers'

import { exitForUsage, readOptions } from '../scripts/options.ts'
import { withoutMetadataHash } from '../scripts/metadata.ts'
import { storageLayouts, type Place, type StorageLayout } from './storage-layouts.ts'

/** The most bytes of a contract's code (EIP-170), and of the code that deploys it with its arguments (EIP-3860). */
const MOST_CODE = 24_576
const MOST_INIT_CODE = 49_152
/** Bytes kept for the arguments of a constructor: a word each, of at most 16. */
const ARGUMENTS = 512

type Compiled = { contractName: string; sourceName: string; bytecode: string; deployedBytecode: string }

const root = join(import.meta.dirname, '..')
const folder = join(root, 'bench/snapshots')

const { values, positionals } = readOptions({ update: { type: 'boolean', default: false } }, true)
const [kind, ...more] = positionals
if ((kind !== 'storage' && kind !== 'bytecode') || more.length > 0) exitForUsage('Name one of: storage, bytecode.')
const deployed = globSync('contract-json/*.json', { cwd: root })
  .map((path) => JSON.parse(readFileSync(join(root, path), 'utf8')) as Partial<Compiled>)
  .filter((each): each is Compiled => each.contractName !== undefined)
  .toSorted((a, b) => (a.contractName < b.contractName ? -1 : 1))
const layouts =
  kind === 'storage' ? storageLayouts(deployed.map(({ sourceName, contractName }) => [sourceName, contractName])) : []
const snapshots = kind === 'storage' ? storageOf(deployed) : bytecodeOf(deployed.map(artifactOf))
for (const [path, content] of snapshots) {
  const file = join(folder, path)
  const text = `${JSON.stringify(content, null, 2)}\n`
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
  if (values.update) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  } else fail(`bench/snapshots/${path} is not what the contracts are now.`)
}
if (kind === 'storage') {
  const known = new Set(snapshots.map(([path]) => join(folder, path)))
  for (const file of globSync(join(folder, 'storage/*.json'))) {
    if (!known.has(file)) fail(`${file} is of a contract that is not deployed. Delete it.`)
  }
}

/** Where each contract stores what. */
function storageOf(contracts: readonly Compiled[]): [path: string, content: object][] {
  return contracts.map(({ contractName }, i) => [`storage/${contractName}.json`, placesOf(layouts[i]!)])
}

/** The places of a layout, with every struct that they hold or map to, without the compiler's own numbers. */
function placesOf({ storage, types }: StorageLayout): object {
  const structs: Record<string, object> = {}
  const visit = (id: string): void => {
    const type = types![id]!
    if (type.value !== undefined) visit(type.value)
    if (type.members === undefined || structs[type.label]) return
    structs[type.label] = type.members.map(placeOf)
    type.members.forEach((member) => visit(member.type))
  }
  const placeOf = ({ label, slot, offset, type }: Place) => ({
    slot,
    offset,
    bytes: types![type]!.numberOfBytes,
    type: types![type]!.label,
    label,
  })
  storage.forEach(({ type }) => visit(type))
  return { storage: storage.map(placeOf), structs }
}

/** Sizes and the hash of the code as it is before immutables are filled in. */
function bytecodeOf(contracts: readonly Compiled[]): [path: string, content: object][] {
  const entries = contracts.map(({ contractName, sourceName, bytecode, deployedBytecode }) => {
    const [code, initCode] = [sizeOf(deployedBytecode), sizeOf(bytecode)]
    if (code > MOST_CODE) fail(`${contractName} has ${code} bytes of code; a chain takes ${MOST_CODE} (EIP-170).`)
    if (initCode + ARGUMENTS > MOST_INIT_CODE) {
      fail(`${contractName} has ${initCode} bytes of code to deploy; a chain takes ${MOST_INIT_CODE} (EIP-3860).`)
    }
    // The metadata of OpenZeppelin's contract hashes paths of the installation.
    const hashed = sourceName.startsWith('@') ? withoutMetadataHash(deployedBytecode) : deployedBytecode
    return [contractName, { code, initCode, hash: keccak256(hashed) }] as const
  })
  return [['bytecode.json', Object.fromEntries(entries)]]
}

function sizeOf(hex: string): number {
  return (hex.length - 2) / 2
}

function artifactOf({ contractName, sourceName }: Compiled): Compiled {
  return JSON.parse(readFileSync(join(root, 'artifacts', sourceName, `${contractName}.json`), 'utf8')) as Compiled
}

function fail(message: string): void {
  console.log(message)
  process.exitCode = 1
}
